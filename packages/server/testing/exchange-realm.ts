import { createHash } from "node:crypto";
import { hashPassword } from "../passwords/hash.ts";
import { confidential, publicClient } from "./walk-realm.ts";

type Json = Readonly<Record<string, unknown>>;
type Dialect = "native" | "keycloak";

/** UUID of a client of such a realm. */
export function uuidOf(realm: string, clientId: string): string {
  const hash = createHash("sha256").update(`${realm}/${clientId}`).digest("hex");
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

export interface ExchangeRealmOptions {
  readonly realm?: string;
  /** JWK set of the clients `keyed` and `relay`, as text. */
  readonly jwks?: string;
  /** clientIds that may become anybody by permission; none: there is no such permission. */
  readonly impersonators?: readonly string[];
  /** Members of the realm to add or to replace. */
  readonly more?: Json;
  readonly attributes?: Json;
  /** Members of clients to add or to replace, by clientId. */
  readonly clients?: Readonly<Record<string, Json>>;
  readonly users?: readonly Json[];
}

/**
 * A realm in which every refusal can be met. `frontend` is a browser client whose tokens name `portal` and `reports`; `portal` may exchange
 * to `orders` by permission, `reports` has the standard exchange and reaches `orders` by its role scope. Secrets are `secret-of-<client>`,
 * passwords `password`.
 */
export function exchangeRealm(dialect: Dialect, options: ExchangeRealmOptions = {}): Json {
  const { realm = "shop", jwks, impersonators = [], more = {}, attributes = {}, clients = {}, users = [] } = options;
  const changed = (client: Json): Json => {
    const clientId = String(client["clientId"]);
    return { ...(clientId !== "realm-management" && { id: uuidOf(realm, clientId) }), ...client, ...clients[clientId] };
  };
  const signs = jwks === undefined ? {} : { "use.jwks.string": "true", "jwks.string": jwks };
  return {
    realm,
    enabled: true,
    accessTokenLifespan: 300,
    eventsEnabled: true,
    passwordPolicy: "hashAlgorithm(pbkdf2-sha256) and hashIterations(1)",
    attributes: { "cambist.compatibility": dialect, ...attributes },
    roles: {
      realm: [{ name: "staff" }],
      client: { orders: [{ name: "viewer" }], billing: [{ name: "viewer" }], vault: [{ name: "keeper" }] },
    },
    clients: [
      publicClient("frontend", { protocolMappers: ["frontend", "portal", "reports", "renewer", "pending"].map(audience) }),
      publicClient("kiosk"),
      confidential("portal", { directAccessGrantsEnabled: true, serviceAccountsEnabled: true }),
      confidential("orders", { fullScopeAllowed: false, attributes: { "cambist.resource": "https://orders.example/" } }),
      confidential("billing", { fullScopeAllowed: false }),
      confidential("vault"),
      confidential("robot"),
      confidential("odd", { secret: "a:b%+ c", serviceAccountsEnabled: true }),
      confidential("idle", { serviceAccountsEnabled: false }),
      confidential("shut", { enabled: false }),
      confidential("asking", { consentRequired: true, directAccessGrantsEnabled: true }),
      confidential("bearer", { bearerOnly: true }),
      { ...confidential("assertion"), protocol: "saml" },
      confidential("reports", { fullScopeAllowed: false, attributes: STANDARD }),
      confidential("renewer", { fullScopeAllowed: false, serviceAccountsEnabled: true, attributes: { ...STANDARD, ...RENEWS } }),
      confidential("pending", { fullScopeAllowed: false, consentRequired: true, attributes: STANDARD }),
      publicClient("open", { attributes: STANDARD }),
      confidential("keyed", {
        clientAuthenticatorType: "client-jwt",
        serviceAccountsEnabled: true,
        attributes: signs,
      }),
      confidential("relay", { clientAuthenticatorType: "client-jwt", bearerOnly: true, attributes: signs }),
      confidential("sealed", { clientAuthenticatorType: "client-secret-jwt", serviceAccountsEnabled: true }),
      {
        clientId: "realm-management",
        authorizationServicesEnabled: true,
        authorizationSettings: permissions(realm, ["orders", "vault", "shut", "asking", "kiosk"], impersonators),
      },
    ].map(changed),
    scopeMappings: [{ client: "frontend", roles: ["staff"] }],
    clientScopeMappings: {
      orders: ["reports", "renewer", "pending", "open"].map((client) => ({ client, roles: ["viewer"] })),
      billing: [{ client: "renewer", roles: ["viewer"] }],
      "realm-management": [{ client: "frontend", roles: ["impersonation"] }],
    },
    users: [
      person("alice", { realmRoles: ["staff"], clientRoles: { orders: ["viewer"] } }),
      person("bob"),
      person("keeper", { clientRoles: { vault: ["keeper"] } }),
      person("operator", { clientRoles: { "realm-management": ["impersonation"] } }),
      person("sailor", { realmRoles: ["offline_access"], clientRoles: { orders: ["viewer"] } }),
      person("leaver", { enabled: false }),
      person("newcomer", { requiredActions: ["UPDATE_PASSWORD"] }),
      { username: "keyless", enabled: true },
      ...users,
    ],
    ...more,
  };
}

const STANDARD: Json = { "standard.token.exchange.enabled": "true" };
const RENEWS: Json = { "standard.token.exchange.enableRefreshRequestedTokenType": "SAME_SESSION" };

const audience = (clientId: string): Json => ({
  name: `audience ${clientId}`,
  protocol: "openid-connect",
  protocolMapper: "oidc-audience-mapper",
  config: { "included.client.audience": clientId, "access.token.claim": "true" },
});

/** `password`, hashed once and cheaply, as the realm's policy has it: these tests are not about hashing. */
const CREDENTIALS: readonly Json[] = [hashPassword("password", { algorithm: "pbkdf2-sha256", iterations: 1 }) as unknown as Json];

/** A user with everything a sign-in asks for. */
export const person = (username: string, more: Json = {}): Json => ({
  username,
  enabled: true,
  email: `${username}@example.com`,
  emailVerified: true,
  firstName: username,
  lastName: "Example",
  credentials: CREDENTIALS,
  ...more,
});

/** Fine-grained permissions as Keycloak exports them: the portal may exchange to these clients. */
function permissions(realm: string, targets: readonly string[], impersonators: readonly string[]): Json {
  const resource = (clientId: string): string => `client.resource.${uuidOf(realm, clientId)}`;
  const exchange = (clientId: string): string => `token-exchange.permission.client.${uuidOf(realm, clientId)}`;
  return {
    allowRemoteResourceManagement: false,
    policyEnforcementMode: "ENFORCING",
    decisionStrategy: "UNANIMOUS",
    resources: [
      ...targets.map((clientId) => ({ name: resource(clientId), type: "Client", scopes: [{ name: "token-exchange" }] })),
      { name: "Users", scopes: [{ name: "impersonate" }, { name: "user-impersonated" }] },
    ],
    scopes: ["token-exchange", "impersonate", "user-impersonated"].map((name) => ({ name })),
    policies: [
      { name: "portal may", type: "client", logic: "POSITIVE", config: { clients: JSON.stringify(["portal"]) } },
      ...(impersonators.length > 0
        ? [
            { name: "they may", type: "client", logic: "POSITIVE", config: { clients: JSON.stringify(impersonators) } },
            scopePermission("admin-impersonating.permission.users", "Users", "impersonate", ["they may"]),
          ]
        : []),
      ...targets.map((clientId) => scopePermission(exchange(clientId), resource(clientId), "token-exchange", ["portal may"])),
    ],
  };
}

const scopePermission = (name: string, resource: string, scope: string, policies: readonly string[]): Json => ({
  name,
  type: "scope",
  logic: "POSITIVE",
  decisionStrategy: "UNANIMOUS",
  config: { resources: JSON.stringify([resource]), scopes: JSON.stringify([scope]), applyPolicies: JSON.stringify(policies) },
});
