/**
 * Writes a realm export of any size, for trying and measuring imports:
 *
 *   scripts/with-node node scripts/make-realm.ts --clients=10000 --users=100000 --out=/tmp/big-realm.json
 *
 * Same numbers, same file (but for the salt of the one password hash). Every user's password is `password`, every client's secret is
 * `<clientId>-secret`; each tenth client has a service account and a token-exchange permission for the client before it.
 */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { parseArgs } from "node:util";

import { hashPassword } from "@cambist/server/passwords/hash.ts";

const { values } = parseArgs({
  options: {
    realm: { type: "string", default: "big" },
    clients: { type: "string", default: "100" },
    users: { type: "string", default: "1000" },
    out: { type: "string" },
  },
});
const realm = values.realm;
const clients = Number(values.clients);
const users = Number(values.users);
if (!Number.isSafeInteger(clients) || !Number.isSafeInteger(users) || clients < 2 || users < 0) {
  throw new Error("--clients must be a whole number of at least 2, --users one of at least 0");
}

const GROUPS = 20;
const out = values.out === undefined ? process.stdout : createWriteStream(values.out);
const write = async (text: string): Promise<void> => {
  if (!out.write(text)) await once(out, "drain");
};

/** A UUID that is the same in each run. */
function uuid(kind: string, number: number): string {
  const hex = createHash("sha256").update(`${realm} ${kind} ${number}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
const clientId = (number: number): string => `service-${number}`;
const hasPermission = (number: number): boolean => number % 10 === 1;

async function member(name: string, value: unknown): Promise<void> {
  await write(`  ${JSON.stringify(name)} : ${JSON.stringify(value)},\n`);
}
async function list(name: string, count: number, element: (number: number) => unknown, end = ",\n"): Promise<void> {
  await write(`  ${JSON.stringify(name)} : [ `);
  for (let number = 0; number < count; number++) await write(`${number > 0 ? ", " : ""}${JSON.stringify(element(number), null, 1)}`);
  await write(` ]${end}`);
}

const role = (name: string, id: string) => ({ id, name, composite: false, clientRole: true, attributes: {} });
const client = (number: number) => ({
  id: uuid("client", number),
  clientId: clientId(number),
  name: `Service ${number}`,
  enabled: true,
  clientAuthenticatorType: "client-secret",
  secret: `${clientId(number)}-secret`,
  redirectUris: [`https://${clientId(number)}.example.com/*`],
  webOrigins: ["+"],
  bearerOnly: false,
  standardFlowEnabled: true,
  directAccessGrantsEnabled: number === 0,
  serviceAccountsEnabled: number % 10 === 0,
  publicClient: false,
  protocol: "openid-connect",
  attributes: { realm_client: "false", "post.logout.redirect.uris": "+" },
  fullScopeAllowed: false,
  nodeReRegistrationTimeout: -1,
  protocolMappers: [
    {
      name: "audience",
      protocol: "openid-connect",
      protocolMapper: "oidc-audience-mapper",
      consentRequired: false,
      config: { "included.client.audience": clientId((number + 1) % clients), "id.token.claim": "false", "access.token.claim": "true" },
    },
  ],
});

const SCOPES = ["view", "manage", "configure", "map-roles", "map-roles-client-scope", "map-roles-composite", "token-exchange"];
const permitted = Array.from({ length: clients }, (_, number) => number).filter(hasPermission);
const permissions = permitted.flatMap((number) => {
  const resource = JSON.stringify([`client.resource.${uuid("client", number)}`]);
  const permission = (scope: string, applyPolicies?: string) => ({
    name: `${scope}.permission.client.${uuid("client", number)}`,
    type: "scope",
    logic: "POSITIVE",
    decisionStrategy: "UNANIMOUS",
    config: { resources: resource, scopes: JSON.stringify([scope]), ...(applyPolicies === undefined ? {} : { applyPolicies }) },
  });
  const policy = `${clientId(number - 1)} may exchange to ${clientId(number)}`;
  return [
    {
      name: policy,
      type: "client",
      logic: "POSITIVE",
      decisionStrategy: "UNANIMOUS",
      config: { clients: JSON.stringify([clientId(number - 1)]) },
    },
    ...SCOPES.map((scope) => (scope === "token-exchange" ? permission(scope, JSON.stringify([policy])) : permission(scope))),
  ];
});
const realmManagement = {
  id: uuid("admin client", 0),
  clientId: "realm-management",
  bearerOnly: true,
  authorizationServicesEnabled: true,
  authorizationSettings: {
    allowRemoteResourceManagement: false,
    policyEnforcementMode: "ENFORCING",
    resources: permitted.map((number) => ({
      name: `client.resource.${uuid("client", number)}`,
      type: "Client",
      ownerManagedAccess: false,
      attributes: {},
      uris: [],
      scopes: SCOPES.map((name) => ({ name })),
    })),
    policies: permissions,
    scopes: SCOPES.map((name) => ({ name })),
    decisionStrategy: "UNANIMOUS",
  },
};

const { secretData, credentialData } = hashPassword("password");
const user = (number: number) => ({
  id: uuid("user", number),
  username: `user-${number}`,
  firstName: "User",
  lastName: `Number ${number}`,
  email: `user-${number}@example.com`,
  emailVerified: true,
  enabled: true,
  createdTimestamp: 1_795_333_614_860 + number,
  totp: false,
  attributes: { department: [`d${number % 50}`] },
  credentials: [{ id: uuid("credential", number), type: "password", createdDate: 1_795_333_614_860, secretData, credentialData }],
  disableableCredentialTypes: [],
  requiredActions: [],
  realmRoles: ["user"],
  clientRoles: { [clientId(number % clients)]: ["viewer"], [clientId((number + 1) % clients)]: ["editor"] },
  notBefore: 0,
  groups: [`/group-${number % GROUPS}`],
});

await write("{\n");
await member("id", uuid("realm", 0));
await member("realm", realm);
await member("enabled", true);
await member("accessTokenLifespan", 300);
const clientRoles = Array.from({ length: clients }, (_, number) => [
  clientId(number),
  [role("viewer", uuid("viewer", number)), role("editor", uuid("editor", number))],
]);
await member("roles", {
  realm: [{ id: uuid("role", 0), name: "user", composite: false, attributes: {} }],
  client: Object.fromEntries(clientRoles) as unknown,
});
await list("groups", GROUPS, (number) => ({ id: uuid("group", number), name: `group-${number}`, realmRoles: ["user"], subGroups: [] }));
await list("users", users, user);
await list("scopeMappings", clients, (number) => ({ client: clientId(number), roles: ["user"] }));
await member(
  "clientScopeMappings",
  Object.fromEntries(Array.from({ length: clients }, (_, n) => [clientId(n), [{ client: clientId(n), roles: ["viewer"] }]])),
);
await list("clients", clients + 1, (number) => (number < clients ? client(number) : realmManagement), "\n");
await write("}\n");
out.end();
