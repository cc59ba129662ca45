import { describe, expect, test } from "vitest";
import type { LightMyRequestResponse } from "fastify";
import { FORM_ENDPOINTS } from "../http/app.ts";
import { adminOf, masterRealm } from "../testing/admin.ts";
import { bench, REFRESH_TOKEN, type Bench } from "../testing/bench.ts";
import { ROBOTS_REALM, STATES, STATES_REALM, stateRealms, type State, type StateName } from "../testing/refusal-states.ts";
import { claimsOf, testServer, type Tokens } from "../testing/test-server.ts";
import { GRANTS } from "./grants.ts";

type Outcome = "works" | "loses roles" | "refused";
/** Everything that was given out before the state was entered. */
interface Material {
  readonly shop: Bench;
  readonly robots: Bench;
  readonly user: string;
  readonly tokens: Tokens;
  readonly exchanged: Tokens;
  readonly standard: Tokens;
  /** Of other sessions, for what ends them. */
  readonly spare: readonly [Tokens, Tokens];
}
interface Use {
  /** Grant or endpoint that it goes through. */
  readonly through: string;
  readonly send: (material: Material) => Promise<LightMyRequestResponse>;
  /** Roles of the user belong into what it answers. */
  readonly showsRoles?: true;
}

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const at = (endpoint: string) => `/realms/${STATES_REALM}/protocol/openid-connect/${endpoint}`;
const USES = {
  exchange: { through: EXCHANGE, showsRoles: true, send: ({ shop, tokens }) => shop.exchange(tokens.access_token) },
  "standard exchange": {
    through: EXCHANGE,
    showsRoles: true,
    send: ({ shop, tokens }) => shop.exchange(tokens.access_token, { client_id: "renewer" }),
  },
  "standard exchange by consent": {
    through: EXCHANGE,
    showsRoles: true,
    send: ({ shop, tokens }) => shop.exchange(tokens.access_token, { client_id: "pending" }),
  },
  "exchange to itself": {
    through: EXCHANGE,
    showsRoles: true,
    send: ({ shop, tokens }) => shop.exchange(tokens.access_token, { audience: "" }),
  },
  "exchange onward": { through: EXCHANGE, send: ({ shop, exchanged }) => shop.exchange(exchanged.access_token, { audience: "vault" }) },
  impersonation: {
    through: EXCHANGE,
    send: ({ shop, tokens }) => shop.exchange(tokens.access_token, { audience: "", requested_subject: "bob" }),
  },
  "impersonation without subject token": {
    through: EXCHANGE,
    showsRoles: true,
    send: ({ robots, user }) => robots.exchange("", { audience: "", subject_token_type: "", requested_subject: user }),
  },
  refresh: {
    through: "refresh_token",
    showsRoles: true,
    send: ({ shop, tokens }) => shop.token({ grant_type: "refresh_token", client_id: "frontend", refresh_token: tokens.refresh_token }),
  },
  "refresh of an exchange": {
    through: "refresh_token",
    showsRoles: true,
    send: ({ shop, exchanged }) =>
      shop.token({ grant_type: "refresh_token", ...shop.as("portal"), refresh_token: exchanged.refresh_token }),
  },
  "refresh of a standard exchange": {
    through: "refresh_token",
    showsRoles: true,
    send: ({ shop, standard }) => shop.token({ grant_type: "refresh_token", ...shop.as("renewer"), refresh_token: standard.refresh_token }),
  },
  "client credentials": {
    through: "client_credentials",
    send: ({ shop }) => shop.token({ grant_type: "client_credentials", ...shop.as("portal") }),
  },
  password: {
    through: "password",
    showsRoles: true,
    send: ({ shop, user }) =>
      shop.token({ grant_type: "password", client_id: "frontend", username: user, password: "password", scope: "openid" }),
  },
  introspection: {
    through: "token/introspect",
    send: ({ shop, tokens }) => shop.server.post(at("token/introspect"), { ...shop.as("portal"), token: tokens.access_token }),
  },
  "introspection of an exchanged token": {
    through: "token/introspect",
    send: ({ shop, exchanged }) => shop.server.post(at("token/introspect"), { ...shop.as("portal"), token: exchanged.access_token }),
  },
  userinfo: {
    through: "userinfo",
    send: ({ shop, tokens }) => shop.server.get(at("userinfo"), { authorization: `Bearer ${tokens.access_token}` }),
  },
  "admin API": {
    through: "admin",
    send: ({ shop, tokens }) =>
      shop.server.get(`/admin/realms/${STATES_REALM}/users/count`, { authorization: `Bearer ${tokens.access_token}` }),
  },
  revocation: {
    through: "revoke",
    send: ({ shop, spare: [{ access_token }] }) => shop.server.post(at("revoke"), { client_id: "frontend", token: access_token }),
  },
  logout: {
    through: "logout",
    send: ({ shop, spare: [, { refresh_token }] }) => shop.server.post(at("logout"), { client_id: "frontend", refresh_token }),
  },
} as const satisfies Record<string, Use>;
type UseName = keyof typeof USES;
const USE_NAMES = Object.keys(USES) as UseName[];
const STATE_NAMES = Object.keys(STATES) as StateName[];

/** What becomes of each use in one state. */
interface Row {
  readonly works: readonly UseName[];
  /** It is answered, and what the user lost is not in the answer. */
  readonly losesRoles?: readonly UseName[];
  readonly refused: readonly UseName[];
  /** Where Keycloak does otherwise, and the realm speaks its dialect. */
  readonly keycloak?: Partial<Record<UseName, Outcome>>;
}

const OF_THE_USER: readonly UseName[] = [
  "exchange",
  "standard exchange",
  "standard exchange by consent",
  "exchange to itself",
  "exchange onward",
  "impersonation",
  "refresh",
  "refresh of an exchange",
  "refresh of a standard exchange",
  "introspection",
  "introspection of an exchanged token",
  "userinfo",
  "admin API",
];
const WITH_THE_FIRST_TOKEN: readonly UseName[] = [
  "exchange",
  "standard exchange",
  "standard exchange by consent",
  "exchange to itself",
  "impersonation",
  "introspection",
  "userinfo",
  "admin API",
];
const ALL_EXCHANGES: readonly UseName[] = [
  "exchange",
  "standard exchange",
  "standard exchange by consent",
  "exchange to itself",
  "exchange onward",
  "impersonation",
  "impersonation without subject token",
  "refresh of an exchange",
  "refresh of a standard exchange",
];
const BY_REQUESTERS: readonly UseName[] = [...ALL_EXCHANGES, "client credentials", "introspection", "introspection of an exchanged token"];
/** Whoever wants to end something can, whatever happened. */
const ENDS: readonly UseName[] = ["revocation", "logout"];
const NEW_SIGN_INS: readonly UseName[] = ["client credentials", "password", "impersonation without subject token"];
const except = (all: readonly UseName[], ...some: readonly UseName[]): readonly UseName[] => all.filter((name) => !some.includes(name));
const SESSION_IS_GONE: Row = { refused: OF_THE_USER, works: [...NEW_SIGN_INS, ...ENDS] };
const USER_IS_GONE: Row = {
  refused: [...OF_THE_USER, "password", "impersonation without subject token"],
  works: ["client credentials", ...ENDS],
};
const REQUESTER_IS_GONE: Row = { refused: BY_REQUESTERS, works: ["refresh", "password", "userinfo", "admin API", ...ENDS] };
const ROLES_ARE_GONE: Row = {
  losesRoles: ["exchange", "exchange to itself", "impersonation without subject token", "refresh", "refresh of an exchange", "password"],
  // By the standard exchange a role is what makes its client reachable.
  refused: ["standard exchange", "standard exchange by consent", "refresh of a standard exchange", "impersonation", "admin API"],
  works: ["exchange onward", "client credentials", "introspection", "introspection of an exchanged token", "userinfo", ...ENDS],
  // Keycloak reads the right to impersonate in the token.
  keycloak: { impersonation: "works", "refresh of a standard exchange": "loses roles" },
};
/** Keycloak refreshes what came from an exchange as an ordinary token of the requester; no gone audience is named in it. */
const ORDINARY_REFRESH = { "refresh of an exchange": "works", "refresh of a standard exchange": "works" } as const;
const AUDIENCE_IS_GONE: Row = {
  refused: ["exchange", "standard exchange", "standard exchange by consent", "refresh of an exchange", "refresh of a standard exchange"],
  works: [
    "exchange to itself",
    "exchange onward",
    "impersonation",
    "refresh",
    "introspection",
    "introspection of an exchanged token",
    "userinfo",
    "admin API",
    ...NEW_SIGN_INS,
    ...ENDS,
  ],
  keycloak: ORDINARY_REFRESH,
};
/** What hangs on the first token because it was exchanged from it. */
const MADE_FROM_IT: readonly UseName[] = [
  "exchange onward",
  "introspection of an exchanged token",
  "refresh of an exchange",
  "refresh of a standard exchange",
];
const HOLDER_IS_GONE: Row = {
  // The client itself can no longer say who it is: an administrator ends its sessions.
  refused: [...WITH_THE_FIRST_TOKEN, "refresh", "refresh of an exchange", "refresh of a standard exchange", "password", ...ENDS],
  works: ["exchange onward", "introspection of an exchanged token", "impersonation without subject token", "client credentials"],
  keycloak: ORDINARY_REFRESH,
};

/** Each use once in each row, or the test below fails. */
const MATRIX: Readonly<Record<StateName, Row>> = {
  "nothing happened": { refused: [], works: USE_NAMES },
  "user disabled": USER_IS_GONE,
  "user deleted": USER_IS_GONE,
  // A lock keeps people from guessing passwords; whoever is in stays in.
  "user locked": {
    refused: ["password", "impersonation without subject token"],
    works: [...OF_THE_USER, "client credentials", ...ENDS],
  },
  "user signed out everywhere": SESSION_IS_GONE,
  "password changed": {
    refused: ["password"],
    works: [...OF_THE_USER, "client credentials", "impersonation without subject token", ...ENDS],
  },
  "required action pending": {
    refused: ["password"],
    works: [...OF_THE_USER, "client credentials", "impersonation without subject token", ...ENDS],
  },
  "roles removed": ROLES_ARE_GONE,
  "taken out of the group": ROLES_ARE_GONE,
  "consent revoked": {
    refused: ["standard exchange by consent"],
    works: except(USE_NAMES, "standard exchange by consent"),
  },
  "session ended": SESSION_IS_GONE,
  "session idle": SESSION_IS_GONE,
  "session over its maximum": SESSION_IS_GONE,
  "not-before of the realm raised": SESSION_IS_GONE,
  "not-before of the client raised": {
    refused: [...WITH_THE_FIRST_TOKEN, "refresh"],
    works: except(USE_NAMES, ...WITH_THE_FIRST_TOKEN, "refresh"),
  },
  "requester disabled": REQUESTER_IS_GONE,
  "requester deleted": REQUESTER_IS_GONE,
  "requester's secret changed": REQUESTER_IS_GONE,
  "grants switched off": {
    refused: ["standard exchange", "standard exchange by consent", "refresh of a standard exchange", "client credentials", "password"],
    works: except(
      USE_NAMES,
      "standard exchange",
      "standard exchange by consent",
      "refresh of a standard exchange",
      "client credentials",
      "password",
    ),
    keycloak: { "refresh of a standard exchange": "works" },
  },
  "audience disabled": AUDIENCE_IS_GONE,
  "audience deleted": {
    ...AUDIENCE_IS_GONE,
    // With the client its roles are gone.
    keycloak: { "refresh of an exchange": "works", "refresh of a standard exchange": "loses roles" },
  },
  "permission deleted": {
    refused: ["exchange", "refresh of an exchange", "impersonation without subject token"],
    works: except(USE_NAMES, "exchange", "refresh of an exchange", "impersonation without subject token"),
    keycloak: { "refresh of an exchange": "works" },
  },
  "permission turned to deny": {
    refused: ["exchange", "exchange onward", "refresh of an exchange", "impersonation without subject token"],
    works: except(USE_NAMES, "exchange", "exchange onward", "refresh of an exchange", "impersonation without subject token"),
    keycloak: { "refresh of an exchange": "works" },
  },
  "client of the subject token disabled": HOLDER_IS_GONE,
  // Its part of the session goes with it, and what was exchanged from its tokens ends with them.
  "client of the subject token deleted": {
    refused: [...HOLDER_IS_GONE.refused, "exchange onward", "introspection of an exchanged token"],
    works: ["impersonation without subject token", "client credentials"],
    keycloak: { ...ORDINARY_REFRESH, "exchange onward": "works", "introspection of an exchanged token": "works" },
  },
  "token revoked": {
    refused: [...WITH_THE_FIRST_TOKEN, ...MADE_FROM_IT],
    works: except(USE_NAMES, ...WITH_THE_FIRST_TOKEN, ...MADE_FROM_IT),
    // V1 there leaves alone what was exchanged; the standard exchange takes its requester out of the session.
    keycloak: { "exchange onward": "works", "introspection of an exchanged token": "works", "refresh of an exchange": "works" },
  },
  "feature off": { refused: ALL_EXCHANGES, works: except(USE_NAMES, ...ALL_EXCHANGES), keycloak: ORDINARY_REFRESH },
  // A realm that is off answers nothing at all, as in Keycloak; nothing of it works either.
  "realm disabled": { refused: USE_NAMES, works: [] },
};

function outcomeOf(answer: LightMyRequestResponse, { showsRoles }: Use, state: StateName): Outcome {
  const body = answer.body.startsWith("{") ? answer.json<Partial<Tokens> & { readonly active?: boolean }>() : {};
  if (answer.statusCode >= 400 || body.active === false) {
    expect(answer.statusCode).toBeLessThan(500);
    expect(body).not.toHaveProperty("access_token");
    return "refused";
  }
  if (body.access_token !== undefined) expectLivingAudience(body.access_token, state);
  if (!showsRoles) return "works";
  const { realm_access, resource_access } = claimsOf(body.access_token ?? "") as {
    readonly realm_access?: { readonly roles: readonly string[] };
    readonly resource_access?: Readonly<Record<string, { readonly roles: readonly string[] }>>;
  };
  const has = realm_access?.roles.includes("staff") || resource_access?.["orders"]?.roles.includes("viewer");
  return has ? "works" : "loses roles";
}

/** SEC-INV-3: whoever is named is there and enabled. */
function expectLivingAudience(token: string, state: StateName): void {
  if (state.startsWith("audience ")) expect([claimsOf(token)["aud"] ?? []].flat()).not.toContain("orders");
}

async function play(dialect: "native" | "keycloak", name: StateName): Promise<Record<string, Outcome>> {
  const state: State = STATES[name];
  const server = await testServer([masterRealm(), ...stateRealms(dialect, state.realm)]);
  try {
    const [shop, robots] = [bench(server, dialect, STATES_REALM), bench(server, dialect, ROBOTS_REALM)];
    const user = state.user ?? "ann";
    const tokens = await shop.signIn(user);
    const renewable = { requested_token_type: REFRESH_TOKEN };
    const material: Material = {
      shop,
      robots,
      user,
      tokens,
      exchanged: (await shop.exchange(tokens.access_token, renewable)).json(),
      standard: (await shop.exchange(tokens.access_token, { client_id: "renewer", ...renewable })).json(),
      spare: [await shop.signIn(user), await shop.signIn(user)],
    };
    const admin = await adminOf(server);
    for (const one of [shop, robots]) {
      const own = one === shop ? tokens : await one.signIn(user);
      const realm = one === shop ? STATES_REALM : ROBOTS_REALM;
      await state.enter?.({ server, admin, shop: one, realm, tokens: own, userId: String(claimsOf(own.access_token)["sub"]) });
    }
    if (name === "feature off") Object.assign(server.services.config.features, { tokenExchange: false, standardTokenExchange: false });
    server.advance(state.seconds ?? 0);
    const outcomes: Record<string, Outcome> = {};
    for (const use of USE_NAMES) outcomes[use] = outcomeOf(await USES[use].send(material), USES[use], name);
    return outcomes;
  } finally {
    await server.close();
  }
}

test("H1 no cell of the refusal matrix is missing: every grant and form endpoint is used, and each use stands once in each row", () => {
  const through = new Set<string>(Object.values(USES).map((use) => use.through));
  expect([...GRANTS.keys(), ...FORM_ENDPOINTS.map(({ path }) => path)].filter((path) => path !== "token" && !through.has(path))).toEqual(
    [],
  );
  for (const [state, { works, losesRoles = [], refused }] of Object.entries(MATRIX))
    expect([state, [...works, ...losesRoles, ...refused].toSorted()]).toEqual([state, USE_NAMES.toSorted()]);
});

describe.each(["native", "keycloak"] as const)(
  "H1 SEC-INV-8 SEC-TX-08 SEC-TX-10 SEC-TX-32 %s: what was given out before, once",
  (dialect) => {
    test.each(STATE_NAMES)("%s", async (state) => {
      const { works, losesRoles = [], refused, keycloak = {} } = MATRIX[state];
      const expected: Record<string, Outcome> = {};
      for (const use of works) expected[use] = "works";
      for (const use of losesRoles) expected[use] = "loses roles";
      for (const use of refused) expected[use] = "refused";
      expect(await play(dialect, state)).toEqual({ ...expected, ...(dialect === "keycloak" && keycloak) });
    });
  },
);
