import KeycloakAdminClient from "@keycloak/keycloak-admin-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ADMIN } from "../admin.ts";
import { claimsOf, type RealmClient, realmClient, secretOf } from "../client.ts";
import { type RunningServer, startServer } from "../server.ts";

/**
 * `@keycloak/keycloak-admin-client`, unchanged, takes a server from nothing to an exchange: a realm, clients, a user, the permission of the
 * guide. The steps depend on each other, in this order.
 */

const REALM = "by-admin-client";
let server: RunningServer;
let admin: KeycloakAdminClient;
let guide: RealmClient;
const ids = new Map<string, string>();
const idOf = (clientId: string): string => ids.get(clientId) ?? "";

beforeAll(async () => {
  server = await startServer({ environment: ADMIN });
  admin = new KeycloakAdminClient({ baseUrl: server.baseUrl });
  guide = realmClient(server.baseUrl, REALM);
});
afterAll(() => server?.[Symbol.asyncDispose]());

const signedIn = async (): Promise<string> => (await guide.signIn({ client_id: "web" }, "alice")).access_token;

test("signs in as the bootstrap administrator", async () => {
  await admin.auth({ grantType: "password", clientId: "admin-cli", username: "admin", password: "admin-password" });
  expect(await admin.realms.find()).toMatchObject([{ realm: "master" }]);
  expect(admin.isTokenExpired()).toBe(false);
});

test("creates a realm with clients, a role, an audience mapper and a user", async () => {
  expect(await admin.realms.create({ realm: REALM, enabled: true })).toEqual({ realmName: REALM });
  admin.setConfig({ realmName: REALM });
  const { id: web } = await admin.clients.create({ clientId: "web", publicClient: true, directAccessGrantsEnabled: true });
  for (const clientId of ["service-a", "service-b", "stranger"]) {
    const client = { clientId, secret: `${clientId}-secret`, serviceAccountsEnabled: true, fullScopeAllowed: false };
    ids.set(clientId, (await admin.clients.create(client)).id);
  }
  for (const clientId of ["service-a", "stranger"]) {
    await admin.clients.addProtocolMapper(
      { id: web },
      {
        name: `audience ${clientId}`,
        protocol: "openid-connect",
        protocolMapper: "oidc-audience-mapper",
        config: { "included.client.audience": clientId, "access.token.claim": "true" },
      },
    );
  }
  await admin.clients.createRole({ id: idOf("service-b"), name: "reader" });
  const reader = await admin.clients.findRole({ id: idOf("service-b"), roleName: "reader" });
  const { id: alice } = await admin.users.create({
    username: "alice",
    enabled: true,
    email: "alice@example.com",
    emailVerified: true,
    firstName: "Alice",
    lastName: "Example",
    credentials: [{ type: "password", value: "alice-password", temporary: false }],
  });
  const roles = [{ id: String(reader?.id), name: "reader" }];
  await admin.users.addClientRoleMappings({ id: alice, clientUniqueId: idOf("service-b"), roles });
  expect(await admin.users.listClientRoleMappings({ id: alice, clientUniqueId: idOf("service-b") })).toMatchObject([{ name: "reader" }]);
});

test("silence denies: nothing permits the exchange yet", async () => {
  const refusal = await guide.exchange(await signedIn(), { ...secretOf("service-a"), audience: "service-b" });
  expect(refusal).toMatchObject({ status: 400, body: { error: "not_allowed" } });
});

test("enables the permissions of service-b and lets service-a through", async () => {
  const enabled = await admin.clients.updateFineGrainPermission({ id: idOf("service-b") }, { enabled: true });
  const permissionId = enabled.scopePermissions?.["token-exchange"] ?? "";
  expect(permissionId).not.toBe("");
  const [management] = await admin.clients.find({ clientId: "realm-management" });
  const id = String(management?.id);
  const who = { name: "service-a may exchange", clients: [idOf("service-a")] };
  const policy = await admin.clients.createPolicy({ id, type: "client" }, who);
  const permission = await admin.clients.findOnePermission({ id, type: "scope", permissionId });
  await admin.clients.updatePermission({ id, type: "scope", permissionId }, { ...permission, policies: [String(policy.id)] });
  expect(await admin.clients.getAssociatedPolicies({ id, permissionId })).toMatchObject([
    { id: policy.id, name: "service-a may exchange", type: "client" },
  ]);
});

test("service-a exchanges and a stranger is refused", async () => {
  const subject = await signedIn();
  const exchanged = await guide.exchange(subject, { ...secretOf("service-a"), audience: "service-b" });
  expect(claimsOf(exchanged)).toMatchObject({
    aud: "service-b",
    azp: "service-a",
    resource_access: { "service-b": { roles: ["reader"] } },
  });
  const refusal = await guide.exchange(subject, { ...secretOf("stranger"), audience: "service-b" });
  expect(refusal).toMatchObject({ status: 400, body: { error: "not_allowed" } });
});

test("deletes the realm again, and reads the refusal of what is gone", async () => {
  await admin.realms.del({ realm: REALM });
  const { status } = await fetch(guide.issuer);
  expect(status).toBe(404);
  await expect(admin.clients.find()).rejects.toMatchObject({ response: { status: 404 } });
  expect(await admin.realms.findOne({ realm: REALM })).toBeNull();
});
