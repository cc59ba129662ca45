import { refusalRow, REFUSALS } from "@cambist/core/refusals.ts";
import type { AuditRecord } from "@cambist/store/ports.ts";
import type { EventMetricsTag } from "../config/server-config.ts";
import {
  type ExchangeOutcome,
  joinLabels,
  labelValue,
  type MetricsDelta,
  newObservations,
  type Observations,
  observe,
  type Total,
} from "./delta.ts";
import { BoundedLabel, LABEL_LIMITS, UNKNOWN } from "./label-bounds.ts";

/** Counts what a worker does. Map increments only: everything else happens where `/metrics` is answered. */
export interface MetricsRecorder {
  /**
   * One user event (its record is what the event view keeps).
   * @param clientKnown false: the client id is only what a request said, and becomes `unknown`. Left out: judged by the record
   */
  event(record: AuditRecord, clientKnown?: boolean): void;
  /** One token exchange, from the first byte of the request to the answer. */
  exchange(outcome: ExchangeOutcome, seconds: number): void;
  /** One request; `uri` is the route's template (`/realms/:realm/…`) and never what the request said, `UNKNOWN` where no route matched. */
  request(method: string, uri: string, status: number, seconds: number): void;
  /** One check of a password against its hash; `strength` as Keycloak writes it, `Argon2id-1.3[m=7168,t=5,p=1]`. */
  passwordValidation(realm: string, algorithm: string, strength: string, outcome: "valid" | "invalid" | "error"): void;
  /** What was counted since the last call; undefined when that is nothing. */
  take(): MetricsDelta | undefined;
}

export interface RecorderOptions {
  /** Which events to count and under which tags; undefined: none. */
  readonly eventMetrics: { readonly tags: readonly EventMetricsTag[]; readonly events: readonly string[] | undefined } | undefined;
  /** Log lines that this worker dropped since its start. */
  readonly droppedLines?: () => number;
}

export function createMetricsRecorder({ eventMetrics, droppedLines = () => 0 }: RecorderOptions): MetricsRecorder {
  const wanted = eventMetrics?.events && new Set(eventMetrics.events);
  const tags = new Set(eventMetrics?.tags);
  const limits = {
    client: new BoundedLabel(LABEL_LIMITS.client_id),
    error: new BoundedLabel(LABEL_LIMITS.error),
    idp: new BoundedLabel(LABEL_LIMITS.idp),
    realm: new BoundedLabel(LABEL_LIMITS.realm),
  };
  const templates = new Map<string, string>();
  const uriOf = (uri: string, status: number): string => {
    if (uri === UNROUTED) return uriWithoutRoute(status);
    let template = templates.get(uri);
    if (template === undefined) {
      if (templates.size >= LABEL_LIMITS.uri) return UNROUTED;
      templates.set(uri, (template = uri.replace(/:(\w+)/g, "{$1}")));
    }
    return template;
  };
  let events = new Map<string, number>();
  let exchanges = new Map<ExchangeOutcome, Observations>();
  let requests = new Map<string, Total>();
  let passwords = new Map<string, number>();
  let linesReported = 0;

  return {
    event(record, clientKnown = clientIsKnown(record)) {
      const failed = record.type.endsWith("_ERROR");
      const name = (failed ? record.type.slice(0, -"_ERROR".length) : record.type).toLowerCase();
      if (!eventMetrics || (wanted && !wanted.has(name))) return;
      // Alphabetical, as the labels are: client_id, error, event, idp, realm.
      const labels: string[] = [];
      if (tags.has("clientId")) labels.push(clientKnown ? limits.client.admit(labelValue(record.clientId ?? "")) : UNKNOWN);
      labels.push(failed ? limits.error.admit(labelValue(record.error ?? UNKNOWN)) : "", name);
      if (tags.has("idp")) labels.push(limits.idp.admit(labelValue(record.details["identity_provider"] ?? "")));
      if (tags.has("realm")) labels.push(realmIsKnown(record) ? limits.realm.admit(labelValue(record.realmName)) : UNKNOWN);
      add(events, joinLabels(labels));
    },
    exchange(outcome, seconds) {
      let observations = exchanges.get(outcome);
      if (!observations) exchanges.set(outcome, (observations = newObservations()));
      observe(observations, seconds);
    },
    request(method, uri, status, seconds) {
      const key = joinLabels([METHODS.has(method) ? method : "UNKNOWN", outcomeOf(status), String(status), uriOf(uri, status)]);
      const total = requests.get(key);
      if (total) {
        total.count += 1;
        total.sum += seconds;
      } else requests.set(key, { count: 1, sum: seconds });
    },
    passwordValidation: (realm, algorithm, strength, outcome) =>
      add(passwords, joinLabels([labelValue(algorithm), labelValue(strength), outcome, limits.realm.admit(labelValue(realm))])),
    take() {
      const lines = droppedLines();
      const delta = { events, exchanges, requests, passwords, droppedLines: lines - linesReported };
      if (events.size + exchanges.size + requests.size + passwords.size + delta.droppedLines === 0) return undefined;
      events = new Map();
      exchanges = new Map();
      requests = new Map();
      passwords = new Map();
      linesReported = lines;
      return delta;
    },
  };
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Keycloak counts an unknown client as `unknown`; so do we where a refusal came before anybody looked the client up. */
function clientIsKnown({ error, details, facts, realmId }: AuditRecord): boolean {
  if (error === undefined) return true;
  if (error === "client_not_found" || realmId === "") return false;
  const refusal = facts["refusal"];
  const silentInKeycloak = typeof refusal === "string" && isRefusal(refusal) && refusalRow(refusal).keycloakEvent === false;
  return !silentInKeycloak || details["client_auth_method"] !== undefined;
}

const isRefusal = (name: string): name is keyof typeof REFUSALS => Object.hasOwn(REFUSALS, name);
const realmIsKnown = ({ realmId }: AuditRecord): boolean => realmId !== "";

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]);

/** Where no route matched. */
const UNROUTED = "UNKNOWN";

function outcomeOf(status: number): string {
  if (status < 200) return "INFORMATIONAL";
  if (status < 300) return "SUCCESS";
  if (status < 400) return "REDIRECTION";
  return status < 500 ? "CLIENT_ERROR" : "SERVER_ERROR";
}

/** What Keycloak's request series say where no template is at hand. */
function uriWithoutRoute(status: number): string {
  if (status === 404) return "NOT_FOUND";
  return status >= 300 && status < 400 ? "REDIRECTION" : UNROUTED;
}
