import { REFUSAL_GROUPS } from "@cambist/core/refusals.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bench, EXCHANGE, expectRefusal, type Bench, type Provocation } from "../testing/bench.ts";
import { exchangeRealm } from "../testing/exchange-realm.ts";
import { testServer, type TestServer } from "../testing/test-server.ts";
import { PasswordPool } from "../passwords/pool.ts";

type EndpointRefusal = keyof typeof REFUSAL_GROUPS.endpoint;
const DIALECTS = ["native", "keycloak"] as const;
const CREDENTIALS = { grant_type: "client_credentials", client_id: "portal", client_secret: "secret-of-portal" };

const body = (bytes: number): string => `grant_type=x&padding=`.padEnd(bytes, "x");
const many = (count: number): string =>
  Array.from({ length: count }, (_, index) => (index === 0 ? "grant_type=x" : `p${index}=`)).join("&");

const servers = {} as Record<"native" | "keycloak", TestServer>;
beforeAll(async () => {
  for (const dialect of DIALECTS) {
    const realms = [
      exchangeRealm(dialect),
      exchangeRealm(dialect, { realm: "secure", more: { sslRequired: "all" } }),
      exchangeRealm(dialect, { realm: "closed", more: { enabled: false } }),
    ];
    servers[dialect] = await testServer(realms, { compatibility: dialect });
  }
}, 60_000);
afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())));

/** Refusals that leave an audit record of their own. */
const RECORDED: Readonly<Partial<Record<EndpointRefusal, Provocation & { readonly realm?: string }>>> = {
  https_required: {
    type: "LOGIN_ERROR",
    realm: "secure",
    provoke:
      ({ token }) =>
      () =>
        token(CREDENTIALS),
  },
  realm_disabled: {
    type: "LOGIN_ERROR",
    realm: "closed",
    provoke:
      ({ token }) =>
      () =>
        token(CREDENTIALS),
  },
  grant_type_missing: {
    type: "LOGIN_ERROR",
    provoke:
      ({ token }) =>
      () =>
        token({ client_id: "portal" }),
  },
  grant_type_unsupported: {
    type: "LOGIN_ERROR",
    provoke:
      ({ token }) =>
      () =>
        token({ ...CREDENTIALS, grant_type: "magic" }),
  },
  form_too_large: {
    type: "LOGIN_ERROR",
    provoke:
      ({ token }) =>
      () =>
        token(`client_id=portal&padding=${"x".repeat(65_536)}`),
  },
  form_malformed: {
    type: "LOGIN_ERROR",
    provoke:
      ({ token }) =>
      () =>
        token("client_id=portal&grant_type=%zz"),
  },
  parameter_duplicated: {
    type: "CLIENT_LOGIN_ERROR",
    provoke:
      ({ token }) =>
      () =>
        token(`${new URLSearchParams(CREDENTIALS).toString()}&foo=1&foo=1`),
  },
};

describe.each(DIALECTS)("%s: every refusal of the endpoint itself", (dialect) => {
  test.each(Object.entries(RECORDED))("%s", async (refusal, { provoke, realm, ...expected }) => {
    const target = bench(servers[dialect], dialect, realm);
    const record = await expectRefusal(target, refusal as EndpointRefusal, expected, await provoke(target));
    // SEC-LOG-04: whoever was refused before it authenticated is recorded under the name it gave, if that could be read.
    expect(record.clientId).toBe(refusal.startsWith("form") ? undefined : "portal");
  });
});

describe.each(DIALECTS)("%s: refusals without a realm or without storage", (dialect) => {
  let shop: Bench;
  let server: TestServer;
  beforeAll(() => {
    server = servers[dialect];
    shop = bench(server, dialect);
  });

  test("realm_unknown: Keycloak's body; recorded under the name that the request gave, when it names a client", async () => {
    const before = await shop.audit();
    const answer = await bench(server, dialect, "nowhere").token(CREDENTIALS);
    expect([answer.statusCode, answer.json()]).toEqual([404, { error: "Realm does not exist" }]);
    expect((await shop.audit()).slice(before.length)).toMatchObject([
      { realmName: "nowhere", type: "LOGIN_ERROR", clientId: "portal", error: "realm_not_found", shown: false },
    ]);
    await bench(server, dialect, "nowhere").token({});
    expect(await shop.audit()).toHaveLength(before.length + 1);
  });

  test("SEC-TX-27 SEC-INV-1 audit_unavailable: neither a token nor a refusal leaves unrecorded", async () => {
    const { access_token } = await shop.signIn();
    const before = await shop.audit();
    server.breakStorage(true);
    const answers = [
      await shop.exchange(access_token),
      await shop.exchange("garbage"),
      await shop.token(CREDENTIALS),
      await shop.token({}),
    ];
    server.breakStorage(false);
    for (const answer of answers) {
      expect([answer.statusCode, answer.json().error, answer.headers["retry-after"]]).toEqual([503, "temporarily_unavailable", "1"]);
      expect(answer.body).not.toContain("access_token");
    }
    expect(await shop.audit()).toEqual(before);
    expect((await shop.exchange(access_token)).statusCode).toBe(200);
  });

  test("overloaded: more passwords at once than may wait; nobody is told whether one was right", async () => {
    const before = server.services.passwords;
    const pool = new PasswordPool({ size: 1, queueLimit: 1 });
    Object.assign(server.services, { passwords: pool });
    const form = { grant_type: "password", client_id: "frontend", username: "alice" };
    const answers = await Promise.all(["password", "wrong", "password", "wrong"].map((password) => shop.token({ ...form, password })));
    Object.assign(server.services, { passwords: before });
    await pool.close();
    const busy = answers.filter(({ statusCode }) => statusCode === 503);
    expect(busy.length).toBeGreaterThanOrEqual(1);
    expect(answers[0]?.statusCode).toBe(200);
    for (const answer of busy) {
      expect(answer.json()).toMatchObject({ error: "temporarily_unavailable" });
      expect(answer.headers).toMatchObject({ "retry-after": "1", "cache-control": "no-store" });
    }
  });
});

test("no row of the group is left out", () => {
  const here = [...Object.keys(RECORDED), "realm_unknown", "audit_unavailable", "overloaded"];
  expect(here.toSorted()).toEqual(Object.keys(REFUSAL_GROUPS.endpoint).toSorted());
});

describe.each(DIALECTS)("SEC-EP-07 SEC-EP-20 %s: how the token endpoint is spoken to", (dialect) => {
  let shop: Bench;
  beforeAll(() => {
    shop = bench(servers[dialect], dialect);
  });
  const send = (method: "GET" | "PUT" | "DELETE" | "PATCH", url: string) => servers[dialect].app.inject({ method, url });

  test.each(["GET", "PUT", "DELETE", "PATCH"] as const)("%s is not allowed", async (method) => {
    const answer = await send(method, `${shop.path}?${new URLSearchParams(CREDENTIALS).toString()}`);
    expect([answer.statusCode, answer.json()]).toEqual([405, { error: "HTTP 405 Method Not Allowed" }]);
  });

  test("parameters in the query do not count", async () => {
    const url = `${shop.path}?${new URLSearchParams(CREDENTIALS).toString()}`;
    const answer = await servers[dialect].post(url, "");
    expect([answer.statusCode, answer.json().error]).toEqual([400, "invalid_request"]);
    expect((await servers[dialect].post(`${shop.path}?grant_type=magic`, CREDENTIALS)).statusCode).toBe(200);
  });

  test.each(["application/json", "text/plain", "application/xml"])("a body of type %s is not read", async (type) => {
    const answer = await shop.token(JSON.stringify(CREDENTIALS), { "content-type": type });
    expect([answer.statusCode, answer.json().error]).toEqual([400, "invalid_request"]);
  });

  test("multipart is a form too, as at Keycloak", async () => {
    const body = Object.entries(CREDENTIALS).map(
      ([name, value]) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    const answer = await shop.token(`${body.join("")}--x--\r\n`, { "content-type": "multipart/form-data; boundary=x" });
    expect(answer.statusCode).toBe(200);
  });

  test("a success is not to be stored, names its decision, and has one audit record", async () => {
    const before = await shop.audit();
    const answer = await shop.token(CREDENTIALS);
    const records = (await shop.audit()).slice(before.length);
    expect(answer.headers).toMatchObject({ "cache-control": "no-store", pragma: "no-cache", "x-content-type-options": "nosniff" });
    expect(records).toMatchObject([{ id: answer.headers["cambist-decision"], type: "CLIENT_LOGIN", issued: [expect.any(String)] }]);
  });

  test("SEC-DOS-01 64 KiB and 200 parameters are read", async () => {
    expect((await shop.token(body(65_536))).json().error).toBe("unsupported_grant_type");
    expect((await shop.token(body(65_537))).statusCode).toBe(413);
    expect((await shop.token(many(200))).json().error).toBe("unsupported_grant_type");
    expect((await shop.token(many(201))).json().error).toBe("invalid_request");
  });

  test("unknown parameters are ignored, and none comes back as markup", async () => {
    expect((await shop.token({ ...CREDENTIALS, foo: "bar", prompt: "none" })).statusCode).toBe(200);
    const markup = "<script>alert(1)</script>";
    for (const form of [
      { ...CREDENTIALS, scope: markup },
      { ...CREDENTIALS, grant_type: markup },
      { ...CREDENTIALS, client_id: markup },
      { ...CREDENTIALS, grant_type: EXCHANGE, audience: markup },
    ]) {
      const answer = await shop.token(form);
      expect(answer.headers["content-type"]).toBe("application/json");
      expect(answer.headers["x-content-type-options"]).toBe("nosniff");
      expect(answer.body).not.toMatch(/at .*\.ts|select |\/work|node:/i);
    }
  });

  test("every single-valued parameter is refused twice, empty or not, known or not", async () => {
    const whole = { ...CREDENTIALS, grant_type: EXCHANGE, subject_token: "x" };
    const body = new URLSearchParams(whole).toString();
    for (const name of [
      "grant_type",
      "client_id",
      "client_secret",
      "subject_token",
      "subject_token_type",
      "scope",
      "requested_subject",
      "unheard_of",
    ]) {
      const twice = name in whole ? `${body}&${name}=` : `${body}&${name}=&${name}=`;
      const answer = await shop.token(twice);
      expect([name, answer.statusCode, answer.json().error]).toEqual([name, 400, "invalid_request"]);
    }
    const repeated = await shop.token(`${body}&audience=a&audience=b&resource=c&resource=d`);
    expect(repeated.json().error_description).not.toContain("more than once");
  });

  test("order of the shared phases: grant type, client, duplicates, grant", async () => {
    const faults = { grant: "grant_type=magic", client: "client_id=nobody", duplicate: "x=1&x=2" };
    const good = "grant_type=client_credentials&client_id=portal&client_secret=secret-of-portal";
    expect((await shop.token(Object.values(faults).join("&"))).json().error).toBe("unsupported_grant_type");
    expect((await shop.token(`grant_type=client_credentials&${faults.client}&${faults.duplicate}`)).json().error).toBe("invalid_client");
    expect((await shop.token(`${good}&scope=nonsense&${faults.duplicate}`)).json().error).toBe("invalid_request");
    expect((await shop.token(`${good}&scope=nonsense`)).json().error).toBe("invalid_scope");
  });
});

test("native: an empty grant type is a missing one, keycloak: an unknown one", async () => {
  for (const [dialect, error] of [
    ["native", "invalid_request"],
    ["keycloak", "unsupported_grant_type"],
  ] as const) {
    const answer = await bench(servers[dialect], dialect).token({ ...CREDENTIALS, grant_type: "" });
    expect(answer.json().error).toBe(error);
  }
});

test("with both exchange features off the grant is as unknown as any other word", async () => {
  const features = {
    tokenExchange: false,
    standardTokenExchange: false,
    impersonation: true,
    fineGrainedAdminPermissions: true,
    userEventMetrics: true,
  };
  const server = await testServer([exchangeRealm("native")], { features });
  const answer = await bench(server, "native").token({ ...CREDENTIALS, grant_type: EXCHANGE });
  expect([answer.statusCode, answer.json().error]).toEqual([400, "unsupported_grant_type"]);
  await server.close();
});
