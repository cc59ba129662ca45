import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bench, type Bench, type Parameters } from "../testing/bench.ts";
import { exchangeRealm } from "../testing/exchange-realm.ts";
import { testServer, type TestServer } from "../testing/test-server.ts";

const DIALECTS = ["native", "keycloak"] as const;
const PASSWORD = { grant_type: "password", client_id: "frontend", username: "alice", password: "password" };

/** Everything of an answer but what has to differ. */
const shown = async ({ token }: Bench, form: Parameters): Promise<string> => {
  const { statusCode, headers, body } = await token({ ...PASSWORD, ...form });
  const { "cambist-decision": _decision, date: _date, "content-length": _length, ...rest } = headers;
  return JSON.stringify([statusCode, rest, body.replace(/Decision [0-9a-f-]{36}/, "")]);
};

describe.each(DIALECTS)("SEC-EP-18 %s: by its answer nobody learns which users there are", (dialect) => {
  let server: TestServer;
  let shop: Bench;
  beforeAll(async () => {
    server = await testServer([exchangeRealm(dialect)]);
    shop = bench(server, dialect);
  }, 60_000);
  afterAll(() => server.close());

  test("unknown users, wrong, empty, missing and oversized passwords read the same; so do, in native, disabled users", async () => {
    const wrong = await shown(shop, { password: "wrong" });
    expect(wrong).toContain(dialect === "native" ? "400" : "401");
    const same: Parameters[] = [
      { username: "nobody" },
      { username: "nobody", password: "" },
      { username: "x".repeat(300) },
      { username: "nobody@example.com" },
      { password: "" },
      { password: "x".repeat(1025) },
      { username: "keyless", password: "anything" },
      { username: "service-account-portal", password: "anything" },
      ...(dialect === "native" ? [{ username: "leaver" }, { username: "leaver", password: "wrong" }] : []),
    ];
    for (const form of same) expect([form, await shown(shop, form)]).toEqual([form, wrong]);
    expect(await shown(shop, { username: "newcomer", password: "wrong" })).toBe(wrong);
  });

  test("a missing password is a wrong one", async () => {
    const { password: _password, ...without } = PASSWORD;
    const answer = await shop.token(without);
    expect(answer.json()).toMatchObject({ error: "invalid_grant" });
  });

  const records = async (password: string): Promise<string | undefined> => {
    await shop.token({ ...PASSWORD, password });
    return (await shop.audit()).at(-1)?.error;
  };

  test("a password of 1,024 bytes is looked at, one more is not, whatever they hash to", async () => {
    expect(await records("x".repeat(1024))).toBe("invalid_user_credentials");
    expect(await records("é".repeat(513))).toBe("user_not_found");
  });

  test("the audit record tells them apart", async () => {
    const errors: (string | undefined)[] = [];
    for (const form of [{ username: "nobody" }, { password: "wrong" }, { username: "leaver" }]) {
      await shop.token({ ...PASSWORD, ...form });
      errors.push((await shop.audit()).at(-1)?.error);
    }
    expect(errors).toEqual(["user_not_found", "invalid_user_credentials", "user_disabled"]);
  });

  test("names are found by username or e-mail, in any case", async () => {
    for (const username of ["alice", "ALICE", "alice@example.com", "Alice@Example.COM"])
      expect((await shop.token({ ...PASSWORD, username })).statusCode).toBe(200);
    for (const username of [" alice", "alice ", "alice\u0000", "ali%", "a_ice"])
      expect((await shop.token({ ...PASSWORD, username })).statusCode).not.toBe(200);
  });

  test("a service account has no password, even when it has the same name", async () => {
    expect((await shop.token({ ...PASSWORD, username: "service-account-portal", password: "" })).statusCode).not.toBe(200);
  });
});

const attempt = async ({ token, audit }: Bench, password: string, form: Parameters = {}): Promise<string | undefined> => {
  await token({ ...PASSWORD, password, ...form });
  return (await audit()).at(-1)?.error;
};

describe.each(DIALECTS)("%s: brute force detection by the clock", (dialect) => {
  const SETTINGS = {
    bruteForceProtected: true,
    failureFactor: 3,
    waitIncrementSeconds: 60,
    maxFailureWaitSeconds: 900,
    maxDeltaTimeSeconds: 3600,
    quickLoginCheckMilliSeconds: 0,
    minimumQuickLoginWaitSeconds: 60,
  };
  let server: TestServer;
  const open = async (more: Readonly<Record<string, unknown>> = {}): Promise<Bench> => {
    server = await testServer([exchangeRealm(dialect, { more: { ...SETTINGS, ...more } })]);
    return bench(server, dialect);
  };
  beforeEach(() => () => server.close());
  const WRONG = "invalid_user_credentials";
  const LOCKED = "user_temporarily_disabled";

  test("three wrong passwords lock for a minute, the right one does not help, and a minute later it does", async () => {
    const shop = await open();
    const seen = [];
    for (const password of ["a", "b", "c", "password", "d"]) seen.push(await attempt(shop, password));
    expect(seen).toEqual([WRONG, WRONG, WRONG, LOCKED, LOCKED]);
    server.advance(59);
    expect(await attempt(shop, "password")).toBe(LOCKED);
    server.advance(1);
    expect(await attempt(shop, "password")).toBeUndefined();
    // A success forgets: three more are needed.
    expect([await attempt(shop, "a"), await attempt(shop, "b"), await attempt(shop, "password")]).toEqual([WRONG, WRONG, undefined]);
  });

  test("a locked user reads like a wrong password", async () => {
    const shop = await open();
    const wrong = await shown(shop, { password: "a" });
    for (const password of ["b", "c"]) await attempt(shop, password);
    expect(await shown(shop, { password: "password" })).toBe(wrong);
  });

  test("from then on each failure locks again, longer with each full round, up to the maximum", async () => {
    const shop = await open({ maxFailureWaitSeconds: 100 });
    for (const password of ["a", "b", "c"]) await attempt(shop, password);
    server.advance(60);
    for (const [password, wait] of Object.entries({ d: 60, e: 60, f: 100 })) {
      expect(await attempt(shop, password)).toBe(WRONG);
      server.advance(wait - 1);
      expect(await attempt(shop, "password")).toBe(LOCKED);
      server.advance(1);
    }
    expect(await attempt(shop, "password")).toBeUndefined();
  });

  test("failures that are old enough are forgotten", async () => {
    const shop = await open();
    for (const password of ["a", "b"]) await attempt(shop, password);
    server.advance(3601);
    expect([await attempt(shop, "c"), await attempt(shop, "password")]).toEqual([WRONG, undefined]);
  });

  test("two in quick succession cost the minimum wait", async () => {
    const shop = await open({ quickLoginCheckMilliSeconds: 1000 });
    expect([await attempt(shop, "a"), await attempt(shop, "b"), await attempt(shop, "password")]).toEqual([WRONG, WRONG, LOCKED]);
  });

  test("one user's failures lock nobody else, and unknown users lock nobody", async () => {
    const shop = await open();
    for (let round = 0; round < 5; round++) await attempt(shop, "wrong", { username: "nobody" });
    for (const password of ["a", "b", "c"]) await attempt(shop, password);
    expect(await attempt(shop, "password", { username: "bob" })).toBeUndefined();
    expect(await attempt(shop, "password")).toBe(LOCKED);
  });

  test("a permanent lockout disables the user, whose tokens are no good from then on", async () => {
    const shop = await open({ permanentLockout: true });
    const { access_token } = await shop.signIn();
    expect((await shop.exchange(access_token)).statusCode).toBe(200);
    for (const password of ["a", "b", "c"]) await attempt(shop, password);
    server.advance(100);
    expect(await attempt(shop, "password")).toBe("user_disabled");
    expect((await shop.exchange(access_token)).statusCode).toBe(400);
  });

  test("SEC-TX-15 a locked user is not impersonated", async () => {
    const shop = await open();
    const { access_token } = await shop.signIn("operator");
    const become = () => shop.exchange(access_token, { audience: "", requested_subject: "alice" });
    expect((await become()).statusCode).toBe(200);
    for (const password of ["a", "b", "c"]) await attempt(shop, password);
    expect((await become()).json()).toMatchObject({ error: "access_denied" });
    expect((await shop.audit()).at(-1)).toMatchObject({ facts: { refusal: "impersonation_target_unknown" } });
    server.advance(60);
    expect((await become()).statusCode).toBe(200);
  });

  test("switched off nothing locks", async () => {
    const shop = await open({ bruteForceProtected: false });
    for (let round = 0; round < 10; round++) expect(await attempt(shop, "wrong")).toBe(WRONG);
    expect(await attempt(shop, "password")).toBeUndefined();
  });
});
