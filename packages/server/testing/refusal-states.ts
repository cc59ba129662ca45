import type { TestAdmin } from "./admin.ts";
import type { Bench } from "./bench.ts";
import { exchangeRealm, person, uuidOf } from "./exchange-realm.ts";
import { claimsOf, type TestServer, type Tokens } from "./test-server.ts";

type Json = Readonly<Record<string, unknown>>;
type Dialect = "native" | "keycloak";

/** Where impersonation hangs on the role of a user, and where on a permission; everything that happens happens in both. */
export const STATES_REALM = "states";
export const ROBOTS_REALM = "robots";

/** Something that happens to one realm after tokens were given out there. */
export interface StateWorld {
  readonly server: TestServer;
  readonly admin: TestAdmin;
  readonly shop: Bench;
  readonly realm: string;
  /** Of the user who signed in. */
  readonly tokens: Tokens;
  readonly userId: string;
}

export interface State {
  /** Members of the realms that this state needs. */
  readonly realm?: Json;
  /** Who signs in; `ann` has her roles herself, `gus` by his group. */
  readonly user?: "ann" | "gus";
  readonly enter?: (world: StateWorld) => Promise<unknown>;
  /** Time that then passes. */
  readonly seconds?: number;
}

/** @throws {Error} the call failed: the state was not entered */
const done = async (call: Promise<{ readonly statusCode: number; readonly body: string }>): Promise<void> => {
  const { statusCode, body } = await call;
  if (statusCode >= 300) throw new Error(`${statusCode} ${body}`);
};
/** @throws {Error} there is nothing to be changed */
function some<T>(things: readonly T[]): readonly T[] {
  if (things.length === 0) throw new Error("nothing there");
  return things;
}
const changeUser = async ({ admin, realm, userId }: StateWorld, change: Json): Promise<void> => {
  const user = (await admin.get(`/${realm}/users/${userId}`)).json<Json>();
  await done(admin.put(`/${realm}/users/${userId}`, { ...user, ...change }));
};
const changeClients =
  (clientIds: readonly string[], change: (client: Json) => Json) =>
  async ({ admin, realm }: StateWorld): Promise<void> => {
    for (const clientId of clientIds) {
      const path = `/${realm}/clients/${uuidOf(realm, clientId)}`;
      const client = (await admin.get(path)).json<Json>();
      await done(admin.put(path, { ...client, ...change(client) }));
    }
  };
const deleteClients =
  (clientIds: readonly string[]) =>
  async ({ admin, realm }: StateWorld): Promise<void> => {
    for (const clientId of clientIds) await done(admin.delete(`/${realm}/clients/${uuidOf(realm, clientId)}`));
  };
const now = ({ server }: StateWorld): number => Math.floor(server.services.clock() / 1000);
const REQUESTERS = ["portal", "renewer", "pending"];

/** What must refuse, by the name it has in the matrix. */
export const STATES = {
  "nothing happened": {},
  "user disabled": { enter: (world) => changeUser(world, { enabled: false }) },
  "user deleted": { enter: ({ admin, realm, userId }) => done(admin.delete(`/${realm}/users/${userId}`)) },
  "user locked": {
    realm: { bruteForceProtected: true, failureFactor: 2, waitIncrementSeconds: 600, maxFailureWaitSeconds: 900 },
    enter: async ({ shop }) => {
      for (let attempt = 0; attempt < 3; attempt += 1) await shop.signIn("ann", { password: "wrong" }).catch(() => undefined);
    },
  },
  "user signed out everywhere": { enter: ({ admin, realm, userId }) => done(admin.post(`/${realm}/users/${userId}/logout`)), seconds: 2 },
  "password changed": {
    enter: ({ admin, realm, userId }) =>
      done(admin.put(`/${realm}/users/${userId}/reset-password`, { type: "password", value: "another", temporary: false })),
  },
  "required action pending": { enter: (world) => changeUser(world, { requiredActions: ["UPDATE_PASSWORD"] }) },
  "roles removed": {
    enter: async ({ admin, realm, userId }) => {
      const mappings = (await admin.get(`/${realm}/users/${userId}/role-mappings`)).json<{
        readonly realmMappings: readonly Json[];
        readonly clientMappings: Readonly<Record<string, { readonly id: string; readonly mappings: readonly Json[] }>>;
      }>();
      const path = `/${realm}/users/${userId}/role-mappings`;
      await done(admin.delete(`${path}/realm`, mappings.realmMappings));
      for (const { id, mappings: roles } of Object.values(mappings.clientMappings))
        await done(admin.delete(`${path}/clients/${id}`, roles));
    },
  },
  "taken out of the group": {
    user: "gus",
    enter: async ({ admin, realm, userId }) => {
      const groups = (await admin.get(`/${realm}/users/${userId}/groups`)).json<readonly { readonly id: string }[]>();
      for (const { id } of some(groups)) await done(admin.delete(`/${realm}/users/${userId}/groups/${id}`));
    },
  },
  "consent revoked": {
    enter: ({ admin, realm, userId }) => done(admin.delete(`/${realm}/users/${userId}/consents/pending`)),
  },
  "session ended": {
    enter: ({ admin, realm, tokens }) => done(admin.delete(`/${realm}/sessions/${String(claimsOf(tokens.access_token)["sid"])}`)),
  },
  "session idle": { realm: { accessTokenLifespan: 7200, ssoSessionIdleTimeout: 1800, ssoSessionMaxLifespan: 36_000 }, seconds: 1801 + 120 },
  "session over its maximum": {
    realm: { accessTokenLifespan: 7200, ssoSessionIdleTimeout: 36_000, ssoSessionMaxLifespan: 3600 },
    seconds: 3601,
  },
  "not-before of the realm raised": {
    enter: (world) => done(world.admin.put(`/${world.realm}`, { realm: world.realm, notBefore: now(world) + 1 })),
    seconds: 2,
  },
  "not-before of the client raised": {
    enter: (world) => changeClients(["frontend"], () => ({ notBefore: now(world) + 1 }))(world),
    seconds: 2,
  },
  "requester disabled": { enter: changeClients(REQUESTERS, () => ({ enabled: false })) },
  "requester deleted": { enter: deleteClients(REQUESTERS) },
  "requester's secret changed": {
    enter: async ({ admin, realm }) => {
      for (const clientId of REQUESTERS) await done(admin.post(`/${realm}/clients/${uuidOf(realm, clientId)}/client-secret`));
    },
  },
  "grants switched off": {
    enter: changeClients(["frontend", ...REQUESTERS], ({ attributes }) => ({
      serviceAccountsEnabled: false,
      directAccessGrantsEnabled: false,
      attributes: { ...(attributes as Json), "standard.token.exchange.enabled": "false", "use.refresh.tokens": "false" },
    })),
  },
  "audience disabled": { enter: changeClients(["orders"], () => ({ enabled: false })) },
  "audience deleted": { enter: deleteClients(["orders"]) },
  "permission deleted": {
    enter: async ({ admin, realm }) => {
      await done(admin.put(`/${realm}/clients/${uuidOf(realm, "orders")}/management/permissions`, { enabled: false }));
      await done(admin.put(`/${realm}/users-management-permissions`, { enabled: false }));
    },
  },
  "permission turned to deny": {
    enter: async ({ admin, realm }) => {
      const [{ id } = { id: "none" }] = (await admin.get(`/${realm}/clients?clientId=realm-management`)).json<{ readonly id: string }[]>();
      const policies = (await admin.get(`/${realm}/clients/${id}/authz/resource-server/policy?type=client&max=10`)).json<Json[]>();
      for (const policy of some(policies)) {
        const path = `/${realm}/clients/${id}/authz/resource-server/policy/client/${String(policy["id"])}`;
        await done(admin.put(path, { ...(await admin.get(path)).json<Json>(), logic: "NEGATIVE" }));
      }
    },
  },
  "client of the subject token disabled": { enter: changeClients(["frontend"], () => ({ enabled: false })) },
  "client of the subject token deleted": { enter: deleteClients(["frontend"]) },
  "token revoked": {
    enter: async ({ server, realm, tokens }) =>
      done(
        server.post(`/realms/${realm}/protocol/openid-connect/revoke`, {
          client_id: "frontend",
          token: tokens.access_token,
        }),
      ),
  },
  /** The server was started again without the exchange. */
  "feature off": {},
  "realm disabled": { enter: ({ admin, realm }) => done(admin.put(`/${realm}`, { realm, enabled: false })) },
} as const satisfies Record<string, State>;
export type StateName = keyof typeof STATES;

/** The two realms, each with `ann` and `gus`, who may impersonate and look at users in {@link STATES_REALM} only. */
export function stateRealms(dialect: Dialect, members: Json = {}): readonly Json[] {
  return [STATES_REALM, ROBOTS_REALM].map((realm) => {
    const administers = realm === STATES_REALM ? { "realm-management": ["impersonation", "view-users"] } : {};
    const roles = { realmRoles: ["staff"], clientRoles: { orders: ["viewer"], ...administers } };
    const consents = [{ clientId: "pending", grantedClientScopes: ["profile", "email", "roles", "web-origins", "acr", "basic"] }];
    return exchangeRealm(dialect, {
      realm,
      impersonators: realm === ROBOTS_REALM ? ["portal"] : [],
      users: [person("ann", { ...roles, clientConsents: consents }), person("gus", { groups: ["/team"], clientConsents: consents })],
      more: {
        groups: [{ name: "team", ...roles }],
        clientScopeMappings: {
          orders: ["reports", "renewer", "pending", "open"].map((client) => ({ client, roles: ["viewer"] })),
          "realm-management": [{ client: "frontend", roles: ["impersonation", "view-users"] }],
        },
        ...members,
      },
    });
  });
}
