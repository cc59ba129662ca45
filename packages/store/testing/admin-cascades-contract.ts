import { describe, expect, test } from "vitest";
import type { CurrentEngine } from "../contract.ts";
import type { Command } from "../ports.ts";
import { administration, client, command, group, groupRow, policyRow, role, scope, user } from "./admin-realm.ts";
import { auditRecord, lineage, NOW, REALM, userSession } from "./rows.ts";

const session = (id: string, userId: string, offline = false, realmId = REALM): Command => ({
  do: "createSession",
  realmId,
  session: userSession({ id, userId, offline }),
  expiresAt: NOW + 600,
});
const clientSession = (sessionId: string, clientUuid: string, offline = false): Command =>
  command("ensureClientSession", { session: { sessionId, clientUuid, offline, started: NOW, lastRefresh: NOW }, scope: "" });
const failures = (userId: string): Command =>
  command("saveLoginFailures", {
    userId,
    failures: { numFailures: 3, numTemporaryLockouts: 0, lastFailure: NOW, failedLoginNotBefore: 0, lastIpFailure: "" },
  });

const server = () => command("saveResourceServer", { clientUuid: "admin", settings: { decisionStrategy: "UNANIMOUS" } });
const object = (kind: "scope" | "resource" | "policy", id: string) =>
  command("deleteAuthorizationObject", { clientUuid: "admin", kind, id });

const policy = (id: string, type: string, config: Readonly<Record<string, string>>): Command =>
  command("saveAuthorizationPolicy", { clientUuid: "admin", row: policyRow(id, { type, representation: { config } }) });

/** One group below the other, more than 1000. */
const deepGroups = (engine: CurrentEngine): Promise<void> =>
  engine().store.imports.importing((sink) =>
    sink.groups(
      REALM,
      Array.from({ length: 1_101 }, (_, index) => groupRow(`n${index}`, index === 0 ? {} : { parentId: `n${index - 1}` })),
    ),
  );

/** What goes with what is deleted. */
export function adminCascadesContract(engine: CurrentEngine): void {
  const { reads, write, changesOf, begin } = administration(engine);
  const policies = async () => (await reads().authorization(REALM, "admin"))?.policies ?? [];
  const configs = async () => Object.fromEntries((await policies()).map(({ id, representation }) => [id, representation["config"]]));

  const everything = () =>
    begin(
      client("admin"),
      server(),
      command("saveAuthorizationScope", { clientUuid: "admin", row: { id: "sc-b", name: "view", representation: {} } }),
      command("saveAuthorizationScope", { clientUuid: "admin", row: { id: "sc-a", name: "token-exchange", representation: {} } }),
      command("saveAuthorizationResource", {
        clientUuid: "admin",
        row: { id: "res", name: "client.resource.x", representation: { type: "Client" }, scopeIds: ["sc-a", "sc-b"] },
      }),
      policy("allow", "client", { clients: "[]" }),
      command("saveAuthorizationPolicy", {
        clientUuid: "admin",
        row: policyRow("perm", { type: "scope", resourceIds: ["res"], scopeIds: ["sc-b", "sc-a"], policyIds: ["allow"] }),
      }),
    );

  const four = () =>
    begin(
      client("c1"),
      user("alice"),
      user("bob"),
      session("s1", "alice"),
      clientSession("s1", "c1"),
      session("s1", "alice", true),
      clientSession("s1", "c1", true),
      session("s2", "bob"),
      clientSession("s2", "c1"),
      session("s9", "user-x", false, "realm-2"),
    );
  const counts = async () => [await reads().countClientSessions(REALM, "c1", false), await reads().countClientSessions(REALM, "c1", true)];

  describe("deleting", () => {
    test("a client takes its roles, its service account and its sessions, and sessions that had no other", async () => {
      await begin(client("c1"), client("c2"), role("r1", { clientUuid: "c1" }), role("r2"), user("alice"));
      await write(
        user("service", { serviceAccountClientUuid: "c1" }),
        command("addComposites", { roleId: "r2", childIds: ["r1"] }),
        command("addUserRoles", { userId: "alice", roleIds: ["r1", "r2"] }),
        session("both", "alice"),
        clientSession("both", "c1"),
        clientSession("both", "c2"),
        session("only", "alice"),
        clientSession("only", "c1"),
        session("only", "alice", true),
        clientSession("only", "c1", true),
        session("never", "alice"),
        session("own", "service"),
        clientSession("own", "c2"),
        failures("service"),
      );
      await write(command("deleteClient", { id: "c1" }));
      expect(await reads().client(REALM, "c1")).toBeUndefined();
      expect((await reads().user(REALM, "alice"))?.roleIds).toEqual(["r2"]);
      expect(await reads().compositePairs(REALM)).toEqual([]);
      expect(await reads().user(REALM, "service")).toBeUndefined();
      const left = await reads().userSessions(REALM, "alice", false);
      expect(left.map(({ id, clientUuids }) => [id, clientUuids])).toEqual([
        ["both", ["c2"]],
        ["never", []],
      ]);
      expect(await reads().userSessions(REALM, "alice", true)).toEqual([]);
      expect((await reads().clientSessions(REALM, "c2", false, {})).map(({ id }) => id)).toEqual(["both"]);
      expect(await reads().countClientSessions(REALM, "c2", false)).toBe(1);
      expect(await engine().store.reader.state.loginFailures(REALM, "service")).toBeUndefined();
    });

    test("a user takes roles, credentials, links, consents, sessions of both kinds and login failures", async () => {
      await begin(client("c1"), role("r1"), user("alice"), user("bob"));
      await write(
        command("addUserRoles", { userId: "alice", roleIds: ["r1"] }),
        session("s1", "alice"),
        clientSession("s1", "c1"),
        session("s1", "alice", true),
        clientSession("s1", "c1", true),
        session("s2", "bob"),
        clientSession("s2", "c1"),
        failures("alice"),
        failures("bob"),
      );
      await write(command("deleteUser", { userId: "alice" }));
      expect(await reads().user(REALM, "alice")).toBeUndefined();
      expect(await reads().usersWithRole(REALM, "r1", {})).toEqual([]);
      expect(await reads().session(REALM, "s1", false)).toBeUndefined();
      expect(await reads().session(REALM, "s1", true)).toBeUndefined();
      expect(await reads().countClientSessions(REALM, "c1", false)).toBe(1);
      expect(await reads().countClientSessions(REALM, "c1", true)).toBe(0);
      expect(await engine().store.reader.state.loginFailures(REALM, "alice")).toBeUndefined();
      expect(await engine().store.reader.state.loginFailures(REALM, "bob")).toBeDefined();
    });

    test("a role takes it out of users, groups, composites, client scopes and role scopes", async () => {
      await begin(role("r1"), role("r2"), user("alice"));
      await write(
        client("c1", { roleScope: ["r1", "r2"] }),
        group("g1", { roleIds: ["r1"] }),
        scope("s1", { roleScope: ["r1"] }),
        command("addComposites", { roleId: "r2", childIds: ["r1"] }),
        command("addComposites", { roleId: "r1", childIds: ["r2"] }),
        command("addUserRoles", { userId: "alice", roleIds: ["r1"] }),
      );
      await write(command("deleteRole", { id: "r1" }));
      expect((await reads().client(REALM, "c1"))?.roleScope).toEqual(["r2"]);
      expect((await reads().group(REALM, "g1"))?.roleIds).toEqual([]);
      expect((await reads().clientScope(REALM, "s1"))?.roleScope).toEqual([]);
      expect(await reads().compositePairs(REALM)).toEqual([]);
      expect((await reads().user(REALM, "alice"))?.roleIds).toEqual([]);
    });

    test("a group takes its sub-groups and memberships, however deep", async () => {
      await begin(user("alice"), group("beside"));
      await deepGroups(engine);
      await write(
        command("joinGroup", { userId: "alice", groupId: "n1100" }),
        command("joinGroup", { userId: "alice", groupId: "beside" }),
      );
      await write(command("deleteGroup", { id: "n0" }));
      expect((await reads().allGroups(REALM)).map(({ id }) => id)).toEqual(["beside"]);
      expect((await reads().user(REALM, "alice"))?.groupIds).toEqual(["beside"]);
    });

    test("a realm takes groups, however deep", async () => {
      await begin();
      await deepGroups(engine);
      await write(command("deleteRealm", {}));
      expect(await reads().allGroups(REALM)).toEqual([]);
    });

    test("a client scope takes it from its clients", async () => {
      await begin(scope("s1"), scope("s2"), client("c1", { defaultScopeIds: ["s1", "s2"] }));
      await write(command("deleteClientScope", { id: "s1" }));
      expect((await reads().client(REALM, "c1"))?.defaultScopeIds).toEqual(["s2"]);
    });

    test("takes what is gone out of the policies that name it; a policy that names nothing stays, and so does what is required", async () => {
      await begin(
        client("admin"),
        client("c1"),
        client("c2"),
        role("r1", { clientUuid: "c1" }),
        role("r2"),
        group("g1"),
        group("g2", { parentId: "g1" }),
        scope("s1"),
        user("alice"),
        command("saveResourceServer", { clientUuid: "admin", settings: {} }),
        policy("clients", "client", { clients: '["c1","c2"]' }),
        policy("one-client", "client", { clients: '["c1"]' }),
        policy("users", "user", { users: '["alice"]' }),
        policy("roles", "role", { fetchRoles: "true", roles: '[{"id":"r1","required":false},{"id":"r2","required":false}]' }),
        policy("required", "role", { roles: '[{"id":"r1","required":true},{"id":"r2","required":false}]' }),
        policy("groups", "group", { groups: '[{"id":"g2","extendChildren":true}]' }),
        policy("scopes", "client-scope", { clientScopes: '[{"id":"s1","name":"s1","required":false}]' }),
        policy("broken", "client", { clients: "c1" }),
      );
      const changes = await changesOf(
        command("deleteClient", { id: "c1" }),
        command("deleteGroup", { id: "g1" }),
        command("deleteClientScope", { id: "s1" }),
      );
      expect(new Set(changes)).toEqual(new Set([`realm ${REALM}`]));
      expect(await changesOf(command("deleteUser", { userId: "alice" }))).toEqual([`realm ${REALM}`]);
      expect(await configs()).toEqual({
        clients: { clients: '["c2"]' },
        "one-client": { clients: "[]" },
        users: { users: "[]" },
        roles: { fetchRoles: "true", roles: '[{"id":"r2","required":false}]' },
        required: { roles: '[{"id":"r1","required":true},{"id":"r2","required":false}]' },
        groups: { groups: "[]" },
        scopes: { clientScopes: "[]" },
        broken: { clients: "c1" },
      });
    });

    test("a realm takes everything of it but the audit log, and leaves other realms alone", async () => {
      await begin(client("c1"), role("r1"), group("g1"), scope("s1"), user("alice"));
      await write(
        session("s1", "alice"),
        clientSession("s1", "c1"),
        failures("alice"),
        command("revokeToken", { jti: "jti-1", expiresAt: NOW + 60 }),
        command("recordLineage", { lineage: lineage(), expiresAt: NOW + 60 }),
        session("s9", "user-x", false, "realm-2"),
      );
      await engine().store.writer.write({ audit: [auditRecord()] });
      await write(command("deleteRealm", {}));
      expect((await reads().realms()).map(({ name }) => name)).toEqual(["other"]);
      expect(await reads().clients(REALM)).toEqual([]);
      expect(await reads().countUsers(REALM, { withServiceAccounts: true })).toBe(0);
      expect(await reads().countClientSessions(REALM, "c1", false)).toBe(0);
      const state = await engine().store.reader.state.tokenState(REALM, { jti: "jti-1", sessionId: "s1" });
      expect(state).toMatchObject({ revoked: false, session: undefined });
      expect(await reads().userSessions("realm-2", "user-x", false)).toHaveLength(1);
      expect(await engine().store.reader.audit.list({ limit: 10 })).toHaveLength(1);
      expect(await engine().store.reader.audit.verify()).toMatchObject({ ok: true });
    });
  });

  describe("ending sessions", () => {
    test("of a user ends the online ones", async () => {
      await four();
      await write(command("endUserSessions", { userId: "alice" }));
      expect(await reads().session(REALM, "s1", false)).toBeUndefined();
      expect(await reads().session(REALM, "s1", true)).toMatchObject({ clientUuids: ["c1"] });
      expect(await counts()).toEqual([1, 1]);
    });

    test.each([
      [false, [0, 1]],
      [true, [0, 0]],
    ])("of a realm ends offline ones as well: %s", async (offline, left) => {
      await four();
      await write(command("endRealmSessions", { offline }));
      expect(await counts()).toEqual(left);
      expect((await reads().userSessions(REALM, "alice", true)).length).toBe(left[1]);
      expect(await reads().userSessions("realm-2", "user-x", false)).toHaveLength(1);
    });

    test("clearing login failures of a realm leaves the others", async () => {
      await begin(failures("alice"), { ...failures("user-x"), realmId: "realm-2" });
      await write(command("clearRealmLoginFailures", {}));
      expect(await engine().store.reader.state.loginFailures(REALM, "alice")).toBeUndefined();
      expect(await engine().store.reader.state.loginFailures("realm-2", "user-x")).toBeDefined();
    });
  });

  describe("authorization settings", () => {
    test("come back in the order they were made, and keep it when they are replaced", async () => {
      await everything();
      await write(
        server(),
        command("saveAuthorizationScope", { clientUuid: "admin", row: { id: "sc-b", name: "manage", representation: { x: 1 } } }),
        policy("allow", "client", { clients: '["a"]' }),
      );
      const rows = await reads().authorization(REALM, "admin");
      expect(rows?.scopes).toEqual([
        { id: "sc-b", name: "manage", representation: { x: 1 } },
        { id: "sc-a", name: "token-exchange", representation: {} },
      ]);
      expect(rows?.resources[0]?.scopeIds).toEqual(["sc-a", "sc-b"]);
      expect(rows?.policies.map(({ id }) => id)).toEqual(["allow", "perm"]);
      expect(rows?.policies[1]).toMatchObject({ resourceIds: ["res"], scopeIds: ["sc-b", "sc-a"], policyIds: ["allow"] });
      expect(rows?.settings).toEqual({ decisionStrategy: "UNANIMOUS" });
    });

    test("lose what is deleted, and permissions their references to it", async () => {
      await everything();
      await write(object("scope", "sc-b"), object("policy", "allow"));
      const rows = await reads().authorization(REALM, "admin");
      expect(rows?.scopes.map(({ id }) => id)).toEqual(["sc-a"]);
      expect(rows?.resources[0]?.scopeIds).toEqual(["sc-a"]);
      expect(rows?.policies).toMatchObject([{ id: "perm", scopeIds: ["sc-a"], policyIds: [] }]);
      await write(object("resource", "res"));
      expect((await policies())[0]?.resourceIds).toEqual([]);
    });

    test("go with their resource server", async () => {
      await everything();
      await write(command("deleteResourceServer", { clientUuid: "admin" }));
      expect(await reads().authorization(REALM, "admin")).toBeUndefined();
      await write(server());
      expect(await policies()).toEqual([]);
    });

    test.each<[string, Command, RegExp]>([
      ["a scope without a resource server", policyOf("client-9"), /resource server with the id "client-9" is gone/],
      [
        "a resource server of a client of another realm",
        command("saveResourceServer", { clientUuid: "client-x", settings: {} }),
        /"client-x" is gone/,
      ],
      [
        "a resource with a scope that is gone",
        command("saveAuthorizationResource", {
          clientUuid: "admin",
          row: { id: "r", name: "r", representation: {}, scopeIds: ["no-such"] },
        }),
        /authorization scope with the id "no-such" is gone/,
      ],
      [
        "a permission with a policy that is gone",
        command("saveAuthorizationPolicy", { clientUuid: "admin", row: policyRow("p", { policyIds: ["no-such"] }) }),
        /authorization policy with the id "no-such" is gone/,
      ],
      [
        "a policy name that is taken",
        command("saveAuthorizationPolicy", { clientUuid: "admin", row: policyRow("p", { name: "allow" }) }),
        /authorization policy "allow" is taken/,
      ],
    ])("refuse %s", async (_title, refused, message) => {
      await everything();
      await expect(write(refused)).rejects.toThrow(message);
    });
  });
}

const policyOf = (clientUuid: string): Command =>
  command("saveAuthorizationScope", { clientUuid, row: { id: "s", name: "s", representation: {} } });
