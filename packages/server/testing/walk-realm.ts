type Json = Readonly<Record<string, unknown>>;

/**
 * A small realm for endpoint tests, as the recordings of a real Keycloak use one: `app` and `app2` are public clients of browsers, `conf` is
 * a service that `app` reaches and that may exchange to `target` and `light-target` (`native`), `other` is one that nothing reaches. `operator` may impersonate.
 * Secrets are `secret-of-<client>`, passwords `password`.
 */
export const walkRealm = (dialect: "native" | "keycloak", more: Json = {}): Json => ({
  realm: "walk",
  enabled: true,
  accessTokenLifespan: 300,
  attributes: { "cambist.compatibility": dialect },
  roles: {
    realm: [{ name: "staff" }],
    client: {
      conf: [{ name: "reader" }],
      target: [{ name: "viewer" }, { name: "token-exchange" }],
      "light-target": [{ name: "viewer" }, { name: "token-exchange" }],
    },
  },
  clients: [
    publicClient("app"),
    publicClient("app2"),
    publicClient("light", { attributes: { "client.use.lightweight.access.token.enabled": "true" } }),
    publicClient("signed", { attributes: { "user.info.response.signature.alg": "RS256" } }),
    confidential("conf", { directAccessGrantsEnabled: true, fullScopeAllowed: false, serviceAccountsEnabled: true }),
    confidential("other"),
    confidential("target", { fullScopeAllowed: false }),
    confidential("light-target", { fullScopeAllowed: false, attributes: { "client.use.lightweight.access.token.enabled": "true" } }),
    confidential("bearer", { bearerOnly: true }),
  ],
  scopeMappings: [{ client: "app", roles: ["staff"] }],
  clientScopeMappings: {
    conf: [{ client: "app", roles: ["reader"] }],
    "realm-management": [{ client: "app", roles: ["impersonation"] }],
  },
  users: [
    user("alice", {
      realmRoles: ["staff", "offline_access"],
      clientRoles: { conf: ["reader"], target: ["viewer"], "light-target": ["viewer"] },
    }),
    user("bob"),
    user("operator", { realmRoles: ["staff"], clientRoles: { conf: ["reader"], "realm-management": ["impersonation"] } }),
    {
      username: "service-account-conf",
      enabled: true,
      serviceAccountClientId: "conf",
      clientRoles: { target: ["token-exchange"], "light-target": ["token-exchange"] },
    },
  ],
  ...more,
});

export const publicClient = (clientId: string, more: Json = {}): Json => ({
  clientId,
  publicClient: true,
  directAccessGrantsEnabled: true,
  fullScopeAllowed: false,
  webOrigins: ["http://localhost:9999"],
  redirectUris: ["http://localhost:9999/*"],
  ...more,
});

export const confidential = (clientId: string, more: Json = {}): Json => ({
  clientId,
  secret: `secret-of-${clientId}`,
  webOrigins: ["http://localhost:9999"],
  ...more,
});

const user = (username: string, more: Json = {}): Json => ({
  username,
  enabled: true,
  email: `${username}@example.com`,
  emailVerified: true,
  firstName: username,
  lastName: "Example",
  credentials: [{ type: "password", value: "password" }],
  ...more,
});
