import { describe, expect, test } from "vitest";
import type { ClientFilter, Page } from "../admin-ports.ts";
import type { CurrentEngine } from "../contract.ts";
import type { Command } from "../ports.ts";
import { administration, client, command, group, role, roleRow, scope, user } from "./admin-realm.ts";
import { clientRow, NOW, REALM, realmRow, userRow, userSession } from "./rows.ts";

/** What `first` and `max` give of a, b, c, d, e. */
const PAGES: readonly [Page, string][] = [
  [{}, "abcde"],
  [{ max: 2 }, "ab"],
  [{ first: 1, max: 2 }, "bc"],
  [{ first: 3 }, "de"],
  [{ first: 4, max: 9 }, "e"],
  [{ first: 5, max: 2 }, ""],
  [{ max: 0 }, ""],
  [{ first: -1, max: -1 }, "abcde"],
];
const joined = (rows: readonly { readonly id: string }[]): string => rows.map(({ id }) => id).join("");
const LETTERS = ["c", "a", "e", "d", "b"] as const;

const create = (id: string, userId: string, offline: boolean, started: number): Command =>
  command("createSession", {
    session: userSession({ id, userId, offline, started, lastRefresh: started + 1 }),
    expiresAt: NOW + 600,
  });
const attach = (sessionId: string, clientUuid: string, offline: boolean): Command =>
  command("ensureClientSession", { session: { sessionId, clientUuid, offline, started: NOW, lastRefresh: NOW }, scope: "" });

/** Lists of configuration: order, filters, pages, nothing of another realm. */
export function adminReadsContract(engine: CurrentEngine): void {
  const { reads, write, begin } = administration(engine);
  const foundClients = async (filter: ClientFilter) => joined(await reads().clients(REALM, filter));

  describe("administration lists", () => {
    test("realms by name", async () => {
      await begin();
      expect(await reads().realms()).toEqual([realmRow({ id: "realm-2", name: "other" }), realmRow()]);
      expect(await reads().realmByName("platform")).toEqual(realmRow());
      expect(await reads().realmByName("Platform")).toBeUndefined();
    });

    test.each(PAGES)("clients, roles, groups, users and members in pages: %o", async (page, expected) => {
      const letters = LETTERS.flatMap((id): Command[] => [client(id), role(id), group(id, { roleIds: ["r"] }), user(id)]);
      const members = LETTERS.flatMap((id): Command[] => [
        command("addUserRoles", { userId: id, roleIds: ["r"] }),
        command("joinGroup", { userId: id, groupId: "a" }),
      ]);
      await begin(client("owner"), role("r", { clientUuid: "owner" }), ...letters, ...members, command("deleteClient", { id: "no-such" }));
      await write({ do: "addUserRoles", realmId: "realm-2", userId: "user-x", roleIds: ["role-x"] });
      expect(joined(await reads().clients(REALM, page)).replace("owner", "")).toBe(expected);
      expect(joined(await reads().roles(REALM, undefined, page))).toBe(expected);
      expect(joined(await reads().groups(REALM, page))).toBe(expected);
      expect(joined(await reads().groupsWithRole(REALM, "r", page))).toBe(expected);
      expect(joined(await reads().users(REALM, page))).toBe(expected);
      expect(joined(await reads().usersWithRole(REALM, "r", page))).toBe(expected);
      expect(joined(await reads().groupMembers(REALM, "a", page))).toBe(expected);
      expect(await reads().usersWithRole(REALM, "role-x", page)).toEqual([]);
      expect(await reads().groupMembers(REALM, "group-x", page)).toEqual([]);
    });

    test("names in the order of their bytes", async () => {
      await begin(...["b", "B", "ä", "a", "_", "𝒶"].map((name) => role(`id-${name}`, { name })));
      expect((await reads().roles(REALM, undefined)).map(({ name }) => name)).toEqual(["B", "_", "a", "b", "ä", "𝒶"]);
      const some = await reads().rolesById(REALM, ["id-𝒶", "id-ä", "id-B", "id-B", "role-x", "no-such"]);
      expect(some.map(({ name }) => name)).toEqual(["B", "ä", "𝒶"]);
    });

    test("clients with what each is linked to, however many", async () => {
      const count = 1_100;
      await engine().store.imports.importing(async (sink) => {
        await sink.realm(realmRow());
        await sink.clientScopes(REALM, [
          { id: "s1", name: "s1", protocol: "openid-connect", representation: {}, roleScope: [] },
          { id: "s2", name: "s2", protocol: "openid-connect", representation: {}, roleScope: [] },
        ]);
        await sink.roles(REALM, [roleRow("r1")]);
        const rows = Array.from({ length: count }, (_, index) =>
          clientRow({
            id: `id-${String(index).padStart(5, "0")}`,
            clientId: `client-${String(index).padStart(5, "0")}`,
            defaultScopeIds: index % 2 === 0 ? ["s2", "s1"] : [],
            optionalScopeIds: index % 2 === 0 ? [] : ["s1"],
            roleScope: index % 3 === 0 ? ["r1"] : [],
          }),
        );
        await sink.clients(REALM, rows);
      });
      const all = await reads().clients(REALM);
      expect(all).toHaveLength(count);
      for (const [index, row] of all.entries()) {
        expect(row.id).toBe(`id-${String(index).padStart(5, "0")}`);
        expect([row.defaultScopeIds, row.optionalScopeIds]).toEqual(index % 2 === 0 ? [["s2", "s1"], []] : [[], ["s1"]]);
        expect(row.roleScope).toEqual(index % 3 === 0 ? ["r1"] : []);
      }
      expect((await reads().clients(REALM, { first: 1_098, max: 5 })).map(({ clientId }) => clientId)).toEqual([
        "client-01098",
        "client-01099",
      ]);
    });

    test("SEC-DB-08 clients by clientId: exact with its case, or somewhere in it in any case; wildcards mean themselves", async () => {
      await begin(
        client("1", { clientId: "Orders" }),
        client("2", { clientId: "orders_api" }),
        client("3", { clientId: "ordersxapi" }),
        client("4", { clientId: "100%" }),
        client("5", { clientId: "back\\slash" }),
      );
      expect(await foundClients({ clientId: "Orders" })).toBe("1");
      expect(await foundClients({ clientId: "ORDERS" })).toBe("");
      expect(await foundClients({ clientId: "ORDERS", search: true })).toBe("123");
      expect(await foundClients({ clientId: "s_a", search: true })).toBe("2");
      expect(await foundClients({ clientId: "%", search: true })).toBe("4");
      expect(await foundClients({ clientId: "\\", search: true })).toBe("5");
      expect(await foundClients({ clientId: "*", search: true })).toBe("");
      expect(await foundClients({ clientId: "' or 1=1 --", search: true })).toBe("");
    });

    test("clients by attributes, all of them, and not by what stands elsewhere", async () => {
      await begin(
        client("1", { representation: { attributes: { plane: "data", "a.b": 'quote"' } } }),
        client("2", { representation: { attributes: { plane: "control" } } }),
        client("3", { representation: { plane: "data" } }),
        client("4", { representation: {} }),
      );
      expect(await foundClients({ attributes: { plane: "data" } })).toBe("1");
      expect(await foundClients({ attributes: { plane: "data", "a.b": 'quote"' } })).toBe("1");
      expect(await foundClients({ attributes: { plane: "data", "a.b": "other" } })).toBe("");
      expect(await foundClients({ attributes: { '$."': "x" } })).toBe("");
    });

    test("roles of the realm and of a client apart, by name or description", async () => {
      await begin(
        client("c1"),
        role("1", { name: "admin", representation: { description: "Does it ALL" } }),
        role("2", { name: "viewer", representation: { description: "sees 100%" } }),
        role("3", { name: "admin", clientUuid: "c1" }),
        role("4", { name: "Ärger" }),
      );
      expect(joined(await reads().roles(REALM, undefined))).toBe("124");
      expect(joined(await reads().roles(REALM, "c1"))).toBe("3");
      expect(await reads().roles(REALM, "client-x")).toEqual([]);
      const found = async (search: string) => joined(await reads().roles(REALM, undefined, { search }));
      expect(await found("ADM")).toBe("1");
      expect(await found("it all")).toBe("1");
      expect(await found("%")).toBe("2");
      expect(await found("ärg")).toBe("4");
      expect((await reads().roleByName(REALM, undefined, "admin"))?.id).toBe("1");
      expect((await reads().roleByName(REALM, "c1", "admin"))?.id).toBe("3");
      expect(await reads().roleByName(REALM, undefined, "Admin")).toBeUndefined();
      expect(await reads().role(REALM, "role-x")).toBeUndefined();
    });

    test("groups of one level, by a part of the name or the whole of it", async () => {
      await begin(group("1", { name: "Staff" }), group("2", { name: "staff%" }), group("3", { name: "night", parentId: "1" }));
      const found = async (filter: Parameters<ReturnType<typeof reads>["groups"]>[1]) => joined(await reads().groups(REALM, filter));
      expect(await found({})).toBe("12");
      expect(await found({ parentId: "1" })).toBe("3");
      expect(await found({ search: "STAFF" })).toBe("12");
      expect(await found({ search: "STAFF", exact: true })).toBe("1");
      expect(await found({ search: "%" })).toBe("2");
      expect(await found({ search: "night" })).toBe("");
      expect((await reads().allGroups(REALM)).map(({ name }) => name)).toEqual(["Staff", "night", "staff%"]);
      expect(await reads().group(REALM, "group-x")).toBeUndefined();
    });

    test("client scopes and composites by name", async () => {
      await begin(role("r1"), role("r2"), scope("b", { roleScope: ["r1"] }), scope("a"));
      expect((await reads().clientScopes(REALM)).map(({ id, roleScope }) => [id, roleScope])).toEqual([
        ["a", []],
        ["b", ["r1"]],
      ]);
      expect(await reads().clientScope(REALM, "scope-x")).toBeUndefined();
      await write(command("addComposites", { roleId: "r2", childIds: ["r2", "r1"] }));
      expect((await reads().composites(REALM, "r2")).map(({ id }) => id)).toEqual(["r1", "r2"]);
    });

    test("users with everything of theirs after a name, for exports", async () => {
      const row = userRow({
        id: "1",
        username: "alice",
        roleIds: ["r1"],
        groupIds: ["g1"],
        credentials: [
          { id: "p", type: "password", secretData: "s", credentialData: "c", createdDate: NOW, priority: 10 },
          { id: "o", type: "otp", secretData: "s", credentialData: "c", userLabel: "phone", priority: 20 },
        ],
        federatedIdentities: [{ alias: "google", userId: "g" }],
        consents: [{ clientUuid: "c1", scopes: ["email"], representation: { createdDate: 1 } }],
      });
      await begin(client("c1"), role("r1"), group("g1"));
      await engine().store.imports.importing((sink) =>
        sink.users(REALM, [
          userRow({ id: "3", username: "carol" }),
          row,
          userRow({ id: "2", username: "bob", serviceAccountClientUuid: "c1" }),
        ]),
      );
      const pages = [await reads().usersAfterName(REALM, undefined, 2), await reads().usersAfterName(REALM, "bob", 2)];
      expect(pages.map(joined)).toEqual(["12", "3"]);
      expect(pages[0]?.[0]).toEqual(row);
      expect(await reads().user(REALM, "1")).toEqual(row);
      expect(await reads().user("realm-2", "1")).toBeUndefined();
      const some = await reads().usersByIds(REALM, ["3", "no-such", "1"]);
      expect([joined(some), some[1]]).toEqual(["31", row]);
      expect(await reads().usersByIds("realm-2", ["1"])).toEqual([]);
      await write(command("deleteConsent", { userId: "1", clientUuid: "c1" }));
      expect((await reads().user(REALM, "1"))?.consents).toEqual([]);
    });

    test("sessions of a user and of a client with their clients", async () => {
      await begin(
        user("1", { username: "alice" }),
        user("2", { username: "bob" }),
        create("b", "1", false, NOW),
        create("a", "1", false, NOW + 5),
        create("a", "1", true, NOW),
        create("c", "2", false, NOW),
        create("ghost", "no-such", false, NOW),
        attach("a", "c1", false),
        attach("a", "c2", false),
        attach("a", "c1", true),
        attach("b", "c1", false),
        attach("c", "c1", false),
      );
      const online = await reads().userSessions(REALM, "1", false);
      expect(online.map(({ id }) => id)).toEqual(["b", "a"]);
      expect(online[1]).toEqual({
        id: "a",
        userId: "1",
        username: "alice",
        offline: false,
        rememberMe: false,
        ipAddress: "192.0.2.1",
        started: NOW + 5,
        lastRefresh: NOW + 6,
        clientUuids: ["c1", "c2"],
      });
      expect(await reads().session(REALM, "a", true)).toMatchObject({ id: "a", offline: true, clientUuids: ["c1"] });
      expect(await reads().session(REALM, "b", true)).toBeUndefined();
      expect(await reads().session("realm-2", "a", false)).toBeUndefined();
      expect(joined(await reads().clientSessions(REALM, "c1", false, {}))).toBe("abc");
      expect(joined(await reads().clientSessions(REALM, "c1", false, { first: 1, max: 1 }))).toBe("b");
      expect(joined(await reads().clientSessions(REALM, "c2", true, {}))).toBe("");
      expect(await reads().countClientSessions(REALM, "c1", false)).toBe(3);
      expect(await reads().countClientSessions("realm-2", "c1", false)).toBe(0);
    });

    test("nothing where there is nothing", async () => {
      expect(await reads().realms()).toEqual([]);
      expect(await reads().clients("no-such")).toEqual([]);
      expect(await reads().client("no-such", "no-such")).toBeUndefined();
      expect(await reads().rolesById(REALM, [])).toEqual([]);
      expect(await reads().countUsers(REALM, {})).toBe(0);
      expect(await reads().usersAfterName(REALM, undefined, 10)).toEqual([]);
      expect(await reads().usersByIds(REALM, [])).toEqual([]);
      expect(await reads().authorization(REALM, "no-such")).toBeUndefined();
      expect(await reads().component(REALM, "no-such")).toBeUndefined();
      expect(await reads().events(REALM, { kind: "events" })).toEqual([]);
    });
  });
}
