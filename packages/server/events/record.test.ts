import { REFUSALS, type Refusal } from "@cambist/core/refusals.ts";
import { expect, test } from "vitest";
import { eventLine } from "./event-line.ts";
import { type Happening, refusalRecord, successRecord, unknownRealm } from "./record.ts";

const happening = (change: Partial<Happening> = {}): Happening => ({
  id: "decision-1",
  time: 1_763_978_400_123,
  realm: { id: "realm-1", name: "apixion", dialect: "keycloak", events: { enabled: true, types: new Set(), expiration: 0 } },
  type: "TOKEN_EXCHANGE",
  clientId: "frontend",
  ipAddress: "172.18.0.1",
  details: {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    client_auth_method: "client-secret",
    auth_method: "token_exchange",
    audience: "backend",
  },
  ...change,
});

const TOKEN = `eyJhbGciOiJSUzI1NiIsInR5cCI.${"eyJzdWIiOiI".repeat(3)}.${"c2lnbmF0dXJl".repeat(4)}`;

test("a refused exchange reads as Keycloak's log line does", () => {
  const record = refusalRecord(happening(), "exchange_not_permitted");
  expect(eventLine(record)).toBe(
    'type="TOKEN_EXCHANGE_ERROR", realmId="realm-1", realmName="apixion", clientId="frontend", userId="null", ipAddress="172.18.0.1", ' +
      'error="not_allowed", reason="client not allowed to exchange to audience", auth_method="token_exchange", audience="backend", ' +
      'grant_type="urn:ietf:params:oauth:grant-type:token-exchange", client_auth_method="client-secret"',
  );
  expect(record).toMatchObject({ facts: { refusal: "exchange_not_permitted" }, issued: [], shown: true });
});

test("SEC-LOG-10 an allowed exchange carries who, what, when and from where", () => {
  const details = { ...happening().details, token_id: "jti-1", scope: "profile", requested_token_type: "urn:x" };
  const record = successRecord(
    happening({ userId: "user-1", sessionId: "session-1", details, facts: { rights: [{ target: "backend", by: "permission" }] } }),
    ["jti-1"],
  );
  expect(record).toEqual({
    id: "decision-1",
    time: 1_763_978_400_123,
    realmId: "realm-1",
    realmName: "apixion",
    type: "TOKEN_EXCHANGE",
    clientId: "frontend",
    userId: "user-1",
    sessionId: "session-1",
    ipAddress: "172.18.0.1",
    details,
    facts: { rights: [{ target: "backend", by: "permission" }] },
    issued: ["jti-1"],
    shown: true,
  });
});

test("in native the event names the decision, after Keycloak's details", () => {
  const realm = { ...happening().realm, dialect: "native" } as const;
  const record = successRecord(happening({ realm, details: { exchange_right: "role", audience: "backend" } }), []);
  expect(Object.entries(record.details)).toEqual([
    ["audience", "backend"],
    ["exchange_right", "role"],
    ["decision", "decision-1"],
  ]);
});

test("SEC-LOG-03 only listed names are recorded", () => {
  const details = { audience: "backend", subject_token: "secret", client_secret: "secret", password: "secret", code: "secret" };
  const facts = { permission: "p", subject_token: "secret", headers: { authorization: "secret" } };
  for (const record of [
    successRecord(happening({ details, facts }), []),
    refusalRecord(happening({ details, facts }), "exchange_not_permitted"),
  ]) {
    expect(JSON.stringify(record)).not.toContain("secret");
    expect(record.details["audience"]).toBe("backend");
    expect(record.facts["permission"]).toBe("p");
  }
});

test("SEC-LOG-02 a token in the wrong parameter is not recorded", () => {
  const details = { audience: `x ${TOKEN}`, requested_subject: TOKEN, subject_issuer: TOKEN.slice(0, 50) };
  const record = refusalRecord(happening({ clientId: TOKEN, details, facts: { act: { client_id: TOKEN } } }), "target_unknown");
  expect(JSON.stringify(record)).not.toContain("eyJ");
  expect(record.clientId).toBe("(token)");
  expect(record.details["audience"]).toBe("x (token)");
});

test.each(["keyJobs.scheduler-service-v2", "eyJob-service-for-the-night-shift", "https://eyJ.example.com/resource/very/long/path"])(
  "the name %s is not taken for a token",
  (clientId) => {
    expect(successRecord(happening({ clientId }), []).clientId).toBe(clientId);
  },
);

test("SEC-LOG-04 a refusal before client authentication keeps the given client id, cut to 255", () => {
  const record = refusalRecord(happening({ clientId: "c".repeat(100_000), details: {} }), "client_unknown");
  expect(record.clientId).toBe("c".repeat(255));
  expect(record.error).toBe("client_not_found");
});

test("SEC-LOG-04 NUL and half a surrogate pair do not reach storage", () => {
  const record = refusalRecord(
    happening({ clientId: `a\u0000\u{1f600}${"b".repeat(300)}\ud83d`.slice(0, 4), details: { audience: "\ud83d" } }),
    "client_unknown",
  );
  expect(record.clientId).toBe("a\uFFFD\u{1f600}");
  expect(record.details["audience"]).toBe("\uFFFD");
});

test("a refusal never carries scope, whatever led to it; its reason may name the words", () => {
  const record = refusalRecord(happening({ type: "LOGIN", details: { scope: "nonsense" } }), "grant_scope_invalid");
  expect(record.details).toEqual({ reason: "Invalid scopes: nonsense" });
});

test("the parameter that a refusal is about is a fact, not a detail", () => {
  const record = refusalRecord(happening({ details: { parameter: "audience" } }), "parameter_duplicated");
  expect(record.details).toEqual({});
  expect(record.facts).toEqual({ parameter: "audience", refusal: "parameter_duplicated" });
});

test("a request to a realm that does not exist is recorded without showing anywhere", () => {
  const record = refusalRecord(happening({ realm: unknownRealm("no\u0000where".padEnd(500, "x"), "native") }), "realm_unknown");
  expect(record).toMatchObject({ realmId: "", realmName: "no\uFFFDwhere".padEnd(255, "x"), error: "realm_not_found", shown: false });
  expect(eventLine(record)).toContain('realmId="null"');
});

test("facts nest as deep as they like without a crash", () => {
  let act: unknown = { client_id: "a" };
  for (let depth = 0; depth < 1000; depth += 1) act = { act };
  expect(JSON.stringify(successRecord(happening({ facts: { act } }), []))).toContain("(cut)");
});

test.each(Object.keys(REFUSALS) as Refusal[])("%s becomes one record with its row's error", (refusal) => {
  const record = refusalRecord(happening(), refusal);
  expect(record).toMatchObject({ type: "TOKEN_EXCHANGE_ERROR", error: REFUSALS[refusal].event, issued: [] });
  expect(eventLine(record)).not.toContain("{");
});
