import { readFile } from "node:fs/promises";

import { expect, test } from "vitest";

import { fixture, importObject } from "../imports/testing/import-testing.ts";
import { newRealmRepresentation } from "./new-realm.ts";

type Named = Record<string, unknown> & { readonly name: string };
type Export = Record<string, unknown>;

/** An export without what differs from realm to realm: ids, keys, order. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal).toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !["id", "containerId", "privateKey", "certificate", "secret", "kid"].includes(name))
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, member]) => [name, normal(member)]),
  );
}
const read = async (realm: string): Promise<Export> => JSON.parse(await readFile(fixture(realm), "utf8")) as Export;
const named = (list: unknown, names: readonly string[], by = "name"): unknown =>
  (list as Named[]).filter((one) => names.includes(one[by] as string));

const BUILT_IN = ["account", "account-console", "admin-cli", "broker", "security-admin-console"];
/** Members of the realms' seed, or of users. */
const OTHER = ["roles", "users", "clients", "scopeMappings", "clientScopeMappings", "identityProviders", "defaultRole", "keycloakVersion"];

test.each([
  ["myrealm", false, "realm-management"],
  ["master", true, "master-realm"],
] as const)("the template has what Keycloak's %s has", async (realm, master, adminClient) => {
  const real = await read(realm);
  const template: Export = newRealmRepresentation(realm, { master });

  for (const [member, value] of Object.entries(real)) {
    if (OTHER.includes(member) || member === "id" || (master && ["displayName", "displayNameHtml"].includes(member))) continue;
    // The seed switches events on.
    if (["eventsEnabled", "adminEventsEnabled", "adminEventsDetailsEnabled"].includes(member)) continue;
    expect(normal(template[member])).toEqual(normal(value));
  }
  const clients = [...BUILT_IN, adminClient];
  // Scopes are the realm's; the seed gave one realm its permissions.
  const beside = ["defaultClientScopes", "optionalClientScopes", "authorizationServicesEnabled", "authorizationSettings"];
  const scopeless = (client: Named) => Object.fromEntries(Object.entries(client).filter(([member]) => !beside.includes(member)));
  const rowsOf = (list: unknown): unknown => normal((named(list, clients, "clientId") as Named[]).map(scopeless));
  expect(rowsOf(template["clients"])).toEqual(rowsOf(real["clients"]));

  const roles = real["roles"] as { realm: Named[]; client: Record<string, Named[]> };
  const ours = template["roles"] as typeof roles;
  const rolesOf = (list: unknown): unknown => normal((list as Named[]).map((role) => ({ ...role, clientRole: undefined })));
  for (const client of ["account", "broker", adminClient]) expect(rolesOf(ours.client[client])).toEqual(rolesOf(roles.client[client]));
  const realmRoles = [`default-roles-${realm}`, "offline_access", "uma_authorization", "create-realm"];
  expect(rolesOf(named(ours.realm, realmRoles))).toEqual(rolesOf(named(roles.realm, realmRoles)));
});

test("a realm made of the template alone has the scopes and keys of an exported one", async () => {
  const { rows, report } = await importObject({ realm: "acme", enabled: true });
  expect(report.warnings.entries()).toEqual([]);
  const real = (await read("myrealm"))["clients"] as { clientId: string; defaultClientScopes: string[]; optionalClientScopes: string[] }[];
  for (const clientId of [...BUILT_IN, "realm-management"]) {
    const { defaultScopeIds, optionalScopeIds } = rows.client(clientId);
    const expected = real.find((client) => client.clientId === clientId);
    expect(rows.scopeNames(defaultScopeIds).toSorted()).toEqual(expected?.defaultClientScopes.toSorted());
    expect(rows.scopeNames(optionalScopeIds).toSorted()).toEqual(expected?.optionalClientScopes.toSorted());
  }
  expect(rows.roleNames(rows.client("account-console").roleScope)).toEqual(["account/manage-account", "account/view-groups"]);
  expect(rows.roleNames(rows.scope("offline_access").roleScope)).toEqual(["offline_access"]);
  expect(rows.composite("default-roles-acme")).toEqual([
    "account/manage-account",
    "account/view-profile",
    "offline_access",
    "uma_authorization",
  ]);
  const keys = rows.components.filter(({ providerType }) => providerType === "org.keycloak.keys.KeyProvider");
  expect(keys.map(({ representation }) => String(representation["providerId"])).toSorted()).toEqual([
    "aes-generated",
    "hmac-generated",
    "rsa-enc-generated",
    "rsa-generated",
  ]);
  expect(keys.every(({ sealedConfig }) => sealedConfig !== undefined)).toBe(true);
});

test("master made of the template has its administrators' role over itself", async () => {
  const { rows } = await importObject({ realm: "master", enabled: true });
  expect(rows.composite("admin")).toHaveLength(1 + 18);
  expect(rows.scopeNames(rows.client("master-realm").defaultScopeIds)).toContain("roles");
  expect(rows.client("master-realm").representation).not.toHaveProperty("protocol");
});
