import type { AuditRecord } from "@cambist/store/ports.ts";
import { expect, test } from "vitest";
import type { EventMetricsTag } from "../config/server-config.ts";
import { createMetricsRecorder, type RecorderOptions } from "./recorder.ts";
import { createMetricsRegistry, type RegistryOptions } from "./registry.ts";

const ALL_TAGS: readonly EventMetricsTag[] = ["realm", "idp", "clientId"];

const record = (change: Partial<AuditRecord> = {}): AuditRecord => ({
  id: "decision-1",
  time: 0,
  realmId: "realm-1",
  realmName: "apixion",
  type: "TOKEN_EXCHANGE",
  clientId: "portal",
  details: {},
  facts: {},
  issued: [],
  shown: true,
  ...change,
});
const refused = (change: Partial<AuditRecord> = {}): AuditRecord =>
  record({ type: "TOKEN_EXCHANGE_ERROR", error: "not_allowed", ...change });

function metrics(options: Partial<RecorderOptions & RegistryOptions> = {}) {
  const tags = options.tags ?? ALL_TAGS;
  const recorder = createMetricsRecorder({ eventMetrics: { tags, events: undefined }, ...options });
  const registry = createMetricsRegistry({ version: "0.1.0", tags, ...options });
  const flush = (): void => {
    const delta = recorder.take();
    if (delta) registry.absorb(structuredClone(delta)); // as between threads
  };
  const render = async (format: "openmetrics" | "plain" = "openmetrics"): Promise<string> => {
    flush();
    return registry.render(format);
  };
  const linesOf = async (name: string): Promise<string[]> => (await render()).split("\n").filter((line) => line.startsWith(name));
  return { recorder, registry, flush, render, linesOf };
}

test("exchanges are counted as the monitoring talk greps for them", async () => {
  const { recorder, render } = metrics();
  for (let count = 0; count < 15_422; count += 1) recorder.event(record());
  for (let count = 0; count < 38; count += 1) recorder.event(refused());
  const grepped = (await render()).split("\n").filter((line) => line.includes('event="token_exchange"'));
  expect(grepped).toEqual([
    'keycloak_user_events_total{client_id="portal",error="",event="token_exchange",idp="",realm="apixion"} 15422.0',
    'keycloak_user_events_total{client_id="portal",error="not_allowed",event="token_exchange",idp="",realm="apixion"} 38.0',
  ]);
});

test.each([
  [["realm"], '{error="",event="token_exchange",realm="apixion"}'],
  [[], '{error="",event="token_exchange"}'],
  [["clientId"], '{client_id="portal",error="",event="token_exchange"}'],
] as [EventMetricsTag[], string][])("the tags %j give the labels %s", async (tags, labels) => {
  const { recorder, linesOf } = metrics({ tags, eventMetrics: { tags, events: undefined } });
  recorder.event(record());
  expect(await linesOf("keycloak_user_events_total")).toEqual([`keycloak_user_events_total${labels} 1.0`]);
});

test("only chosen events are counted, their errors with them", async () => {
  const { recorder, linesOf } = metrics({ eventMetrics: { tags: ["realm"], events: ["token_exchange"] }, tags: ["realm"] });
  recorder.event(record({ type: "LOGIN" }));
  recorder.event(refused());
  expect(await linesOf("keycloak_user_events_total")).toEqual([
    'keycloak_user_events_total{error="not_allowed",event="token_exchange",realm="apixion"} 1.0',
  ]);
});

test("without event metrics there is no such counter", async () => {
  const recorder = createMetricsRecorder({ eventMetrics: undefined });
  recorder.event(record());
  expect(recorder.take()).toBeUndefined();
  expect(await createMetricsRegistry({ version: "0.1.0", tags: undefined }).render("plain")).not.toContain("keycloak_user_events");
});

test("the provider of an event is its detail identity_provider, an absent client is empty, an absent error unknown", async () => {
  const { recorder, linesOf } = metrics();
  const { clientId: _clientId, ...anonymous } = record({ type: "REGISTER_ERROR", details: { identity_provider: "google" } });
  recorder.event(anonymous);
  expect(await linesOf("keycloak_user_events_total")).toEqual([
    'keycloak_user_events_total{client_id="",error="unknown",event="register",idp="google",realm="apixion"} 1.0',
  ]);
});

test.each([
  ["an unknown client", refused({ error: "client_not_found" }), undefined, 'client_id="unknown"'],
  [
    "a client id that nobody looked up",
    refused({ error: "invalid_request", facts: { refusal: "parameter_duplicated" } }),
    undefined,
    'client_id="unknown"',
  ],
  ["a client that the caller says is unknown", refused(), false, 'client_id="unknown"'],
  ["an unknown realm", refused({ error: "realm_not_found", realmId: "", realmName: "nowhere" }), undefined, 'realm="unknown"'],
] as const)("SEC-LOG-06 %s becomes unknown", async (_title, event, known, label) => {
  const { recorder, linesOf } = metrics();
  recorder.event(event, known);
  const [line] = await linesOf("keycloak_user_events_total");
  expect(line).toContain(label);
});

test("SEC-LOG-06 SEC-DOS-04 a million client ids make ten thousand series, then unknown", async () => {
  const { recorder, flush, linesOf } = metrics();
  for (let index = 0; index < 1_000_000; index += 1) {
    recorder.event(refused({ clientId: `client-${index}` }));
    if (index % 100_000 === 0) flush();
  }
  const lines = await linesOf("keycloak_user_events_total");
  expect(lines).toHaveLength(10_001);
  expect(lines).toContainEqual(expect.stringMatching(/client_id="unknown".* 990000\.0$/));
});

test("SEC-LOG-06 the limit holds for all workers together", async () => {
  const { registry } = metrics();
  for (let worker = 0; worker < 3; worker += 1) {
    const { recorder } = metrics();
    for (let index = 0; index < 5000; index += 1) recorder.event(record({ clientId: `worker-${worker}-${index}` }));
    const delta = recorder.take();
    if (delta) registry.absorb(delta);
  }
  const lines = (await registry.render("plain")).split("\n").filter((line) => line.startsWith("keycloak_user_events_total{"));
  expect(lines).toHaveLength(10_001);
});

test("SEC-LOG-01 a label stays in its line and its quotes", async () => {
  const { recorder, linesOf } = metrics();
  recorder.event(record({ clientId: 'a"} 1\nkeycloak_user_events_total{x="\u2028\\' }));
  expect(await linesOf("keycloak_user_events_total")).toEqual([
    'keycloak_user_events_total{client_id="a\\"} 1 keycloak_user_events_total{x=\\" \\\\",error="",event="token_exchange",idp="",realm="apixion"} 1.0',
  ]);
});

test("latencies fall into buckets by outcome, cumulative when rendered", async () => {
  const { recorder, linesOf } = metrics();
  for (const seconds of [0.0005, 0.001, 0.0011, 0.099, 7]) recorder.exchange("success", seconds);
  recorder.exchange("error", 0.02);
  const lines = await linesOf("cambist_token_exchange_duration_seconds");
  expect(lines).toContain('cambist_token_exchange_duration_seconds_bucket{le="0.001",outcome="success"} 2');
  expect(lines).toContain('cambist_token_exchange_duration_seconds_bucket{le="0.002",outcome="success"} 3');
  expect(lines).toContain('cambist_token_exchange_duration_seconds_bucket{le="0.1",outcome="success"} 4');
  expect(lines).toContain('cambist_token_exchange_duration_seconds_bucket{le="1.0",outcome="success"} 4');
  expect(lines).toContain('cambist_token_exchange_duration_seconds_bucket{le="+Inf",outcome="success"} 5');
  expect(lines).toContain('cambist_token_exchange_duration_seconds_count{outcome="success"} 5');
  expect(lines).toContain('cambist_token_exchange_duration_seconds_sum{outcome="error"} 0.02');
});

test("requests are summed by method, outcome, status and template, whatever was requested", async () => {
  const { recorder, linesOf } = metrics();
  recorder.request("POST", "/realms/:realm/protocol/openid-connect/token", 200, 0.5);
  recorder.request("POST", "/realms/:realm/protocol/openid-connect/token", 200, 0.25);
  recorder.request("BREW", "UNKNOWN", 404, 1);
  expect(await linesOf("http_server_requests_seconds")).toEqual([
    'http_server_requests_seconds_count{method="POST",outcome="SUCCESS",status="200",uri="/realms/{realm}/protocol/openid-connect/token"} 2',
    'http_server_requests_seconds_sum{method="POST",outcome="SUCCESS",status="200",uri="/realms/{realm}/protocol/openid-connect/token"} 0.75',
    'http_server_requests_seconds_count{method="UNKNOWN",outcome="CLIENT_ERROR",status="404",uri="NOT_FOUND"} 1',
    'http_server_requests_seconds_sum{method="UNKNOWN",outcome="CLIENT_ERROR",status="404",uri="NOT_FOUND"} 1',
  ]);
});

test("password checks are counted under Keycloak's labels", async () => {
  const { recorder, linesOf } = metrics();
  recorder.passwordValidation("apixion", "argon2", "Argon2id-1.3[m=7168,t=5,p=1]", "valid");
  expect(await linesOf("keycloak_credentials_password_hashing_validations_total")).toEqual([
    'keycloak_credentials_password_hashing_validations_total{algorithm="argon2",hashing_strength="Argon2id-1.3[m=7168,t=5,p=1]",outcome="valid",realm="apixion"} 1.0',
  ]);
});

test("dropped log lines and the size of the audit log are there", async () => {
  let dropped = 3;
  const { linesOf, flush } = metrics({ droppedLines: () => dropped, audit: () => ({ bytes: 4096, limitBytes: 8192 }) });
  flush();
  dropped = 5;
  // The same function stands for a worker's sink and for the main thread's own: 5 and 5.
  expect(await linesOf("cambist_log_lines_dropped_total")).toEqual(["cambist_log_lines_dropped_total 10.0"]);
  expect(await linesOf("cambist_audit_log")).toEqual(["cambist_audit_log_bytes 4096", "cambist_audit_log_limit_bytes 8192"]);
});

test("both text forms name the counters alike, in whatever order they are asked for", async () => {
  const { recorder, render } = metrics();
  recorder.event(record());
  const [open, plain, openAgain] = [await render("openmetrics"), await render("plain"), await render("openmetrics")];
  expect(open).toContain("# TYPE keycloak_user_events counter\nkeycloak_user_events_total{");
  expect(open.endsWith("\n# EOF\n")).toBe(true);
  expect(plain).toContain(
    "# HELP keycloak_user_events_total Keycloak user events\n# TYPE keycloak_user_events_total counter\nkeycloak_user_events_total{",
  );
  expect(plain).not.toContain("EOF");
  expect(openAgain.split("\n").length).toBe(open.split("\n").length);
});

test("the process reports itself under Prometheus' and Keycloak's names", async () => {
  const text = await metrics().render("plain");
  for (const name of [
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_cpu_usage",
    "process_uptime_seconds",
    "system_cpu_count",
  ]) {
    expect(text).toMatch(new RegExp(`^${name} \\d`, "m"));
  }
  expect(text).toMatch(/^process_cpu_seconds_total \d/m);
  expect(text).not.toMatch(/ (NaN|Nan|undefined)$/m);
});
