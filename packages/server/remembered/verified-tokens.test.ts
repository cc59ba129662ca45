import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealmKeys } from "../keys/key-set.ts";
import { bench, type Bench } from "../testing/bench.ts";
import { exchangeRealm } from "../testing/exchange-realm.ts";
import { claimsOf, testServer, type TestServer } from "../testing/test-server.ts";
import { VerifiedTokens } from "./verified-tokens.ts";

const KEYS = RealmKeys.fromComponents([]);
const good = () => ({ ok: true, claims: { jti: "jti-1" } }) as const;

/** Everything that nothing refers to. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  // A weak reference keeps its object until the job that made it is over.
  await new Promise((resolve) => setImmediate(resolve));
  (runInNewContext("gc") as () => void)();
}

/** Asks for each of these in turn and says how often something was verified. */
function verifications(
  size: number,
  asked: readonly { readonly token?: string; readonly keys?: RealmKeys; readonly bad?: true }[],
): number {
  const remembered = new VerifiedTokens(size);
  let count = 0;
  for (const { token = "one", keys = KEYS, bad } of asked) {
    remembered.recall(token, keys, () => {
      count += 1;
      return bad ? { ok: false, problem: "bad signature" } : good();
    });
  }
  return count;
}

test.each([
  ["the same bytes under the same keys are verified once", 100, [{}, {}, {}], 1],
  ["other bytes are verified, were it one character", 100, [{ token: "one" }, { token: "onE" }, { token: "one" }], 2],
  ["other keys verify anew", 100, [{}, { keys: RealmKeys.fromComponents([]) }], 2],
  ["what was refused is looked at again", 100, [{ bad: true }, { bad: true }, {}], 3],
  ["switched off, every token is verified every time", 0, [{}, {}], 2],
] as const)("SEC-JOSE-19 %s", (_title, size, asked, count) => expect(verifications(size, asked)).toBe(count));

test("the keys of a realm that has changed are let go, however many tokens they verified", async () => {
  const remembered = new VerifiedTokens(100);
  const old = Array.from({ length: 50 }, (_, index) => {
    const keys = RealmKeys.fromComponents([]);
    remembered.recall(`token ${index}`, keys, good);
    return new WeakRef(keys);
  });
  await collectGarbage();
  expect(old.filter((keys) => keys.deref() !== undefined)).toEqual([]);
});

describe("SEC-JOSE-19 a token that was just exchanged is refused at once after", () => {
  let server: TestServer;
  let shop: Bench;
  beforeAll(async () => {
    server = await testServer([exchangeRealm("native")]);
    shop = bench(server, "native");
  });
  afterAll(() => server.close());

  const realmId = async (): Promise<string> => (await server.services.realms.get("shop"))?.view.realm.id ?? "";
  const ends: readonly (readonly [string, (token: string) => Promise<unknown> | void])[] = [
    ["its revocation", (token) => server.post(shop.path.replace("/token", "/revoke"), { client_id: "frontend", token })],
    [
      "the end of its session",
      async (token) =>
        server.services.writer.write({
          commands: [{ do: "endSession", realmId: await realmId(), sessionId: String(claimsOf(token)["sid"]), offline: true }],
        }),
    ],
    [
      "the user is disabled",
      async (token) =>
        server.services.writer.write({
          commands: [{ do: "disableUser", realmId: await realmId(), userId: String(claimsOf(token)["sub"]) }],
        }),
    ],
    ["it has expired", (token) => server.advance(Number(claimsOf(token)["exp"]) - Number(claimsOf(token)["iat"]) + 1)],
  ];
  test.each(ends)("%s", async (title, end) => {
    const { access_token: token } = await shop.signIn(title === "the user is disabled" ? "bob" : "alice");
    for (const _ of [1, 2]) expect((await shop.exchange(token)).statusCode).toBe(200);
    await end(token);
    expect((await shop.exchange(token)).json()).toMatchObject({ error: "invalid_token" });
  });
});
