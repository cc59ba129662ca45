import type { LightMyRequestResponse } from "fastify";
import { ADMIN_ROUTES } from "../admin/routes.ts";
import type { TestAdmin } from "./admin.ts";
import { routePath, type World } from "./admin-world.ts";
import type { TestServer } from "./test-server.ts";

/** A good body for a route, from the world of its realm; `unique` is another word each time, for names. */
export type Sample = (world: World, unique: string, admin: TestAdmin) => unknown;

/** Writes that take no body. */
const BODILESS: ReadonlySet<string> = new Set([
  "PUT /users/:user/groups/:group",
  "POST /users/:user/credentials/:credential/moveToFirst",
  "POST /users/:user/credentials/:credential/moveAfter/:after",
  "POST /users/:user/logout",
  "POST /users/:user/impersonation",
  "PUT /users/:user/send-verify-email",
  "PUT /users/:user/reset-password-email",
  "POST /clients/:client/client-secret",
  "POST /clients/:client/registration-access-token",
  "POST /clients/:client/push-revocation",
  "PUT /clients/:client/default-client-scopes/:scope",
  "PUT /clients/:client/optional-client-scopes/:scope",
  "POST /clients/:client/certificates/:attribute/generate",
  "PUT /default-default-client-scopes/:id",
  "PUT /default-optional-client-scopes/:id",
  "PUT /default-groups/:id",
  "POST /logout-all",
  "POST /push-revocation",
  "POST /clear-realm-cache",
  "POST /clear-user-cache",
  "POST /clear-keys-cache",
  "POST /partial-export",
  "POST /authentication/executions/:id/raise-priority",
  "POST /authentication/executions/:id/lower-priority",
  "POST /authentication/required-actions/:alias/raise-priority",
  "POST /authentication/required-actions/:alias/lower-priority",
]);
/** Writes whose body is not JSON. */
const OTHER_TYPES: ReadonlySet<string> = new Set([
  "PUT /users/:user/credentials/:credential/userLabel",
  "PUT /localization/:locale/:key",
  "POST /clients/:client/certificates/:attribute/upload-certificate",
  "POST /organizations/:organization/members/invite-user",
  "POST /organizations/:organization/members/invite-existing-user",
]);

const realmRole: Sample = ({ realmRoleId, realmRole: name }) => [{ id: realmRoleId, name }];
/** The role of the client as it is. */
const clientRole: Sample = async ({ realm, client, clientRole: name }, _unique, admin) => [
  (await admin.get(`/${realm}/clients/${client}/roles/${name}`)).json<unknown>(),
];
const named: Sample = (_world, name) => ({ name, description: "described", attributes: { colour: ["green"] } });
const mapper: Sample = (_world, name) => ({
  name,
  protocol: "openid-connect",
  protocolMapper: "oidc-audience-mapper",
  consentRequired: false,
  config: { "included.client.audience": "account", "access.token.claim": "true" },
});
const policy: Sample = ({ client }, name) => ({
  name,
  type: "client",
  description: "described",
  logic: "POSITIVE",
  decisionStrategy: "UNANIMOUS",
  clients: [client],
});
const permission: Sample = (world, name) => ({
  name,
  type: "scope",
  logic: "POSITIVE",
  decisionStrategy: "UNANIMOUS",
  resources: [world.resource],
  scopes: [world.authzScope],
  policies: [world.policy],
});
const AUTHZ = "/clients/:client/authz/resource-server";
/** What the address below answers goes back as it came. */
const shownAt =
  (path: string): Sample =>
  async (world, _unique, admin) =>
    (await admin.get(routePath("GET", path, world.realm, () => world))).json<unknown>();

const SAMPLES: Readonly<Record<string, Sample>> = {
  "POST /realms": (_world, realm) => ({
    realm,
    enabled: true,
    accessTokenLifespan: 300,
    attributes: { colour: "green" },
    clients: [{ clientId: "app" }],
    users: [{ username: "alice" }],
  }),
  "POST /users": ({ realm }, username) => ({
    username,
    email: `${username}@example.com`,
    emailVerified: true,
    enabled: true,
    firstName: "A",
    lastName: "User",
    attributes: { colour: ["green"] },
    groups: [`/group-${realm}`],
    requiredActions: ["UPDATE_PASSWORD"],
    credentials: [{ type: "password", value: "password", temporary: false }],
  }),
  "PUT /users/:user/reset-password": () => ({ type: "password", value: "password", temporary: false }),
  "PUT /users/:user/disable-credential-types": () => ["otp"],
  "POST /users/:user/federated-identity/:provider": ({ provider }) => ({ identityProvider: provider, userId: "1", userName: "one" }),
  "PUT /users/:user/execute-actions-email": () => ["UPDATE_PASSWORD"],
  "POST /groups": named,
  "POST /groups/:group/children": named,
  "POST /users/:user/role-mappings/realm": realmRole,
  "POST /users/:user/role-mappings/clients/:client": clientRole,
  "POST /groups/:group/role-mappings/realm": realmRole,
  "POST /groups/:group/role-mappings/clients/:client": clientRole,
  "POST /roles": named,
  "POST /roles/:role/composites": clientRole,
  "POST /clients/:client/roles": named,
  "POST /clients/:client/roles/:role/composites": realmRole,
  "POST /roles-by-id/:id/composites": clientRole,
  "POST /clients-initial-access": () => ({ expiration: 3600, count: 2 }),
  "POST /client-description-converter": (_world, clientId) => ({ clientId, redirectUris: ["http://localhost/*"] }),
  "POST /clients": (_world, clientId) => ({
    clientId,
    name: "A client",
    secret: "secret",
    enabled: true,
    redirectUris: ["http://localhost/*"],
    webOrigins: ["+"],
    attributes: { "access.token.lifespan": "60" },
    defaultClientScopes: ["email"],
    protocolMappers: [],
    serviceAccountsEnabled: true,
    authorizationServicesEnabled: true,
    authorizationSettings: { policyEnforcementMode: "ENFORCING", resources: [], policies: [], scopes: [] },
  }),
  "POST /client-scopes": (_world, name) => ({ name, protocol: "openid-connect", description: "described", attributes: {} }),
  "POST /clients/:client/protocol-mappers/models": mapper,
  "POST /clients/:client/protocol-mappers/add-models": (...given) => [mapper(...given)],
  "POST /client-scopes/:scope/protocol-mappers/models": mapper,
  "POST /client-scopes/:scope/protocol-mappers/add-models": (...given) => [mapper(...given)],
  "POST /clients/:client/scope-mappings/realm": realmRole,
  "POST /clients/:client/scope-mappings/clients/:other": clientRole,
  "POST /client-scopes/:scope/scope-mappings/realm": realmRole,
  "POST /client-scopes/:scope/scope-mappings/clients/:other": clientRole,
  [`POST ${AUTHZ}/import`]: (_world, name) => ({
    policyEnforcementMode: "ENFORCING",
    decisionStrategy: "UNANIMOUS",
    allowRemoteResourceManagement: true,
    resources: [{ name, scopes: [{ name }] }],
    scopes: [{ name }],
    policies: [{ name, type: "role", config: { roles: "[]" } }],
  }),
  [`POST ${AUTHZ}/resource`]: ({ authzScope }, name) => ({
    name,
    displayName: "A resource",
    type: "urn:thing",
    uris: ["/things/*"],
    ownerManagedAccess: false,
    attributes: { colour: ["green"] },
    scopes: [{ id: authzScope }],
  }),
  [`POST ${AUTHZ}/scope`]: (_world, name) => ({ name, displayName: "A scope", iconUri: "http://localhost/icon" }),
  [`POST ${AUTHZ}/policy`]: policy,
  [`POST ${AUTHZ}/policy/:key`]: policy,
  [`PUT ${AUTHZ}/policy/:key/:id`]: ({ realm, policy: id, client }) => ({ id, name: `policy-${realm}`, type: "client", clients: [client] }),
  [`POST ${AUTHZ}/permission/:key`]: permission,
  [`PUT ${AUTHZ}/permission/:key/:id`]: ({ realm, permission: id, resource, authzScope, policy: one }) => ({
    id,
    name: `permission-${realm}`,
    type: "scope",
    resources: [resource],
    scopes: [authzScope],
    policies: [one],
  }),
  [`POST ${AUTHZ}/policy/evaluate`]: ({ user, client, resource, realmRole: role, realm, authzScope }) => ({
    userId: user,
    clientId: client,
    roleIds: [role],
    entitlements: false,
    context: { attributes: { "kc.client.network.ip_address": "127.0.0.1" } },
    resources: [{ _id: resource, name: `resource-${realm}`, scopes: [{ id: authzScope, name: `authz-scope-${realm}` }] }],
  }),
  "POST /identity-provider/instances": (_world, alias) => ({
    alias,
    providerId: "oidc",
    enabled: true,
    displayName: "A provider",
    config: {
      issuer: "https://idp.example",
      authorizationUrl: "https://idp.example/auth",
      tokenUrl: "https://idp.example/token",
      clientId: "us",
    },
  }),
  "POST /identity-provider/instances/:alias/mappers": ({ provider }, name) => ({
    name,
    identityProviderAlias: provider,
    identityProviderMapper: "hardcoded-user-session-attribute-idp-mapper",
    config: { attribute: "a", "attribute.value": "b", syncMode: "INHERIT" },
  }),
  // Nobody listens there.
  "POST /identity-provider/import-config": () => ({ providerId: "oidc", fromUrl: "http://127.0.0.1:9/none" }),
  "POST /components": (_world, name) => ({
    name,
    providerId: "hmac-generated",
    providerType: "org.keycloak.keys.KeyProvider",
    config: { priority: ["1"], active: ["false"], secretSize: ["64"] },
  }),
  "POST /localization/:locale": (_world, text) => ({ greeting: text }),
  "POST /testSMTPConnection": () => ({ host: "127.0.0.1", port: "9", from: "a@example.com", auth: "false" }),
  "POST /partialImport": (_world, name) => ({
    ifResourceExists: "SKIP",
    users: [{ username: name, enabled: true }],
    clients: [{ clientId: name }],
    groups: [{ name, path: `/${name}` }],
    roles: { realm: [{ name }], client: {} },
    identityProviders: [],
    identityProviderMappers: [],
  }),
  "POST /authentication/flows": (_world, alias) => ({
    alias,
    description: "described",
    providerId: "basic-flow",
    topLevel: true,
    builtIn: false,
  }),
  "POST /authentication/flows/:alias/copy": (_world, newName) => ({ newName }),
  "PUT /authentication/flows/:alias/executions": async ({ realm, flowAlias }, _unique, admin) =>
    (await admin.get(`/${realm}/authentication/flows/${flowAlias}/executions`)).json<readonly unknown[]>()[0],
  "POST /authentication/flows/:alias/executions/execution": () => ({ provider: "auth-cookie" }),
  "POST /authentication/flows/:alias/executions/flow": (_world, alias) => ({ alias, type: "basic-flow", description: "described" }),
  "POST /authentication/executions/:id/config": (_world, alias) => ({ alias, config: { a: "b" } }),
  "POST /authentication/register-required-action": async ({ realm }, _unique, admin) => {
    await admin.delete(`/${realm}/authentication/required-actions/TERMS_AND_CONDITIONS`);
    return { providerId: "TERMS_AND_CONDITIONS", name: "Terms and Conditions" };
  },
  "POST /organizations": (_world, name) => ({
    name,
    alias: name,
    enabled: true,
    description: "described",
    redirectUrl: "http://localhost/",
    attributes: { colour: ["green"] },
    domains: [{ name: `${name}.example`, verified: false }],
  }),
  "PUT /organizations/:organization": shownAt("/organizations/:organization"),
  "POST /organizations/:organization/members": ({ user }) => user,
  "POST /organizations/:organization/identity-providers": ({ provider }) => provider,
};

const READABLE: ReadonlySet<string> = new Set(ADMIN_ROUTES.filter(({ method }) => method === "GET").map(({ path }) => path));

/**
 * What a route takes: no body, another type than JSON, or a good sample.
 * @throws {Error} a write that nobody has written a sample for: a new route has to be put there
 */
export function bodyOf(method: string, path: string): "none" | "other" | Sample {
  const key = `${method} ${path}`;
  if (method === "GET" || BODILESS.has(key)) return "none";
  if (OTHER_TYPES.has(key)) return "other";
  const sample = SAMPLES[key] ?? (method === "PUT" && READABLE.has(path) ? shownAt(path) : undefined);
  if (sample) return sample;
  // What was added is removed by the same body.
  if (method === "DELETE") return SAMPLES[`POST ${path}`] ?? "none";
  throw new Error(`No test knows a good body for ${key}: add one to admin-samples.ts`);
}

export function send(admin: TestAdmin, method: string, path: string, body: unknown): Promise<LightMyRequestResponse> {
  if (method === "GET") return admin.get(path);
  if (method === "POST") return admin.post(path, body);
  return method === "PUT" ? admin.put(path, body) : admin.delete(path, body);
}

/** The bodies that are not JSON: a text (`PUT`), or an uploaded certificate (`POST`). */
export function sendText({ app }: TestServer, { token }: TestAdmin, method: string, path: string): Promise<LightMyRequestResponse> {
  const form = '--x\r\nContent-Disposition: form-data; name="keystoreFormat"\r\n\r\nCertificate PEM\r\n--x--\r\n';
  return app.inject({
    method: method === "PUT" ? "PUT" : "POST",
    url: `/admin/realms${path}`,
    headers: { authorization: `Bearer ${token}`, "content-type": method === "PUT" ? "text/plain" : "multipart/form-data; boundary=x" },
    payload: method === "PUT" ? "label" : form,
  });
}
