import { readFile } from "node:fs/promises";

import { describe, expect, test } from "vitest";

import { secretsEqual } from "../secrets/secret-box.ts";
import { clientSecretPlace, componentConfigPlace } from "../secrets/secret-places.ts";
import { box, fixture, FIXTURES, importFixture } from "./testing/import-testing.ts";

describe("an export of Keycloak 26.1.3", () => {
  test.each(FIXTURES)("%s is imported as it is, without a warning", async (realm) => {
    const { rows, report } = await importFixture(realm);
    const file = JSON.parse(await readFile(fixture(realm), "utf8")) as Record<
      string,
      { id: string; clientId?: string; name?: string; username?: string }[]
    >;
    expect(report.warnings.entries()).toEqual([]);
    expect(rows.row.name).toBe(realm);
    expect(new Map(rows.clients.map(({ id, clientId }) => [clientId, id]))).toEqual(
      new Map(file["clients"]?.map(({ id, clientId }) => [clientId, id])),
    );
    expect(new Map(rows.users.map(({ id, username }) => [username, id]))).toEqual(
      new Map(file["users"]?.map(({ id, username }) => [username, id])),
    );
    expect(rows.clientScopes.map(({ id, name }) => [name, id])).toEqual(file["clientScopes"]?.map(({ id, name }) => [name, id]));
  });

  test("apixion: roles, composites, scope mappings", async () => {
    const { rows } = await importFixture("apixion");
    expect(rows.row.id).toBe("6cb11d10-d2d6-4155-93bb-daa15119e06c");
    expect(rows.row.enabled).toBe(true);
    expect(rows.role("default-roles-apixion").id).toBe("25516836-fa0b-436b-aa07-8a3a5c0965b2");
    expect(rows.composite("default-roles-apixion")).toEqual([
      "account/manage-account",
      "account/view-profile",
      "offline_access",
      "uma_authorization",
    ]);
    expect(rows.composite("realm-management/view-users")).toEqual(["realm-management/query-groups", "realm-management/query-users"]);
    expect(rows.composite("realm-management/realm-admin")).toHaveLength(18);
    expect(rows.roleNames(rows.client("frontend").roleScope)).toEqual(["frontend/user", "user"]);
    expect(rows.roleNames(rows.client("some-backend-service").roleScope)).toEqual(["some-backend-service/viewer", "user"]);
    expect(rows.roleNames(rows.client("reports").roleScope)).toEqual(["some-backend-service/viewer"]);
    expect(rows.roleNames(rows.scope("offline_access").roleScope)).toEqual(["offline_access"]);
    expect(rows.scopeNames(rows.client("backend").defaultScopeIds)).toEqual([
      "web-origins",
      "service_account",
      "acr",
      "roles",
      "profile",
      "basic",
      "email",
    ]);
  });

  test("apixion: users with roles, hashes and service accounts", async () => {
    const { rows } = await importFixture("apixion");
    const developer = rows.user("developer-123@apixion");
    expect(rows.roleNames(developer.roleIds)).toEqual([
      "frontend/user",
      "portal/admin",
      "some-backend-service/editor",
      "some-backend-service/viewer",
      "some-service/viewer",
      "user",
    ]);
    expect(JSON.parse(developer.credentials[0]?.credentialData ?? "")).toMatchObject({ algorithm: "argon2", hashIterations: 5 });
    expect(developer.credentials[0]?.createdDate).toBe(1_795_333_614_860);
    expect(rows.user("service-account-portal").serviceAccountClientUuid).toBe(rows.client("portal").id);
    expect(rows.users).toHaveLength(7);
  });

  test("apixion: the permissions of the talk, with ids", async () => {
    const { rows } = await importFixture("apixion");
    const [authorization] = rows.authorization;
    expect(authorization?.clientUuid).toBe(rows.client("realm-management").id);
    expect(authorization?.scopes.map(({ name }) => name)).toContain("token-exchange");
    const permission = authorization?.policies.find(
      ({ name }) => name === "token-exchange.permission.client.3bd534b4-8cc2-4432-8991-62515315c797",
    );
    const policy = authorization?.policies.find(({ name }) => name === "portal may exchange");
    expect(permission).toMatchObject({ type: "scope", logic: "POSITIVE", decisionStrategy: "UNANIMOUS", policyIds: [policy?.id] });
    expect(permission?.scopeIds).toEqual([authorization?.scopes.find(({ name }) => name === "token-exchange")?.id]);
    expect(permission?.resourceIds).toEqual([
      authorization?.resources.find(({ name }) => name.endsWith("3bd534b4-8cc2-4432-8991-62515315c797"))?.id,
    ]);
    expect(policy?.representation).toEqual({ config: { clients: JSON.stringify([rows.client("portal").id]) } });
    expect(authorization?.policies).toHaveLength(16);
  });

  test("secrets are sealed for their row, and hashed", async () => {
    const { rows } = await importFixture("apixion");
    const { id, sealedSecret = "", secretHash = "", representation } = rows.client("portal");
    expect(box.open(sealedSecret, clientSecretPlace(rows.row.id, id))).toBe("portal-secret");
    expect(secretsEqual("portal-secret", secretHash)).toBe(true);
    expect(representation).not.toHaveProperty("secret");
    for (const component of rows.components.filter(({ providerType }) => providerType === "org.keycloak.keys.KeyProvider")) {
      const sealed = JSON.parse(box.open(component.sealedConfig ?? "", componentConfigPlace(rows.row.id, component.id))) as object;
      expect(Object.keys(sealed).every((name) => name === "privateKey" || name === "secret")).toBe(true);
    }
    expect(JSON.stringify([...rows.clients, ...rows.components, rows.row])).not.toMatch(/portal-secret|MIIEow/);
  });

  test("shared-services: identity providers with sealed secrets, federated identities, provider permission", async () => {
    const { rows } = await importFixture("shared-services");
    expect(rows.identityProviders.map(({ alias, enabled }) => [alias, enabled])).toEqual([
      ["tenant-acme", true],
      ["tenant-globex", true],
    ]);
    expect(rows.identityProviders[0]?.representation).toMatchObject({
      providerId: "keycloak-oidc",
      trustEmail: true,
      config: { clientId: "broker" },
    });
    expect(JSON.stringify(rows.identityProviders)).not.toContain("broker-secret");
    expect(rows.user("wile").federatedIdentities).toMatchObject([{ alias: "tenant-acme" }]);
    expect(rows.authorization[0]?.policies.map(({ name }) => name)).toContain(
      "token-exchange.permission.idp.0335f843-a82f-4444-8618-3ab189f73d97",
    );
  });

  test("master: administrators, and a client for each realm", async () => {
    const { rows, sink } = await importFixture("master");
    expect(rows.composite("admin")).toHaveLength(1 + 8 * 18);
    expect(rows.roleNames(rows.user("admin").roleIds)).toEqual(["admin", "default-roles-master"]);
    expect(rows.user("admin").attributes).toEqual({ is_temporary_admin: ["true"] });
    // A realm that the imported master knows keeps its client there; another one gets one.
    await importFixture("apixion", sink);
    expect(rows.clients.filter(({ clientId }) => clientId === "apixion-realm")).toHaveLength(1);
    expect(rows.composite("admin")).toHaveLength(1 + 8 * 18);
  });
});
