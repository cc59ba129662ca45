import { describe, expect, test } from "vitest";
import { ImportConflict, type ImportSink } from "../config-ports.ts";
import type { CurrentEngine } from "../contract.ts";
import { auditRecord, clientRow, lineage, NOW, REALM, realmRow, realmWith, userRow, userSession } from "./rows.ts";

const other = (sink: ImportSink) => sink.realm(realmRow({ id: "realm-2", name: "other" }));

/** A small realm of its own. */
const importSmallRealm = async (sink: ImportSink, id: string) => {
  await sink.realm(realmRow({ id, name: id }));
  await sink.clients(id, [clientRow({ id: `client-of-${id}` })]);
  await sink.roles(id, [{ id: `role-of-${id}`, name: "admin", representation: {} }]);
  await sink.users(id, [userRow({ id: `user-of-${id}`, username: "alice", roleIds: [`role-of-${id}`] })]);
};

/** Imports: all or nothing, conflicts by name, look-ups inside, change-log entries, removal of a realm. */
export function importContract(engine: CurrentEngine): void {
  const imports = () => engine().store.imports;
  const reader = () => engine().store.reader;

  describe("imports", () => {
    test("answer what the work answers and log one change per realm", async () => {
      const before = await reader().changes.latest();
      const answer = await imports().importing(async (sink) => {
        await sink.realm(realmRow());
        await other(sink);
        await sink.users(REALM, [userRow(), userRow()]);
        return 42;
      });
      expect(answer).toBe(42);
      expect(await reader().changes.since(before)).toEqual([
        { version: before + 1, realmId: REALM, kind: "realm", id: REALM },
        { version: before + 2, realmId: "realm-2", kind: "realm", id: "realm-2" },
      ]);
      expect(engine().store.core.changeVersion).toBe(before + 2);
    });

    test("that fail leave nothing, not even a change", async () => {
      const before = await reader().changes.latest();
      const failing = imports().importing(async (sink) => {
        await sink.realm(realmRow());
        await sink.clients(REALM, [clientRow({ clientId: "orders" })]);
        throw new Error("the file ended early");
      });
      await expect(failing).rejects.toThrow("the file ended early");
      expect(await reader().config.realmNames()).toEqual([]);
      expect(await reader().changes.latest()).toBe(before);
      expect(engine().store.core.changeVersion).toBe(before);
    });

    test.each<[string, (sink: ImportSink) => Promise<void>, string]>([
      ["a realm name", (sink) => sink.realm(realmRow({ id: "realm-9" })), 'the realm "platform" is taken'],
      ["a realm id", (sink) => sink.realm(realmRow({ name: "new" })), 'the id "realm-1" of the realm "new" is taken'],
      [
        "a client id of another realm",
        async (sink) => {
          await other(sink);
          await sink.clients("realm-2", [clientRow({ id: "client-1", clientId: "stock" })]);
        },
        'the id "client-1" of the client "stock" is taken',
      ],
      ["a client name", (sink) => sink.clients(REALM, [clientRow({ clientId: "orders" })]), 'the client "orders" is taken'],
      ["a user name", (sink) => sink.users(REALM, [userRow({ username: "alice" })]), 'the user "alice" is taken'],
      [
        "a user id of another realm",
        async (sink) => {
          await other(sink);
          await sink.users("realm-2", [userRow({ id: "user-1", username: "bob" })]);
        },
        'the id "user-1" of the user "bob" is taken',
      ],
      ["a realm role", (sink) => sink.roles(REALM, [{ id: "role-9", name: "admin", representation: {} }]), 'the role "admin" is taken'],
      [
        "a group beside one of its name",
        (sink) => sink.groups(REALM, [{ id: "group-9", name: "staff", representation: {}, roleIds: [] }]),
        'the group "staff" is taken',
      ],
    ])("that clash over %s say so and leave nothing", async (_title, clash, message) => {
      await imports().importing(
        realmWith(async (sink) => {
          await sink.clients(REALM, [clientRow({ id: "client-1", clientId: "orders" })]);
          await sink.users(REALM, [userRow({ id: "user-1", username: "alice" })]);
          await sink.roles(REALM, [{ id: "role-1", name: "admin", representation: {} }]);
          await sink.groups(REALM, [{ id: "group-1", name: "staff", representation: {}, roleIds: [] }]);
        }),
      );
      const before = await reader().changes.latest();
      const failing = imports().importing(async (sink) => {
        await sink.realm(realmRow({ id: "realm-3", name: "third" }));
        await clash(sink);
      });
      await expect(failing).rejects.toThrow(ImportConflict);
      await expect(failing).rejects.toThrow(message);
      expect(await reader().config.realmNames()).toEqual(["platform"]);
      expect(await reader().changes.latest()).toBe(before);
    });

    test("of which the work swallowed a failure do not commit half a batch", async () => {
      const failing = imports().importing(async (sink) => {
        await sink.realm(realmRow());
        const batch = [userRow({ username: "alice" }), userRow({ username: "alice" })];
        await sink.users(REALM, batch).catch(() => {});
      });
      await expect(failing).rejects.toThrow('the user "alice" is taken');
      expect(await reader().config.realmNames()).toEqual([]);
    });

    test("allow one name in different places", async () => {
      await imports().importing(
        realmWith(async (sink) => {
          await sink.clients(REALM, [clientRow({ id: "client-1" }), clientRow({ id: "client-2" })]);
          await sink.roles(REALM, [
            { id: "role-1", name: "admin", representation: {} },
            { id: "role-2", name: "admin", clientUuid: "client-1", representation: {} },
            { id: "role-3", name: "admin", clientUuid: "client-2", representation: {} },
          ]);
          await sink.groups(REALM, [
            { id: "group-1", name: "staff", representation: {}, roleIds: [] },
            { id: "group-2", name: "staff", parentId: "group-1", representation: {}, roleIds: [] },
          ]);
        }),
      );
      expect((await reader().config.loadRealm(REALM))?.roles).toHaveLength(3);
    });

    test("that refer to a row that never comes do not commit", async () => {
      const failing = imports().importing(realmWith((sink) => sink.users(REALM, [userRow({ roleIds: ["no-such-role"] })])));
      await expect(failing).rejects.toThrow(/names a row of "role" that is not there|foreign key/);
      expect(await reader().config.realmNames()).toEqual([]);
    });

    test("find by name what they inserted, and nothing of other realms", async () => {
      await imports().importing(
        realmWith(async (sink) => {
          await sink.clients(REALM, [clientRow({ id: "client-1", clientId: "orders" })]);
          await sink.roles(REALM, [
            { id: "role-1", name: "admin", representation: {} },
            { id: "role-2", name: "admin", clientUuid: "client-1", representation: {} },
          ]);
          await sink.users(REALM, [userRow({ id: "user-1", username: "alice" })]);
          await sink.groups(REALM, [{ id: "group-1", name: "staff", representation: {}, roleIds: [] }]);
          expect(await sink.findGroupId(REALM, "/staff/night")).toBeUndefined();
          await sink.groups(REALM, [{ id: "group-2", name: "night", parentId: "group-1", representation: {}, roleIds: [] }]);
          expect(await sink.findRealmId("platform")).toBe(REALM);
          expect(await sink.findClientUuid(REALM, "orders")).toBe("client-1");
          expect(await sink.findRoleId(REALM, undefined, "admin")).toBe("role-1");
          expect(await sink.findRoleId(REALM, "client-1", "admin")).toBe("role-2");
          expect(await sink.findUserId(REALM, "Alice")).toBe("user-1");
          expect(await sink.findGroupId(REALM, "/staff")).toBe("group-1");
          expect(await sink.findGroupId(REALM, "/staff/night")).toBe("group-2");
          expect(await sink.findGroupId(REALM, "/night")).toBeUndefined();
          const elsewhere = [
            sink.findClientUuid("realm-2", "orders"),
            sink.findUserId("realm-2", "alice"),
            sink.findGroupId("realm-2", "/staff"),
          ];
          expect(await Promise.all(elsewhere)).toEqual([undefined, undefined, undefined]);
        }),
      );
    });

    test("follow each other, and other writes wait for them", async () => {
      const order: string[] = [];
      const importing = (id: string) =>
        imports().importing(async (sink) => {
          order.push(`begin ${id}`);
          await sink.realm(realmRow({ id, name: id }));
          await new Promise((resolve) => setTimeout(resolve, 5));
          order.push(`end ${id}`);
        });
      const written = async () => {
        await engine().store.writer.write({ audit: [auditRecord()] });
        order.push("written");
      };
      await Promise.all([importing("a"), importing("b"), written()]);
      expect(order).toEqual(["begin a", "end a", "begin b", "end b", "written"]);
      expect(await reader().config.realmNames()).toEqual(["a", "b"]);
      expect(await reader().audit.verify()).toMatchObject({ ok: true, records: 1 });
    });

    test("end with their work: a sink that was kept refuses", async () => {
      let kept: ImportSink | undefined;
      await imports().importing(async (sink) => {
        kept = sink;
      });
      await expect(kept?.realm(realmRow())).rejects.toThrow("the import is over");
      expect(await reader().config.realmNames()).toEqual([]);
    });

    test("remove a realm with its sessions and leave the audit log and other realms", async () => {
      await imports().importing(async (sink) => {
        await importSmallRealm(sink, "a");
        await importSmallRealm(sink, "b");
      });
      for (const realmId of ["a", "b"]) {
        const session = userSession({ userId: `user-of-${realmId}` });
        await engine().store.writer.write({
          commands: [
            { do: "createSession", realmId, session, expiresAt: NOW + 60 },
            { do: "recordLineage", realmId, lineage: lineage(), expiresAt: NOW + 60 },
            { do: "revokeToken", realmId, jti: "token-1", expiresAt: NOW + 60 },
          ],
          audit: [auditRecord({ realmId })],
        });
      }
      await imports().importing((sink) => sink.deleteRealm("a"));
      const token = { jti: "token-2", sessionId: "session-1", userId: "user-of-a" };
      expect(await reader().state.tokenState("a", token)).toMatchObject({ session: undefined, user: undefined, lineage: undefined });
      expect((await reader().state.tokenState("a", { jti: "token-1" })).revoked).toBe(false);
      expect((await reader().state.tokenState("b", token)).user?.roleIds).toEqual(["role-of-b"]);
      expect(await reader().config.realmNames()).toEqual(["b"]);
      expect(await reader().audit.list({ realm: "a", limit: 10 })).toHaveLength(1);
      await imports().importing((sink) => importSmallRealm(sink, "a"));
      expect(await reader().config.realmNames()).toEqual(["a", "b"]);
    });
  });
}
