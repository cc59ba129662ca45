import { describe, expect, test } from "vitest";
import type { AuthorizationRows, ComponentRow, ImportSink } from "../config-ports.ts";
import type { CurrentEngine } from "../contract.ts";
import type { Command } from "../ports.ts";
import { clientRow, KEPT_CHANGES, REALM, realmRow, realmWith } from "./rows.ts";

const KEYS = "org.keycloak.keys.KeyProvider";

const component = (change: Partial<ComponentRow> = {}): ComponentRow => ({
  id: "component-1",
  providerType: KEYS,
  representation: { name: "rsa-generated", config: { priority: ["100"] } },
  sealedConfig: "sealed",
  ...change,
});

const addComponent = (name: string): Command => ({
  do: "addComponent",
  realmId: REALM,
  component: component({ id: name, representation: { name } }),
});

const authorization: AuthorizationRows = {
  clientUuid: "client-1",
  settings: { policyEnforcementMode: "ENFORCING" },
  scopes: [
    { id: "scope-z", name: "token-exchange", representation: {} },
    { id: "scope-a", name: "view", representation: { displayName: "View" } },
  ],
  resources: [{ id: "resource-1", name: "client.resource.x", representation: { type: "Client" }, scopeIds: ["scope-a", "scope-z"] }],
  policies: [
    {
      id: "policy-z",
      name: "allow-portal",
      type: "client",
      logic: "POSITIVE",
      decisionStrategy: "UNANIMOUS",
      representation: { config: { clients: '["portal"]' } },
      resourceIds: [],
      scopeIds: [],
      policyIds: [],
    },
    {
      id: "policy-a",
      name: "token-exchange.permission.client.x",
      type: "scope",
      logic: "POSITIVE",
      decisionStrategy: "AFFIRMATIVE",
      representation: {},
      resourceIds: ["resource-1"],
      scopeIds: ["scope-z"],
      policyIds: ["policy-z"],
    },
  ],
};

/** A realm with one of everything a snapshot is made from. References come before what they refer to. */
async function importEverything(sink: ImportSink): Promise<void> {
  await sink.realm(realmRow());
  await sink.composites(REALM, [["role-1", "role-2"]]);
  await sink.roles(REALM, [
    { id: "role-1", name: "admin", representation: { description: "All" } },
    { id: "role-2", name: "viewer", clientUuid: "client-1", representation: {} },
  ]);
  await sink.groups(REALM, [
    { id: "group-2", name: "night", parentId: "group-1", representation: { attributes: { shift: ["n"] } }, roleIds: ["role-2", "role-1"] },
    { id: "group-1", name: "staff", representation: {}, roleIds: [] },
  ]);
  await sink.clients(REALM, [
    clientRow({
      id: "client-1",
      clientId: "orders",
      enabled: false,
      sealedSecret: "sealed",
      secretHash: "hash",
      representation: { attributes: { "cambist.resource": "https://orders.example" }, protocolMappers: [{ name: "aud" }] },
      defaultScopeIds: ["scope-2"],
      optionalScopeIds: ["scope-3"],
      roleScope: ["role-1"],
    }),
  ]);
  await sink.moreClientScopes(REALM, [{ clientUuid: "client-1", scopeId: "scope-1", position: 1 }]);
  await sink.clientScopes(
    REALM,
    ["scope-1", "scope-2", "scope-3"].map((id) => ({
      id,
      name: `name-of-${id}`,
      protocol: "openid-connect",
      representation: { attributes: {} },
      roleScope: id === "scope-1" ? ["role-2"] : [],
    })),
  );
  await sink.components(REALM, [
    component(),
    component({ id: "component-2", providerType: "org.keycloak.userprofile.UserProfileProvider", representation: {} }),
  ]);
  await sink.identityProviders(REALM, [
    { internalId: "provider-1", alias: "google", enabled: true, representation: { providerId: "google" }, sealedSecret: "sealed" },
  ]);
  await sink.identityProviderMappers(REALM, [{ id: "mapper-1", alias: "google", name: "email", representation: {} }]);
  await sink.authorization(REALM, authorization);
}

/** Configuration as an import leaves it and a snapshot reads it. */
export function configContract(engine: CurrentEngine): void {
  const config = () => engine().store.reader.config;

  describe("configuration", () => {
    test("of a realm comes back whole", async () => {
      await engine().store.imports.importing(importEverything);
      const loaded = await config().loadRealm(REALM);
      expect(loaded).toEqual({
        realm: realmRow(),
        roles: [
          { id: "role-1", name: "admin", representation: { description: "All" } },
          { id: "role-2", name: "viewer", clientUuid: "client-1", representation: {} },
        ],
        clients: [{ id: "client-1", clientId: "orders", enabled: false }],
        roleOwners: new Map([["client-1", "orders"]]),
        composites: [["role-1", "role-2"]],
        groups: [
          {
            id: "group-2",
            name: "night",
            parentId: "group-1",
            representation: { attributes: { shift: ["n"] } },
            roleIds: expect.toSatisfy((ids: string[]) => ids.toSorted().join() === "role-1,role-2"),
          },
          { id: "group-1", name: "staff", representation: {}, roleIds: [] },
        ],
        clientScopes: ["scope-1", "scope-2", "scope-3"].map((id) => ({
          id,
          name: `name-of-${id}`,
          protocol: "openid-connect",
          representation: { attributes: {} },
          roleScope: id === "scope-1" ? ["role-2"] : [],
        })),
        keyComponents: [component()],
        authorization: [authorization],
        identityProviders: [
          { internalId: "provider-1", alias: "google", enabled: true, representation: { providerId: "google" }, sealedSecret: "sealed" },
        ],
        version: await engine().store.reader.changes.latest(),
      });
    });

    test("of a client comes back whole, by name and by UUID", async () => {
      await engine().store.imports.importing(importEverything);
      const found = await config().findClientByClientId(REALM, "orders");
      expect(found).toEqual({
        id: "client-1",
        clientId: "orders",
        enabled: false,
        sealedSecret: "sealed",
        secretHash: "hash",
        representation: { attributes: { "cambist.resource": "https://orders.example" }, protocolMappers: [{ name: "aud" }] },
        defaultScopeIds: ["scope-2", "scope-1"],
        optionalScopeIds: ["scope-3"],
        roleScope: ["role-1"],
        ownRoles: ["role-2"],
      });
      expect(await config().findClientById(REALM, "client-1")).toEqual(found);
    });

    test("of another realm is not found", async () => {
      await engine().store.imports.importing(importEverything);
      expect(await config().loadRealm("realm-2")).toBeUndefined();
      expect(await config().findClientByClientId("realm-2", "orders")).toBeUndefined();
      expect(await config().findClientById("realm-2", "client-1")).toBeUndefined();
      expect(await config().findClientIdsByResource("realm-2", "https://orders.example")).toEqual([]);
    });

    test("client names are compared byte by byte", async () => {
      await engine().store.imports.importing(
        realmWith((sink) =>
          sink.clients(
            REALM,
            ["Orders", "orders", "orders ", "ordérs"].map((clientId) => clientRow({ clientId })),
          ),
        ),
      );
      expect((await config().findClientByClientId(REALM, "orders"))?.clientId).toBe("orders");
      expect((await config().findClientByClientId(REALM, "Orders"))?.clientId).toBe("Orders");
      expect(await config().findClientByClientId(REALM, "ORDERS")).toBeUndefined();
    });

    test("realms are listed and found by name", async () => {
      await engine().store.imports.importing(async (sink) => {
        await sink.realm(realmRow({ id: "b", name: "zebra" }));
        await sink.realm(realmRow({ id: "a", name: "master" }));
      });
      expect(await config().realmNames()).toEqual(["master", "zebra"]);
      expect(await config().findRealmIdByName("zebra")).toBe("b");
      expect(await config().findRealmIdByName("Zebra")).toBeUndefined();
    });

    test("clients are found by the resource they name", async () => {
      await engine().store.imports.importing(importEverything);
      expect(await config().findClientIdsByResource(REALM, "https://orders.example")).toEqual(["orders"]);
      expect(await config().findClientIdsByResource(REALM, "https://orders.example/")).toEqual([]);
    });

    test("of two workers that add a component of one name the first wins", async () => {
      await engine().store.imports.importing(realmWith());
      const before = await engine().store.reader.changes.latest();
      const add = (id: string, realmId = REALM) => {
        const command = { do: "addComponent", realmId, component: component({ id }) } as const;
        return engine().store.writer.write({ commands: [command] });
      };
      await Promise.all([add("one"), add("other"), add("stray", "realm-2")]);
      expect((await config().loadRealm(REALM))?.keyComponents).toEqual([component({ id: "one" })]);
      const changes = await engine().store.reader.changes.since(before);
      expect(changes).toEqual([{ version: before + 1, realmId: REALM, kind: "realm", id: REALM }]);
    });

    test("the change log keeps the last entries, without holes", async () => {
      const { imports, reader } = engine().store;
      await imports.importing(realmWith());
      const before = await reader.changes.latest();
      const names = Array.from({ length: KEPT_CHANGES + 5 }, (_, index) => `key-${index}`);
      await engine().store.writer.write({ commands: names.map(addComponent) });
      expect(await reader.changes.since(before)).toHaveLength(names.length);
      expect(await engine().store.sweep(0)).toBe(0);
      const last = before + names.length;
      expect((await reader.changes.since(before)).map(({ version }) => version)).toEqual(
        Array.from({ length: KEPT_CHANGES }, (_, index) => last - KEPT_CHANGES + 1 + index),
      );
      await engine().store.writer.write({ commands: [addComponent("one more")] });
      expect(await reader.changes.latest()).toBe(last + 1);
    });

    test("is read as of one commit while imports go on", async () => {
      const { imports, reader } = engine().store;
      await imports.importing(importEverything);
      const renew = async (round: number) => {
        await imports.importing(async (sink) => {
          await sink.deleteRealm(REALM);
          await sink.realm(realmRow({ representation: { round } }));
          await sink.roles(REALM, [{ id: `role-of-${round}`, name: "role", representation: { round } }]);
        });
      };
      for (let round = 0; round < 10; round += 1) {
        const [loaded] = await Promise.all([reader.config.loadRealm(REALM), renew(round)]);
        const [role] = loaded?.roles ?? [];
        expect(round === 0 || loaded?.realm.representation["round"] === role?.representation["round"]).toBe(true);
      }
    });
  });
}
