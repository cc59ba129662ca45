import { REFUSAL_GROUPS } from "@cambist/core/refusals.ts";
import type { Command } from "@cambist/store/ports.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bench, expectRefusal, REFRESH_TOKEN, type Bench, type Parameters, type Provocation } from "../testing/bench.ts";
import { exchangeRealm, person } from "../testing/exchange-realm.ts";
import { claimsOf, START, testServer, type TestServer, type Tokens } from "../testing/test-server.ts";

type GrantRefusal = keyof typeof REFUSAL_GROUPS.grants;
const DIALECTS = ["native", "keycloak"] as const;
const PASSWORD = { grant_type: "password", client_id: "frontend", username: "alice", password: "password" };
const GRANT = { grant_type: "client_credentials" };

const servers = {} as Record<"native" | "keycloak", TestServer>;
beforeAll(async () => {
  for (const dialect of DIALECTS) {
    servers[dialect] = await testServer([
      exchangeRealm(dialect),
      exchangeRealm(dialect, { realm: "guarded", more: { bruteForceProtected: true, failureFactor: 2 } }),
      exchangeRealm(dialect, { realm: "rotating", more: { revokeRefreshToken: true } }),
      exchangeRealm(dialect, { realm: "raised", clients: { frontend: { notBefore: START / 1000 + 1_000_000 } } }),
      exchangeRealm(dialect, { realm: "aging", attributes: { "cambist.chain.max-age": "600" } }),
      exchangeRealm(dialect, {
        realm: "parting",
        users: [person("wanderer", { realmRoles: ["offline_access"] })],
      }),
    ]);
  }
}, 60_000);
afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())));

const refresh = (token: string, form: Parameters = {}): Parameters => ({
  grant_type: "refresh_token",
  client_id: "frontend",
  refresh_token: token,
  ...form,
});
/** Changes runtime state behind the endpoint's back, as another request would. */
async function change({ server, path }: Bench, tokens: Tokens, ...commands: ((known: Known) => Command)[]): Promise<void> {
  const realmId = (await server.services.realms.get(path.split("/")[2] ?? ""))?.view.realm.id ?? "";
  const { sid, sub } = claimsOf(tokens.access_token);
  const known = { realmId, sessionId: String(sid), userId: String(sub) };
  await server.services.writer.write({ commands: commands.map((command) => command(known)) });
}
interface Known {
  readonly realmId: string;
  readonly sessionId: string;
  readonly userId: string;
}

const LOGIN = "LOGIN_ERROR";
const SERVICE = "CLIENT_LOGIN_ERROR";
const REFRESH = "REFRESH_TOKEN_ERROR";
const PROVOKED: Readonly<Record<GrantRefusal, Provocation & { readonly realm?: string }>> = {
  direct_access_disabled: {
    type: LOGIN,
    provoke:
      ({ token, as }) =>
      () =>
        token({ ...PASSWORD, ...as("robot") }),
  },
  consent_required: {
    type: LOGIN,
    provoke:
      ({ token, as }) =>
      () =>
        token({ ...PASSWORD, ...as("asking") }),
  },
  username_missing: {
    type: LOGIN,
    provoke:
      ({ token }) =>
      () =>
        token({ ...PASSWORD, username: "" }),
  },
  user_unknown: {
    type: LOGIN,
    provoke:
      ({ token }) =>
      () =>
        token({ ...PASSWORD, username: "nobody" }),
  },
  password_wrong: {
    type: LOGIN,
    provoke:
      ({ token }) =>
      () =>
        token({ ...PASSWORD, password: "wrong" }),
  },
  user_locked: {
    type: LOGIN,
    realm: "guarded",
    provoke: async ({ token }) => {
      await token({ ...PASSWORD, password: "wrong" });
      await token({ ...PASSWORD, password: "wrong" });
      return () => token(PASSWORD);
    },
  },
  user_disabled: {
    type: LOGIN,
    provoke:
      ({ token }) =>
      () =>
        token({ ...PASSWORD, username: "leaver" }),
  },
  user_action_required: {
    type: LOGIN,
    provoke:
      ({ token }) =>
      () =>
        token({ ...PASSWORD, username: "newcomer" }),
  },
  grant_offline: {
    type: LOGIN,
    provoke:
      ({ token }) =>
      () =>
        token({ ...PASSWORD, scope: "openid offline_access" }),
  },
  grant_scope_invalid: {
    type: LOGIN,
    text: "Invalid scopes: openid nonsense",
    provoke:
      ({ token }) =>
      () =>
        token({ ...PASSWORD, scope: "openid nonsense" }),
  },
  service_account_public: {
    type: SERVICE,
    provoke:
      ({ token }) =>
      () =>
        token({ ...GRANT, client_id: "frontend" }),
  },
  service_account_disabled: {
    type: SERVICE,
    provoke:
      ({ token, as }) =>
      () =>
        token({ ...GRANT, ...as("idle") }),
  },
  refresh_token_missing: {
    type: REFRESH,
    provoke:
      ({ token }) =>
      () =>
        token({ grant_type: "refresh_token", client_id: "frontend" }),
  },
  refresh_token_invalid: {
    type: REFRESH,
    provoke:
      ({ token }) =>
      () =>
        token(refresh("garbage")),
  },
  refresh_token_foreign: {
    type: REFRESH,
    provoke: async ({ signIn, token }) => {
      const { refresh_token } = await signIn();
      return () => token(refresh(refresh_token, { client_id: "kiosk" }));
    },
  },
  refresh_token_expired: {
    type: REFRESH,
    provoke: async ({ server, signIn, token }) => {
      const { refresh_token } = await signIn();
      server.advance(1800);
      return () => token(refresh(refresh_token));
    },
  },
  refresh_token_stale: {
    type: REFRESH,
    realm: "raised",
    provoke: async ({ signIn, token }) => {
      const { refresh_token } = await signIn();
      return () => token(refresh(refresh_token));
    },
  },
  refresh_token_reused: {
    type: REFRESH,
    realm: "rotating",
    provoke: async ({ signIn, token }) => {
      const { refresh_token } = await signIn();
      await token(refresh(refresh_token));
      return () => token(refresh(refresh_token));
    },
  },
  refresh_session_gone: {
    type: REFRESH,
    provoke: async (shop) => {
      const tokens = await shop.signIn();
      await change(shop, tokens, (known) => ({ do: "endSession", ...known, offline: false }));
      return () => shop.token(refresh(tokens.refresh_token));
    },
  },
  refresh_offline_session_gone: {
    type: REFRESH,
    realm: "parting",
    provoke: async (shop) => {
      const tokens = await shop.signIn("wanderer", { scope: "openid offline_access" });
      await change(shop, tokens, (known) => ({ do: "endSession", ...known, offline: true }));
      return () => shop.token(refresh(tokens.refresh_token));
    },
  },
  refresh_client_session_gone: {
    type: REFRESH,
    provoke: async (shop) => {
      const tokens = await shop.signIn();
      // The portal joins the session, so that it outlives the browser client's part of it.
      await shop.exchange(tokens.access_token, { audience: "" });
      const clientUuid = (await shop.server.services.realms.get("shop"))?.view.clientByClientId("frontend")?.id ?? "";
      await change(shop, tokens, (known) => ({ do: "detachClientSession", ...known, clientUuid }));
      return () => shop.token(refresh(tokens.refresh_token));
    },
  },
  refresh_user_disabled: {
    type: REFRESH,
    realm: "parting",
    provoke: async (shop) => {
      const tokens = await shop.signIn("bob");
      await change(shop, tokens, (known) => ({ do: "disableUser", ...known }));
      return () => shop.token(refresh(tokens.refresh_token));
    },
  },
  refresh_exchange_withdrawn: {
    type: REFRESH,
    realm: "aging",
    only: "native",
    provoke: async (shop) => {
      const { access_token } = await shop.signIn();
      const exchanged = (await shop.exchange(access_token, { requested_token_type: REFRESH_TOKEN })).json<Tokens>();
      shop.server.advance(600);
      return () => shop.token(refresh(exchanged.refresh_token, shop.as("portal")));
    },
  },
};

describe.each(DIALECTS)("%s: every refusal of the grants", (dialect) => {
  const rows = Object.entries(PROVOKED).filter(([, { only }]) => only === undefined || only === dialect);
  test.each(rows)("%s", async (refusal, { provoke, realm, ...expected }) => {
    const target = bench(servers[dialect], dialect, realm);
    expect(await expectRefusal(target, refusal as GrantRefusal, expected, await provoke(target))).toHaveProperty("facts.refusal", refusal);
  });
});

test("no row of the group is left out", () =>
  expect(Object.keys(PROVOKED).toSorted()).toEqual(Object.keys(REFUSAL_GROUPS.grants).toSorted()));
