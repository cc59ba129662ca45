import type { Command } from "@cambist/store/ports.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bench, REFRESH_TOKEN, type Bench } from "../testing/bench.ts";
import { exchangeRealm, uuidOf } from "../testing/exchange-realm.ts";
import { claimsOf, testServer, type TestServer, type Tokens } from "../testing/test-server.ts";

const DIALECTS = ["native", "keycloak"] as const;
const servers = {} as Record<"native" | "keycloak", TestServer>;
beforeAll(async () => {
  for (const dialect of DIALECTS) servers[dialect] = await testServer([exchangeRealm(dialect), exchangeRealm(dialect, { realm: "twin" })]);
}, 60_000);
afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())));

describe.each(DIALECTS)("%s: subject tokens", (dialect) => {
  test("SEC-LOG-02 no subject token is written anywhere, good or bad", async () => {
    const shop = bench(servers[dialect], dialect);
    const { access_token } = await shop.signIn();
    await shop.exchange(access_token);
    await shop.exchange(`${access_token}x`);
    const written = [...servers[dialect].lines, JSON.stringify(servers[dialect].events), JSON.stringify(await shop.audit())].join("\n");
    for (const part of access_token.split(".").slice(1)) expect(written).not.toContain(part);
  });

  test("SEC-TX-04 the nine kinds of token, under each declared type", async () => {
    const shop = bench(servers[dialect], dialect);
    const tokens = await shop.signIn("sailor", { scope: "openid offline_access" });
    const online = await shop.signIn();
    const { access_token: service } = (await shop.token({ grant_type: "client_credentials", ...shop.as("portal") })).json<Tokens>();
    const claims = claimsOf(online.access_token);
    const kinds: Readonly<Record<string, string>> = {
      access: online.access_token,
      "access of an offline session": tokens.access_token,
      "access without session": service,
      id: online.id_token,
      refresh: online.refresh_token,
      offline: tokens.refresh_token,
      logout: await shop.forge({ ...claims, typ: "Logout" }),
      foreign: await bench(servers[dialect], dialect, "twin").forge(claims),
      opaque: "0123456789abcdef",
    };
    const types = ["access_token", "refresh_token", "id_token", "jwt", "saml1", "saml2"].map(
      (type) => `urn:ietf:params:oauth:token-type:${type}`,
    );
    for (const [kind, token] of Object.entries(kinds)) {
      for (const type of [...types, ""]) {
        const answer = await shop.exchange(token, { subject_token_type: type });
        const access = kind.startsWith("access") && (type === "" || type.endsWith(":access_token"));
        expect([kind, type, answer.statusCode]).toEqual([kind, type, access ? 200 : 400]);
      }
    }
  }, 30_000);
});

/** One state of the refusal matrix (H1): what happens between the sign-in and the use of its tokens. */
interface State {
  readonly title: string;
  readonly enter: (bench: Bench, tokens: Tokens) => Promise<unknown>;
}
const realmOf = async ({ server, path }: Bench) => {
  const realm = await server.services.realms.get(path.split("/")[2] ?? "");
  if (!realm) throw new Error("no such realm");
  return realm;
};
const write = async (shop: Bench, command: (realmId: string) => Command) => {
  const { id } = (await realmOf(shop)).view.realm;
  await shop.server.services.writer.write({ commands: [command(id)] });
};
const sid = ({ access_token }: Tokens): string => String(claimsOf(access_token)["sid"]);
const sub = ({ access_token }: Tokens): string => String(claimsOf(access_token)["sub"]);

const STATES: readonly State[] = [
  {
    title: "the session was logged out",
    enter: (shop, tokens) => write(shop, (realmId) => ({ do: "endSession", realmId, sessionId: sid(tokens), offline: false })),
  },
  { title: "the session was idle too long", enter: async ({ server }) => server.advance(1800) },
  { title: "the token expired", enter: async ({ server }) => server.advance(300) },
  {
    title: "the token was revoked",
    enter: (shop, { access_token }) =>
      write(shop, (realmId) => ({ do: "revokeToken", realmId, jti: String(claimsOf(access_token)["jti"]), expiresAt: 4_000_000_000 })),
  },
  {
    title: "the user was disabled",
    enter: (shop, tokens) => write(shop, (realmId) => ({ do: "disableUser", realmId, userId: sub(tokens) })),
  },
  {
    title: "the client that got the token was taken out of the session",
    enter: async (shop, tokens) => {
      await shop.exchange(tokens.access_token, { audience: "" });
      await write(shop, (realmId) => ({
        do: "detachClientSession",
        realmId,
        sessionId: sid(tokens),
        clientUuid: uuidOf("states", "frontend"),
      }));
    },
  },
  {
    title: "another user's logout",
    enter: async (shop) => write(shop, (realmId) => ({ do: "endSession", realmId, sessionId: "unknown", offline: false })),
  },
];

describe.each(DIALECTS)("%s: SEC-INV-8 SEC-TX-28 what has returned wins over any later exchange", (dialect) => {
  test.each(STATES)(
    "$title",
    async ({ title, enter }) => {
      const server = await testServer([exchangeRealm(dialect, { realm: "states" })]);
      const shop = bench(server, dialect, "states");
      const tokens = await shop.signIn();
      const exchanged = (await shop.exchange(tokens.access_token, { requested_token_type: REFRESH_TOKEN })).json<Tokens>();
      await enter(shop, tokens);
      const allowed = title === "another user's logout";
      const answers = [
        await shop.exchange(tokens.access_token),
        await shop.exchange(tokens.access_token, { client_id: "reports" }),
        await shop.exchange(tokens.access_token, { audience: "" }),
      ];
      expect(answers.map(({ statusCode }) => statusCode)).toEqual(allowed ? [200, 200, 200] : [400, 400, 400]);
      // The exchanged token hangs on the same session and user. In native on its parent too; Keycloak's V1 leaves it alone.
      const ofTheParent = title.includes("revoked") || title.includes("taken out");
      const alive = allowed || (ofTheParent && dialect === "keycloak");
      expect((await shop.exchange(exchanged.access_token, { client_id: "portal", audience: "" })).statusCode).toBe(alive ? 200 : 400);
      await server.close();
    },
    30_000,
  );
});

describe.each(DIALECTS)("%s: SEC-TX-28 a logout in the midst of exchanges, two hundred times", (dialect) => {
  test("whoever is answered after it gets nothing, and nothing that was made meanwhile lives on", async () => {
    const shop = bench(servers[dialect], dialect);
    for (let round = 0; round < 200; round++) {
      const tokens = await shop.signIn();
      const end = () => write(shop, (realmId) => ({ do: "endSession", realmId, sessionId: sid(tokens), offline: false }));
      const [during] = await Promise.all([shop.exchange(tokens.access_token), end()]);
      expect((await shop.exchange(tokens.access_token)).statusCode).toBe(400);
      if (during.statusCode === 200) {
        const { access_token } = during.json<Tokens>();
        expect((await shop.exchange(access_token, { audience: "" })).statusCode).toBe(400);
      }
    }
  }, 60_000);
});

test("SEC-TX-24 two realms that mirror each other never cross: clients, users, sessions and kids are their own", async () => {
  for (const dialect of DIALECTS) {
    const [shop, twin] = [bench(servers[dialect], dialect), bench(servers[dialect], dialect, "twin")];
    const { access_token } = await shop.signIn();
    expect((await twin.exchange(access_token)).statusCode).toBe(400);
    // Even when the twin's key signs it, the issuer is wrong; and with the right issuer there is no such session.
    expect((await twin.exchange(await twin.forge(claimsOf(access_token)))).statusCode).toBe(400);
    expect((await twin.exchange(await twin.forge({ ...claimsOf(access_token), iss: twin.issuer }))).statusCode).toBe(400);
    const mine = (await shop.signIn()).refresh_token;
    const answer = await twin.token({ grant_type: "refresh_token", client_id: "frontend", refresh_token: mine });
    expect(answer.json()).toMatchObject({ error: "invalid_grant" });
  }
});
