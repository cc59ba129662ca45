import { adminOf, masterRealm, type TestAdmin } from "./admin.ts";
import { testServer, type TestServer } from "./test-server.ts";

/** Ids and names of one object of each kind in a realm, all of them its own. */
export type World = Readonly<Record<WorldKind, string>>;
export type WorldKind =
  | "realm"
  | "user"
  | "credential"
  | "session"
  | "group"
  | "realmRole"
  | "realmRoleId"
  | "client"
  | "clientId"
  | "clientRole"
  | "clientMapper"
  | "clientScope"
  | "scopeMapper"
  | "resource"
  | "authzScope"
  | "policy"
  | "permission"
  | "provider"
  | "providerMapper"
  | "component"
  | "flow"
  | "flowAlias"
  | "execution"
  | "flowConfig"
  | "organization"
  | "initialAccess";

type Json = Readonly<Record<string, unknown>>;

/** A server to walk through, with as many worlds as it takes: a test may use one up. */
export interface WalkedServer {
  readonly server: TestServer;
  readonly admin: TestAdmin;
  readonly freshWorld: () => Promise<World>;
}

export async function walkedServer(): Promise<WalkedServer> {
  const server = await testServer([masterRealm()]);
  const admin = await adminOf(server);
  let count = 0;
  return { server, admin, freshWorld: () => adminWorld(server, admin, `world${(count += 1)}`) };
}

/** Creates a realm over the admin API, with an object of each kind whose names are those of the realm. */
export async function adminWorld(server: TestServer, admin: TestAdmin, realm: string): Promise<World> {
  const settings = { organizationsEnabled: true, internationalizationEnabled: true, bruteForceProtected: true, eventsEnabled: true };
  await must(admin.post("", { realm, enabled: true, ...settings }));
  const at = `/${realm}`;
  const read = async <T>(path: string): Promise<T> => (await must(admin.get(`${at}${path}`))).json<T>();
  const create = (path: string, body: unknown): Promise<string> => admin.create(`${at}${path}`, body);

  const user = await create("/users", {
    username: `user-${realm}`,
    email: `user@${realm}.example`,
    emailVerified: true,
    firstName: "A",
    lastName: "User",
    enabled: true,
    credentials: [{ type: "password", value: "password" }],
  });
  const [credential] = await read<{ readonly id: string }[]>(`/users/${user}/credentials`);
  const group = await create("/groups", { name: `group-${realm}` });
  await must(admin.put(`${at}/users/${user}/groups/${group}`));
  const realmRole = `role-${realm}`;
  await create("/roles", { name: realmRole });
  const role = await read<{ readonly id: string }>(`/roles/${realmRole}`);

  const clientId = `client-${realm}`;
  const client = await create("/clients", {
    clientId,
    secret: "client-secret",
    directAccessGrantsEnabled: true,
    serviceAccountsEnabled: true,
    authorizationServicesEnabled: true,
  });
  const ofClient = `/clients/${client}`;
  const clientRole = `client-role-${realm}`;
  await create(`${ofClient}/roles`, { name: clientRole });
  const clientScope = await create("/client-scopes", { name: `scope-${realm}`, protocol: "openid-connect" });
  const mapper = {
    name: `mapper-${realm}`,
    protocol: "openid-connect",
    protocolMapper: "oidc-hardcoded-claim-mapper",
    config: { "claim.name": "colour", "claim.value": "green", "access.token.claim": "true" },
  };

  const authz = `${at}${ofClient}/authz/resource-server`;
  const made = async (path: string, body: Json): Promise<string> => {
    const answer = (await must(admin.post(`${authz}${path}`, body))).json<{ readonly id?: string; readonly _id?: string }>();
    return answer.id ?? answer._id ?? "";
  };
  const authzScope = await made("/scope", { name: `authz-scope-${realm}` });
  const resource = await made("/resource", { name: `resource-${realm}`, scopes: [{ id: authzScope, name: `authz-scope-${realm}` }] });
  const policy = await made("/policy/client", { name: `policy-${realm}`, clients: [client] });
  const permission = await made("/permission/scope", {
    name: `permission-${realm}`,
    resources: [resource],
    scopes: [authzScope],
    policies: [policy],
  });

  const provider = `provider-${realm}`;
  await must(
    admin.post(`${at}/identity-provider/instances`, {
      alias: provider,
      providerId: "oidc",
      enabled: true,
      config: {
        issuer: "https://idp.example",
        authorizationUrl: "https://idp.example/auth",
        tokenUrl: "https://idp.example/token",
        clientId: "us",
        clientSecret: "provider-secret",
      },
    }),
  );
  const providerMapper = await create(`/identity-provider/instances/${provider}/mappers`, {
    name: `provider-mapper-${realm}`,
    identityProviderAlias: provider,
    identityProviderMapper: "hardcoded-user-session-attribute-idp-mapper",
    config: { attribute: "from", "attribute.value": realm, syncMode: "INHERIT" },
  });
  await must(
    admin.post(`${at}/users/${user}/federated-identity/${provider}`, { identityProvider: provider, userId: "1", userName: "one" }),
  );

  const flowAlias = `flow-${realm}`;
  const flow = await create("/authentication/flows", { alias: flowAlias, providerId: "basic-flow", topLevel: true, builtIn: false });
  const step = "idp-review-profile";
  const execution = await create(`/authentication/flows/${flowAlias}/executions/execution`, { provider: step });
  const flowConfig = await create(`/authentication/executions/${execution}/config`, { alias: `config-${realm}`, config: { a: "b" } });

  const organization = await create("/organizations", { name: `organization-${realm}`, domains: [{ name: `${realm}.example` }] });
  await must(admin.post(`${at}/organizations/${organization}/members`, user));
  await must(admin.post(`${at}/organizations/${organization}/identity-providers`, provider));
  const access = await must(admin.post(`${at}/clients-initial-access`, { count: 2, expiration: 3600 }));
  await must(admin.post(`${at}/localization/xx`, { greeting: realm }));
  const login = {
    grant_type: "password",
    client_id: clientId,
    client_secret: "client-secret",
    username: `user-${realm}`,
    password: "password",
  };
  const token = `/realms/${realm}/protocol/openid-connect/token`;
  await must(server.post(token, login));
  const [session] = await read<{ readonly id: string }[]>(`/users/${user}/sessions`);
  await server.post(token, { ...login, password: "a wrong one" });
  return {
    realm,
    user,
    credential: credential?.id ?? "",
    session: session?.id ?? "",
    group,
    realmRole,
    realmRoleId: role.id,
    client,
    clientId,
    clientRole,
    clientMapper: await create(`${ofClient}/protocol-mappers/models`, mapper),
    clientScope,
    scopeMapper: await create(`/client-scopes/${clientScope}/protocol-mappers/models`, mapper),
    resource,
    authzScope,
    policy,
    permission,
    provider,
    providerMapper,
    component: await create("/components", {
      name: `key-${realm}`,
      providerId: "hmac-generated",
      providerType: "org.keycloak.keys.KeyProvider",
      config: { priority: ["1"] },
    }),
    flow,
    flowAlias,
    execution,
    flowConfig,
    organization,
    initialAccess: access.json<{ readonly id: string }>().id,
  };
}

type Answer = Awaited<ReturnType<TestAdmin["get"]>>;

async function must(sent: Promise<Answer>): Promise<Answer> {
  const answer = await sent;
  if (answer.statusCode >= 300) throw new Error(`${answer.raw.req.method} ${answer.raw.req.url}: ${answer.statusCode} ${answer.body}`);
  return answer;
}

/** What a path parameter names. A text in quotes stands for itself: it is no id. */
type Meaning = WorldKind | { readonly fixed: string };
const fixed = (text: string): Meaning => ({ fixed: text });

/** By the path up to and with the parameter; the first line that ends it counts. */
const MEANINGS: readonly (readonly [RegExp, Meaning])[] = [
  [/^\/users\/:user\/consents\/:client$/, "clientId"],
  [/:user$/, "user"],
  [/:credential$/, "credential"],
  [/:after$/, "credential"],
  [/:group$/, "group"],
  [/:container$/, "client"],
  [/(?::client|:other)$/, "client"],
  [/^\/users\/:user\/federated-identity\/:provider$/, "provider"],
  [/installation\/providers\/:provider$/, fixed("keycloak-oidc-keycloak-json")],
  [/^\/identity-provider\/providers\/:provider$/, fixed("oidc")],
  [/^\/roles\/:role$/, "realmRole"],
  [/\/clients\/:client\/roles\/:role$/, "clientRole"],
  [/^\/roles-by-id\/:id$/, "realmRoleId"],
  [/^\/clients-initial-access\/:id$/, "initialAccess"],
  [/-client-scopes\/:(?:scope|id)$/, "clientScope"],
  [/^\/client-scopes\/:scope$/, "clientScope"],
  [/^\/clients\/:client\/.*:mapper$/, "clientMapper"],
  [/^\/client-scopes\/:scope\/.*:mapper$/, "scopeMapper"],
  [/:attribute$/, fixed("jwt.credential")],
  [/:protocol$/, fixed("openid-connect")],
  [/\/resource-server\/resource\/:id$/, "resource"],
  [/\/resource-server\/scope\/:id$/, "authzScope"],
  [/\/resource-server\/policy\/:key$/, "policy"],
  [/\/resource-server\/policy\/:key\/:id$/, "policy"],
  [/\/resource-server\/permission\/:key$/, "permission"],
  [/\/resource-server\/permission\/:key\/:id$/, "permission"],
  [/^\/identity-provider\/instances\/:alias$/, "provider"],
  [/^\/identity-provider\/instances\/:alias\/mappers\/:id$/, "providerMapper"],
  [/^\/components\/:id$/, "component"],
  [/^\/default-groups\/:id$/, "group"],
  [/^\/sessions\/:id$/, "session"],
  [/^\/attack-detection\/brute-force\/users\/:id$/, "user"],
  [/:locale$/, fixed("xx")],
  [/:key$/, fixed("greeting")],
  [/^\/authentication\/flows\/:id$/, "flow"],
  [/^\/authentication\/flows\/:alias$/, "flowAlias"],
  [/^\/authentication\/executions\/:id$/, "execution"],
  [/^\/authentication\/config\/:id$/, "flowConfig"],
  [/^\/authentication\/required-actions\/:alias$/, fixed("CONFIGURE_TOTP")],
  [/:organization$/, "organization"],
  [/^\/organizations\/:organization\/identity-providers\/:alias$/, "provider"],
];

/** One parameter of a route: its place in the path, and what it names in this route. */
export interface RouteParameter {
  readonly name: string;
  readonly meaning: Meaning;
}

/**
 * Parameters of a route in order. @throws {Error} one that no line of the table knows: a new route has to be put there
 */
export function routeParameters(method: string, path: string): readonly RouteParameter[] {
  return [...path.matchAll(/:(\w+)|\*/g)].map((match) => {
    const until = path.slice(0, match.index + match[0].length);
    if (match[0] === "*") return { name: "*", meaning: "group" };
    if (/\/(?:policy|permission)\/:key$/.test(until)) {
      // A type and an id share a name: `policy/{type}/{id}`, `policy/{type}/search`, `policy/{id}`.
      const isType = /\/:key\/(?::id|search)/.test(path) || (method === "POST" && path === until);
      if (isType) return { name: "key", meaning: fixed(until.endsWith("/policy/:key") ? "client" : "scope") };
    }
    const known = MEANINGS.find(([pattern]) => pattern.test(until));
    if (!known) throw new Error(`No test knows what ${match[0]} of ${method} ${path} names: add it to admin-world.ts`);
    return { name: match[1] ?? "", meaning: known[1] };
  });
}

/** The path of a route below `/admin/realms`, with what each parameter names in one of the worlds. */
export function routePath(method: string, path: string, realm: string, worldOf: (index: number) => World): string {
  const parameters = routeParameters(method, path);
  let index = 0;
  const filled = path.replace(/:\w+|\*/g, (whole) => {
    const { meaning } = parameters[index] ?? { meaning: fixed("") };
    const world = worldOf(index++);
    if (whole === "*") return `group-${world.realm}`;
    return encodeURIComponent(typeof meaning === "string" ? world[meaning] : meaning.fixed);
  });
  return `/${realm}${filled}`;
}
