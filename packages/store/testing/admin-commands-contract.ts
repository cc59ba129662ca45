import { describe, expect, test } from "vitest";
import { StorageConflict } from "../admin-ports.ts";
import type { RoleRow } from "../config-ports.ts";
import type { CurrentEngine } from "../contract.ts";
import type { Command } from "../ports.ts";
import { administration, client, command, group, groupRow, role, roleRow, scope, user, userColumns } from "./admin-realm.ts";
import { auditRecord, clientRow, NOW, REALM, realmRow } from "./rows.ts";

const provider = (alias: string, internalId = `${alias}-id`): Command =>
  command("saveIdentityProvider", { row: { internalId, alias, enabled: true, representation: { providerId: "oidc" } } });
const mapper = (id: string, alias: string): Command =>
  command("saveIdentityProviderMapper", { row: { id, alias, name: id, representation: { config: { a: "b" } } } });
const link = (userId: string, alias: string, externalId: string): Command =>
  command("saveFederatedIdentity", { userId, link: { alias, userId: externalId, userName: "al" } });
const password = (userId: string, id: string): Command =>
  command("saveCredential", { userId, row: { id, type: "password", secretData: `{"value":"${id}"}`, credentialData: "{}", priority: 10 } });

/** Administration's commands: what they store, what they refuse, what they leave in the change log. */
export function adminCommandsContract(engine: CurrentEngine): void {
  const { reads, write, changesOf, begin } = administration(engine);
  const asRead = (row: RoleRow) => engine().store.writer.write({ guards: [{ claim: "roleRow", realmId: REALM, row }] });

  describe("administration", () => {
    test("saves a realm, replaces it and tells its readers", async () => {
      expect(await changesOf(command("saveRealm", { row: realmRow() }))).toEqual([`realm ${REALM}`]);
      const renamed = realmRow({ name: "renamed", enabled: false, representation: { displayName: "New" } });
      expect(await changesOf(command("saveRealm", { row: renamed }))).toEqual([`realm ${REALM}`]);
      expect(await reads().realmByName("renamed")).toEqual(renamed);
      expect(await reads().realmByName("platform")).toBeUndefined();
      expect(engine().store.core.changeVersion).toBe(await engine().store.reader.changes.latest());
    });

    test("saves a client with its scopes and role scope, which replace what was there", async () => {
      await begin(scope("a"), scope("b"), scope("c"), role("r1"), role("r2"));
      const first = clientRow({ id: "c1", clientId: "orders", defaultScopeIds: ["b", "a"], optionalScopeIds: ["c"], roleScope: ["r1"] });
      await write(command("saveClient", { row: first }));
      expect(await reads().client(REALM, "c1")).toEqual(first);
      const second = clientRow({
        id: "c1",
        clientId: "orders",
        enabled: false,
        sealedSecret: "sealed",
        secretHash: "hash",
        representation: { name: "Orders", attributes: { "cambist.resource": "https://orders.example" } },
        defaultScopeIds: ["c"],
        optionalScopeIds: ["b"],
        roleScope: ["r2"],
      });
      await write(command("saveClient", { row: second }));
      expect(await reads().clientByClientId(REALM, "orders")).toEqual(second);
      expect(await engine().store.reader.config.findClientIdsByResource(REALM, "https://orders.example")).toEqual(["orders"]);
    });

    test.each<[string, Command, string[]]>([
      ["a new client changes the realm", client("c2"), [`realm ${REALM}`]],
      ["a client that keeps its name changes alone", client("c1", { enabled: false }), ["client c1"]],
      ["a renamed client changes the realm", client("c1", { clientId: "renamed" }), [`realm ${REALM}`]],
      ["a deleted client changes the realm", command("deleteClient", { id: "c1" }), [`realm ${REALM}`]],
      ["a client that was not there changes nothing", command("deleteClient", { id: "no-such" }), []],
      ["a role changes the realm", role("r2"), [`realm ${REALM}`]],
      ["a deleted role changes the realm", command("deleteRole", { id: "r1" }), [`realm ${REALM}`]],
      ["a role that was not there changes nothing", command("deleteRole", { id: "no-such" }), []],
      ["composites change the realm", command("addComposites", { roleId: "r1", childIds: ["r1"] }), [`realm ${REALM}`]],
      ["a group changes the realm", group("g2"), [`realm ${REALM}`]],
      ["a deleted group changes the realm", command("deleteGroup", { id: "g1" }), [`realm ${REALM}`]],
      ["a client scope changes the realm", scope("s1"), [`realm ${REALM}`]],
      [
        "a component changes the realm",
        command("saveComponent", { row: { id: "k1", providerType: "org.keycloak.keys.KeyProvider", representation: { name: "k" } } }),
        [`realm ${REALM}`],
      ],
      ["an identity provider changes the realm", provider("google"), [`realm ${REALM}`]],
      ["authorization settings change the realm", command("saveResourceServer", { clientUuid: "c1", settings: {} }), [`realm ${REALM}`]],
      ["a user changes nothing that is compiled", user("alice", { enabled: false }), []],
      ["a user's roles change nothing that is compiled", command("addUserRoles", { userId: "alice", roleIds: ["r1"] }), []],
      ["a deleted user changes nothing that is compiled", command("deleteUser", { userId: "alice" }), []],
      ["a deleted realm changes itself", command("deleteRealm", {}), [`realm ${REALM}`]],
    ])("change log: %s", async (_title, change, expected) => {
      await begin(client("c1"), role("r1"), group("g1"), user("alice"));
      expect(await changesOf(change)).toEqual(expected);
    });

    test("saves roles, groups and client scopes and replaces them", async () => {
      await begin(client("c1"), role("r1", { clientUuid: "c1" }), role("r2"));
      const first = roleRow("r1", { clientUuid: "c1", name: "viewer", representation: { description: "Sees" } });
      await write(command("saveRole", { row: first }));
      expect(await reads().role(REALM, "r1")).toEqual(first);

      await write(group("g1"), group("g2", { parentId: "g1", roleIds: ["r1"] }));
      const moved = groupRow("g2", { name: "night", representation: { attributes: { a: ["b"] } }, roleIds: ["r2"] });
      await write(command("saveGroup", { row: moved }));
      expect(await reads().group(REALM, "g2")).toEqual(moved);

      await write(scope("s1", { roleScope: ["r1"] }), scope("s1", { name: "email", representation: { x: 1 }, roleScope: ["r2"] }));
      expect(await reads().clientScope(REALM, "s1")).toEqual({
        id: "s1",
        name: "email",
        protocol: "openid-connect",
        representation: { x: 1 },
        roleScope: ["r2"],
      });
    });

    test("SEC-DB-01 of two that remove a thing one finds it standing, and the other changes nothing", async () => {
      await begin(client("c1"), role("r1"), group("g1"), scope("s1"), user("alice"), provider("google"));
      const doomed = [
        ["user", "alice", command("deleteUser", { userId: "alice" })],
        ["clientScope", "s1", command("deleteClientScope", { id: "s1" })],
        ["group", "g1", command("deleteGroup", { id: "g1" })],
        ["role", "r1", command("deleteRole", { id: "r1" })],
        ["client", "c1", command("deleteClient", { id: "c1" })],
        ["identityProvider", "google-id", command("deleteIdentityProvider", { internalId: "google-id" })],
        ["realm", REALM, command("deleteRealm", {})],
      ] as const;
      for (const [kind, id, removal] of doomed) {
        const unit = { guards: [{ claim: "stands", kind, id }], commands: [removal] } as const;
        expect([kind, await engine().store.writer.write(unit)]).toEqual([kind, { ok: true }]);
        expect([kind, await engine().store.writer.write(unit)]).toMatchObject([kind, { ok: false }]);
      }
    });

    test("adds and removes composites, each once", async () => {
      await begin(role("r1"), role("r2"), role("r3"));
      await write(
        command("addComposites", { roleId: "r1", childIds: ["r3", "r2"] }),
        command("addComposites", { roleId: "r1", childIds: ["r2"] }),
      );
      expect((await reads().composites(REALM, "r1")).map(({ id }) => id)).toEqual(["r2", "r3"]);
      await write(command("removeComposites", { roleId: "r1", childIds: ["r3", "role-x"] }));
      expect(await reads().compositePairs(REALM)).toEqual([["r1", "r2"]]);
      expect(await reads().compositesAmong(["r2", "r1", "role-x"])).toEqual(new Set(["r1"]));
      expect(await reads().compositesAmong([])).toEqual(new Set());
    });

    test("saves a user's own columns and leaves what belongs to the user", async () => {
      await begin(role("r1"), group("g1"), user("alice"), provider("google"));
      await write(
        command("addUserRoles", { userId: "alice", roleIds: ["r1"] }),
        command("joinGroup", { userId: "alice", groupId: "g1" }),
        password("alice", "p1"),
        link("alice", "google", "g-1"),
      );
      const changed = userColumns("alice", {
        username: "alicia",
        email: "a@example.com",
        firstName: "Alice",
        lastName: "A",
        emailVerified: true,
        createdTimestamp: NOW * 1000,
        notBefore: NOW,
        attributes: { dept: ["x", "y"] },
        requiredActions: ["UPDATE_PASSWORD"],
        representation: { federationLink: "f" },
      });
      await write(command("saveUser", { row: changed }));
      expect(await reads().user(REALM, "alice")).toEqual({
        ...changed,
        roleIds: ["r1"],
        groupIds: ["g1"],
        credentials: [{ id: "p1", type: "password", secretData: '{"value":"p1"}', credentialData: "{}", priority: 10 }],
        federatedIdentities: [{ alias: "google", userId: "g-1", userName: "al" }],
        consents: [],
      });
      await write(
        command("removeUserRoles", { userId: "alice", roleIds: ["r1"] }),
        command("leaveGroup", { userId: "alice", groupId: "g1" }),
        command("deleteCredential", { userId: "alice", id: "p1" }),
        command("deleteFederatedIdentity", { userId: "alice", alias: "google" }),
      );
      expect(await reads().user(REALM, "alice")).toMatchObject({ roleIds: [], groupIds: [], credentials: [], federatedIdentities: [] });
    });

    test("SEC-ADM-15 an e-mail address is one user's, unless the realm allows more or the users have it from before", async () => {
      const shared = { email: "shared@example.com" };
      await begin(user("alice", shared), user("bob", { email: "bob@example.com" }));
      await expect(write(user("carol", shared))).rejects.toThrow(StorageConflict);
      await expect(write(user("bob", shared))).rejects.toThrow(StorageConflict);
      await write(command("saveRealm", { row: realmRow({ representation: { duplicateEmailsAllowed: true } }) }), user("bob", shared));
      await write(command("saveRealm", { row: realmRow() }), user("bob", { ...shared, firstName: "Bob" }));
      await expect(write(user("carol", shared))).rejects.toThrow(StorageConflict);
    });

    test("SEC-ADM-15 nobody is called by another's address, unless addresses are no names at login", async () => {
      await begin(user("alice", { email: "alice@example.com" }), user("x@example.com", { email: "y@example.com" }));
      const called = user("alice@example.com", { email: "z@example.com" });
      const addressed = user("bob", { email: "x@example.com" });
      await expect(write(called)).rejects.toThrow(StorageConflict);
      await expect(write(addressed)).rejects.toThrow(StorageConflict);
      await write(command("saveRealm", { row: realmRow({ representation: { loginWithEmailAllowed: false } }) }), called, addressed);
    });

    test("a guard holds a role as it was read", async () => {
      await begin(role("r1", { representation: { description: "a" } }));
      expect(await asRead(roleRow("r1", { representation: { description: "a" } }))).toEqual({ ok: true });
      expect(await asRead(roleRow("r1", { representation: { description: "b" } }))).toEqual({ ok: false, refused: 0 });
      expect(await asRead(roleRow("r2"))).toEqual({ ok: false, refused: 0 });
    });

    test("SEC-DB-06 a change of a user that was prepared before a logout does not bring the not-before back", async () => {
      await begin(user("alice", { notBefore: NOW }));
      await write(user("alice", { notBefore: NOW - 10, firstName: "Alice" }));
      expect(await reads().user(REALM, "alice")).toMatchObject({ notBefore: NOW, firstName: "Alice" });
      await write(user("alice", { notBefore: NOW + 10 }));
      expect((await reads().user(REALM, "alice"))?.notBefore).toBe(NOW + 10);
    });

    test("keeps one password per user and other credentials beside it", async () => {
      await begin(user("alice"), user("bob"));
      const otp = command("saveCredential", {
        userId: "alice",
        row: { id: "otp", type: "otp", secretData: "{}", credentialData: "{}", priority: 20, userLabel: "phone", createdDate: NOW },
      });
      await write(password("alice", "p1"), otp, password("bob", "p2"));
      await write(password("alice", "p3"));
      expect((await reads().user(REALM, "alice"))?.credentials.map(({ id }) => id)).toEqual(["p3", "otp"]);
      expect((await reads().user(REALM, "bob"))?.credentials.map(({ id }) => id)).toEqual(["p2"]);
    });

    test("renaming an identity provider takes its mappers and links along", async () => {
      await begin(provider("google"), user("alice"), user("bob"));
      await write(mapper("m1", "google"), link("alice", "google", "g-1"));
      await write(provider("goggle", "google-id"));
      expect(await reads().identityProviders(REALM)).toMatchObject([{ internalId: "google-id", alias: "goggle" }]);
      expect(await reads().identityProviderMappers(REALM, "goggle")).toMatchObject([{ id: "m1", alias: "goggle" }]);
      expect((await reads().user(REALM, "alice"))?.federatedIdentities).toEqual([{ alias: "goggle", userId: "g-1", userName: "al" }]);
    });

    test("deleting an identity provider takes its mappers and its links of this realm", async () => {
      await begin(provider("google"), provider("github"), user("alice"));
      await write(
        mapper("m1", "google"),
        mapper("m2", "github"),
        link("alice", "google", "1"),
        link("alice", "github", "2"),
        { ...provider("google", "google-x"), realmId: "realm-2" },
        { do: "saveFederatedIdentity", realmId: "realm-2", userId: "user-x", link: { alias: "google", userId: "1" } },
      );
      await write(command("deleteIdentityProvider", { internalId: "google-id" }));
      expect(await reads().identityProvider(REALM, "google")).toBeUndefined();
      expect(await reads().identityProviderMappers(REALM, "google")).toEqual([]);
      expect(await reads().identityProviderMappers(REALM, "github")).toHaveLength(1);
      expect((await reads().user(REALM, "alice"))?.federatedIdentities).toEqual([{ alias: "github", userId: "2", userName: "al" }]);
      expect((await reads().user("realm-2", "user-x"))?.federatedIdentities).toHaveLength(1);
      await write(command("deleteIdentityProviderMapper", { id: "m2" }));
      expect(await reads().identityProviderMappers(REALM, "github")).toEqual([]);
    });

    test("keeps components and lists them by name", async () => {
      await begin();
      const key = { id: "k1", providerType: "org.keycloak.keys.KeyProvider", representation: { name: "rsa" }, sealedConfig: "sealed" };
      const policy = { id: "k2", providerType: "registration", representation: { name: "anonymous" } };
      await write(command("saveComponent", { row: key }), command("saveComponent", { row: policy }));
      expect(await reads().components(REALM)).toEqual([policy, key]);
      await write(command("saveComponent", { row: { ...key, representation: { name: "rsa", config: { active: ["false"] } } } }));
      expect((await reads().component(REALM, "k1"))?.representation).toEqual({ name: "rsa", config: { active: ["false"] } });
      await write(command("deleteComponent", { id: "k1" }), command("deleteComponent", { id: "no-such" }));
      expect(await reads().components(REALM)).toEqual([policy]);
    });
  });

  describe("administration refuses, with nothing of the unit written,", () => {
    const taken = () =>
      begin(
        client("c1"),
        role("r1"),
        role("r2", { clientUuid: "c1" }),
        group("g1"),
        group("g2", { parentId: "g1" }),
        scope("s1"),
        user("alice"),
        user("bob"),
        provider("google"),
        link("alice", "google", "g-1"),
      );

    test.each<[string, Command, RegExp]>([
      ["a realm name that is taken", command("saveRealm", { row: realmRow({ name: "other" }) }), /realm "other" is taken/],
      ["a client name that is taken", client("c2", { clientId: "c1" }), /client "c1" is taken/],
      ["a client id of another realm", client("client-x"), /id "client-x" of the client "client-x" is taken/],
      ["a role name that is taken", role("r3", { name: "r1" }), /role "r1" is taken/],
      ["a role id of another realm", role("role-x"), /id "role-x" of the role/],
      ["a role of a client that is gone", role("r3", { clientUuid: "no-such" }), /client with the id "no-such" is gone/],
      ["a role of a client of another realm", role("r3", { clientUuid: "client-x" }), /client with the id "client-x" is gone/],
      ["a group name that is taken beside it", group("g3", { parentId: "g1", name: "g2" }), /group "g2" is taken/],
      ["a group below one that is gone", group("g3", { parentId: "no-such" }), /group with the id "no-such" is gone/],
      ["a group below itself", group("g1", { parentId: "g1" }), /below itself/],
      ["a group below its own child", group("g1", { parentId: "g2" }), /below itself/],
      ["a group with a role of another realm", group("g3", { roleIds: ["role-x"] }), /role with the id "role-x" is gone/],
      ["a client scope name that is taken", scope("s2", { name: "s1" }), /client scope "s1" is taken/],
      ["a client scope with a role that is gone", scope("s2", { roleScope: ["no-such"] }), /role with the id "no-such" is gone/],
      ["a client with a scope that is gone", client("c1", { defaultScopeIds: ["no-such"] }), /client scope with the id "no-such" is gone/],
      ["a client with a scope of another realm", client("c1", { optionalScopeIds: ["scope-x"] }), /client scope with the id "scope-x"/],
      ["a client with a role of another realm", client("c1", { roleScope: ["role-x"] }), /role with the id "role-x" is gone/],
      ["composites of a role that is gone", command("addComposites", { roleId: "no-such", childIds: ["r1"] }), /"no-such" is gone/],
      ["composites with a role of another realm", command("addComposites", { roleId: "r1", childIds: ["role-x"] }), /"role-x" is gone/],
      ["a user name that is taken", user("carol", { username: "alice" }), /user "alice" is taken/],
      ["a user id of another realm", user("user-x"), /id "user-x" of the user/],
      ["a second service account of a client that is gone", user("carol", { serviceAccountClientUuid: "no-such" }), /"no-such" is gone/],
      ["a role of another realm for a user", command("addUserRoles", { userId: "alice", roleIds: ["r1", "role-x"] }), /"role-x" is gone/],
      ["a role for a user of another realm", command("addUserRoles", { userId: "user-x", roleIds: ["r1"] }), /"user-x" is gone/],
      ["a group of another realm for a user", command("joinGroup", { userId: "alice", groupId: "group-x" }), /"group-x" is gone/],
      ["a password for a user that is gone", password("no-such", "p1"), /user with the id "no-such" is gone/],
      ["a link to a provider that is gone", link("bob", "no-such", "1"), /identity provider "no-such" is gone/],
      ["an outside account that another user has", link("bob", "google", "g-1"), /another user is linked/],
      ["an alias that is taken", provider("google", "google-2"), /identity provider "google" is taken/],
      ["a mapper of a provider that is gone", mapper("m1", "no-such"), /identity provider "no-such" is gone/],
      ["a client of a realm that is gone", { ...client("c9"), realmId: "no-such" }, /realm is gone/],
      ["a component of a realm that is gone", { ...role("r9"), realmId: "no-such" }, /realm is gone/],
    ])("%s", async (_title, refused, message) => {
      await taken();
      const before = await engine().store.reader.changes.latest();
      const unit = { commands: [user("dave"), role("r9"), refused], audit: [auditRecord()] };
      const writing = engine().store.writer.write(unit);
      await expect(writing).rejects.toThrow(StorageConflict);
      await expect(writing).rejects.toThrow(message);
      expect(await reads().user(REALM, "dave")).toBeUndefined();
      expect(await reads().role(REALM, "r9")).toBeUndefined();
      expect(await engine().store.reader.changes.latest()).toBe(before);
      expect(await engine().store.reader.audit.list({ limit: 10 })).toEqual([]);
    });

    test("a unit of a batch alone: the others commit", async () => {
      await taken();
      const outcomes = await Promise.allSettled([
        engine().store.writer.write({ commands: [role("r7")], audit: [auditRecord({ id: "one" })] }),
        engine().store.writer.write({ commands: [role("r8"), role("r9", { name: "r1" })], audit: [auditRecord({ id: "two" })] }),
        engine().store.writer.write({ commands: [group("g9", { parentId: "no-such" })], audit: [auditRecord({ id: "three" })] }),
        engine().store.writer.write({ commands: [user("carol")], audit: [auditRecord({ id: "four" })] }),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
      expect((await reads().roles(REALM, undefined)).map(({ id }) => id)).toEqual(["r1", "r7"]);
      expect(await reads().user(REALM, "carol")).toBeDefined();
      expect((await engine().store.reader.audit.list({ limit: 10 })).map(({ id }) => id)).toEqual(["one", "four"]);
      expect(await engine().store.reader.audit.verify()).toMatchObject({ ok: true, records: 2 });
    });

    test("and what another realm has is not removed from here", async () => {
      await taken();
      await engine().store.writer.write({
        commands: [
          { do: "addUserRoles", realmId: "realm-2", userId: "user-x", roleIds: ["role-x"] },
          { do: "joinGroup", realmId: "realm-2", userId: "user-x", groupId: "group-x" },
        ],
      });
      await write(
        command("deleteClient", { id: "client-x" }),
        command("deleteRole", { id: "role-x" }),
        command("deleteGroup", { id: "group-x" }),
        command("deleteClientScope", { id: "scope-x" }),
        command("removeUserRoles", { userId: "user-x", roleIds: ["role-x"] }),
        command("leaveGroup", { userId: "user-x", groupId: "group-x" }),
        command("deleteUser", { userId: "user-x" }),
      );
      expect(await reads().user("realm-2", "user-x")).toMatchObject({ roleIds: ["role-x"], groupIds: ["group-x"] });
      expect(await reads().client("realm-2", "client-x")).toBeDefined();
      expect(await reads().clientScope("realm-2", "scope-x")).toBeDefined();
    });
  });
}
