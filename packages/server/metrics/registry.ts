import { type OpenMetricsContentType, Registry } from "prom-client";
import type { EventMetricsTag } from "../config/server-config.ts";
import {
  EXCHANGE_BUCKETS,
  type ExchangeOutcome,
  joinLabels,
  type MetricsDelta,
  newObservations,
  type Observations,
  splitLabels,
  type Total,
} from "./delta.ts";
import { BoundedLabel, LABEL_LIMITS, UNKNOWN } from "./label-bounds.ts";
import { type MetricsFormat, renderMetrics } from "./exposition.ts";
import { registerProcessMetrics } from "./process-metrics.ts";
import { registerSeries, type Sample } from "./series.ts";

export interface RegistryOptions {
  readonly version: string;
  /** Tags of the user event counter; undefined: it is not there. */
  readonly tags: readonly EventMetricsTag[] | undefined;
  /** Size of the audit log and, when one is set, its limit. */
  readonly audit?: () => AuditSize | Promise<AuditSize>;
  /** Log lines that the main thread dropped since its start. */
  readonly droppedLines?: () => number;
}
export interface AuditSize {
  readonly bytes: number;
  readonly limitBytes?: number | undefined;
}

/** The process's metrics: the sum of what its workers counted, and the process itself. */
export interface MetricsRegistry {
  readonly absorb: (delta: MetricsDelta) => void;
  readonly render: (format: MetricsFormat) => Promise<string>;
}

/** Series of the user event counter; beyond it new ones go to the client `unknown`. */
const MAX_EVENT_SERIES = 50_000;

export function createMetricsRegistry({ version, tags, audit, droppedLines = () => 0 }: RegistryOptions): MetricsRegistry {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const eventLabels = tags && eventLabelNames(tags);
  const clients = new BoundedLabel(LABEL_LIMITS.client_id);
  const events = new Map<string, number>();
  const exchanges = new Map<ExchangeOutcome, Observations>();
  const requests = new Map<string, Total>();
  const passwords = new Map<string, number>();
  let workersDropped = 0;

  if (eventLabels) registerSeries(registry, "keycloak_user_events", "Keycloak user events", "counter", () => counts(events, eventLabels));
  registerSeries(registry, "keycloak_credentials_password_hashing_validations", "Password validations", "counter", () =>
    counts(passwords, ["algorithm", "hashing_strength", "outcome", "realm"]),
  );
  registerSeries(registry, "cambist_token_exchange_duration_seconds", "Time from a token exchange request to its answer", "histogram", () =>
    histograms("cambist_token_exchange_duration_seconds", exchanges),
  );
  registerSeries(registry, "http_server_requests_seconds", "HTTP requests", "summary", () =>
    totals("http_server_requests_seconds", requests),
  );
  registerSeries(registry, "cambist_log_lines_dropped", "Log lines dropped because their reader was too slow", "counter", () => [
    { value: droppedLines() + workersDropped },
  ]);
  if (audit) {
    registerSeries(registry, "cambist_audit_log_bytes", "Size of the audit log", "gauge", async () => [{ value: (await audit()).bytes }]);
    registerSeries(
      registry,
      "cambist_audit_log_limit_bytes",
      "Size at which the oldest audit records go (--audit-max-size)",
      "gauge",
      async () => {
        const { limitBytes } = await audit();
        return limitBytes === undefined ? [] : [{ value: limitBytes }];
      },
    );
  }
  registerSeries(registry, "cambist_build_info", "Version of Cambist and Node", "gauge", () => [
    { labels: { node: process.version, version }, value: 1 },
  ]);
  registerProcessMetrics(registry);

  /** Several workers may each have met other clients: the limit holds for their sum. */
  const boundedEvent = (key: string): string => {
    if (!eventLabels || events.has(key)) return key;
    const values = [...splitLabels(key)];
    if (eventLabels[0] !== "client_id") return key;
    values[0] = events.size >= MAX_EVENT_SERIES ? UNKNOWN : clients.admit(values[0] ?? UNKNOWN);
    return joinLabels(values);
  };

  return {
    absorb(delta) {
      for (const [key, count] of delta.events) {
        const bounded = boundedEvent(key);
        events.set(bounded, (events.get(bounded) ?? 0) + count);
      }
      for (const [key, count] of delta.passwords) passwords.set(key, (passwords.get(key) ?? 0) + count);
      for (const [key, { count, sum }] of delta.requests) {
        const total = requests.get(key);
        requests.set(key, { count: (total?.count ?? 0) + count, sum: (total?.sum ?? 0) + sum });
      }
      for (const [outcome, observed] of delta.exchanges) {
        const into = exchanges.get(outcome) ?? newObservations();
        exchanges.set(outcome, into);
        into.count += observed.count;
        into.sum += observed.sum;
        observed.buckets.forEach((count, bucket) => (into.buckets[bucket] = (into.buckets[bucket] ?? 0) + count));
      }
      workersDropped += delta.droppedLines;
    },
    render: async (format) => renderMetrics(await registry.metrics(), format),
  };
}

/** Alphabetical; `error` and `event` are always there. */
function eventLabelNames(tags: readonly EventMetricsTag[]): readonly string[] {
  const names = ["error", "event", ...tags.map((tag) => (tag === "clientId" ? "client_id" : tag))];
  return names.toSorted();
}

function labelled(key: string, names: readonly string[]): Record<string, string> {
  const values = splitLabels(key);
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
}

const counts = (of: ReadonlyMap<string, number>, names: readonly string[]): Sample[] =>
  [...of].map(([key, value]) => ({ labels: labelled(key, names), value }));

function totals(name: string, of: ReadonlyMap<string, Total>): Sample[] {
  return [...of].flatMap(([key, { count, sum }]) => {
    const labels = labelled(key, ["method", "outcome", "status", "uri"]);
    return [
      { metricName: `${name}_count`, labels, value: count },
      { metricName: `${name}_sum`, labels, value: sum },
    ];
  });
}

/** As OpenMetrics writes numbers. */
function boundText(bound: number): string {
  if (bound === Number.POSITIVE_INFINITY) return "+Inf";
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function histograms(name: string, of: ReadonlyMap<ExchangeOutcome, Observations>): Sample[] {
  return [...of].flatMap(([outcome, { count, sum, buckets }]) => {
    let below = 0;
    const samples: Sample[] = [...EXCHANGE_BUCKETS, Number.POSITIVE_INFINITY].map((bound, bucket) => {
      below += buckets[bucket] ?? 0;
      return {
        metricName: `${name}_bucket`,
        labels: { le: boundText(bound), outcome },
        value: below,
      };
    });
    return [
      ...samples,
      { metricName: `${name}_sum`, labels: { outcome }, value: sum },
      { metricName: `${name}_count`, labels: { outcome }, value: count },
    ];
  });
}
