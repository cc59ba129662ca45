import type { Dialect, EventSettings } from "@cambist/core/model.ts";
import { refusalRow, type EventDetails, type Refusal } from "@cambist/core/refusals.ts";
import type { AuditRecord, EpochMillis } from "@cambist/store/ports.ts";
import { inDetailOrder, KEYCLOAK_DETAILS, OUR_DETAILS } from "./detail-order.ts";
import { isShown } from "./event-view.ts";
import { reasonOf } from "./refusal-text.ts";
import { MAX_CLIENT_ID, recordable } from "./safe-text.ts";

/** The realm an event belongs to, as far as recording asks. */
export interface RecordedRealm {
  readonly id: string;
  readonly name: string;
  readonly dialect: Dialect;
  readonly events: EventSettings;
}

/** For a request to a realm that does not exist: the name is what the request said, cut; no view shows the event. */
export function unknownRealm(name: string, dialect: Dialect): RecordedRealm {
  return { id: "", name: recordable(name, MAX_CLIENT_ID), dialect, events: { enabled: false, types: new Set(), expiration: 0 } };
}

/** What happened, before it is a record. Details and facts may hold more than is recorded: only listed names pass. */
export interface Happening {
  /** Decision id. */
  readonly id: string;
  readonly time: EpochMillis;
  readonly realm: RecordedRealm;
  /** Keycloak's type without `_ERROR`. */
  readonly type: string;
  /** As given when the client is not known. */
  readonly clientId?: string | undefined;
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly ipAddress?: string | undefined;
  readonly details: EventDetails;
  readonly facts?: Readonly<Record<string, unknown>> | undefined;
  /** Order in which Keycloak sets the details of this event, where it is not the usual one. */
  readonly inserted?: readonly string[] | undefined;
}

const DETAILS = new Set([...KEYCLOAK_DETAILS, ...OUR_DETAILS]);

/** Members of `facts` that are recorded: the audit's own vocabulary, beside Keycloak's. None can hold a token or a secret. */
export const FACTS: ReadonlySet<string> = new Set(
  [
    "refusal cause parameter client hint engine request_id",
    "exchange_right impersonation_right permission permissions target_permission policy policies rights rule role protected_role",
    "lineage parent requesters targets act earlier_act impersonator chain_start dropped_scopes dropped_roles granted_scopes",
    "subject_jti subject_client subject_session subject_audience requested_scope requested_audiences requested_resources",
    "audience resource scope lifetime expires_at plane ceiling reason warnings",
  ].flatMap((line) => line.split(" ")),
);

/** The record of something that was allowed. `issued`: the `jti` of every token it led to. */
export function successRecord(happening: Happening, issued: readonly string[]): AuditRecord {
  const { realm, type, clientId, inserted } = happening;
  return {
    ...who(happening),
    type,
    details: inDetailOrder(detailsOf(happening, happening.details), inserted),
    facts: factsOf(happening.facts),
    issued,
    shown: isShown(realm.events, type, { dialect: realm.dialect, keycloakEvent: true, clientNamed: clientId !== undefined }),
  };
}

/**
 * The record of a refusal: Keycloak's error and reason from the refusal's row, the row's name and its placeholders among the facts.
 * @see Keycloak 26.1: `scope` is never a detail of an error event
 */
export function refusalRecord(happening: Happening, refusal: Refusal): AuditRecord {
  const { realm, clientId, inserted, details } = happening;
  const row = refusalRow(refusal);
  const type = `${happening.type}_ERROR`;
  const reason = reasonOf(row, details) ?? details["reason"];
  const { parameter, cause, client, hint } = details;
  return {
    ...who(happening),
    type,
    error: row.event,
    details: inDetailOrder(detailsOf(happening, { ...details, reason, scope: undefined }), inserted),
    facts: factsOf({ parameter, cause, client, hint, ...happening.facts, refusal }),
    issued: [],
    shown: isShown(realm.events, type, {
      dialect: realm.dialect,
      keycloakEvent: row.keycloakEvent !== false,
      clientNamed: clientId !== undefined,
    }),
  };
}

/** What the record of an error says of it, where no row of the refusals does: administration, registration. */
export interface RecordedError {
  /** Keycloak's event error. */
  readonly error: string;
  /** False: Keycloak emits no event here. */
  readonly keycloakEvent: boolean;
}

/** The record of an error outside the refusal table. */
export function errorRecord(happening: Happening, { error, keycloakEvent }: RecordedError): AuditRecord {
  const { realm, clientId, inserted, details, facts } = happening;
  const type = `${happening.type}_ERROR`;
  return {
    ...who(happening),
    type,
    error,
    details: inDetailOrder(detailsOf(happening, details), inserted),
    facts: factsOf(facts),
    issued: [],
    shown: isShown(realm.events, type, { dialect: realm.dialect, keycloakEvent, clientNamed: clientId !== undefined }),
  };
}

function who({ id, time, realm, clientId, userId, sessionId, ipAddress }: Happening) {
  return {
    id,
    time,
    realmId: realm.id,
    realmName: realm.name,
    ...(clientId !== undefined && { clientId: recordable(clientId, MAX_CLIENT_ID) }),
    ...(userId !== undefined && { userId }),
    ...(sessionId !== undefined && { sessionId }),
    ...(ipAddress !== undefined && { ipAddress }),
  };
}

/** Only listed names, only values that are there. In `native` the decision's id is a detail too: Keycloak's event view has no place for it. */
function detailsOf({ id, realm }: Happening, details: EventDetails): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(details)) {
    if (value !== undefined && value !== "" && DETAILS.has(name)) kept[name] = recordable(value);
  }
  if (realm.dialect === "native") kept["decision"] = id;
  return kept;
}

function factsOf(facts: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(facts ?? {})) {
    if (value !== undefined && FACTS.has(name)) kept[name] = recordableValue(value, MAX_FACT_DEPTH);
  }
  return kept;
}

/** As deep as any JSON this server reads. */
const MAX_FACT_DEPTH = 32;

function recordableValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return recordable(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return "(cut)";
  if (Array.isArray(value)) return value.map((member) => recordableValue(member, depth - 1));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, recordableValue(member, depth - 1)]));
}
