import { describe, expect, test } from "vitest";
import type { MemberFilter } from "../admin-ports.ts";
import { StorageConflict } from "../admin-ports.ts";
import type { CurrentEngine } from "../contract.ts";
import type { Command } from "../ports.ts";
import { administration, command, user } from "./admin-realm.ts";
import { REALM } from "./rows.ts";

const add = (userId: string, organizationId = "acme", membershipType = "UNMANAGED"): Command =>
  command("addOrganizationMember", { organizationId, userId, membershipType });

/** Who is a member of an organization. */
export function organizationsContract(engine: CurrentEngine): void {
  const { reads, write, changesOf, begin } = administration(engine);
  const members = async (filter: MemberFilter = {}, organizationId = "acme"): Promise<readonly string[]> =>
    (await reads().organizationMembers(REALM, organizationId, filter)).map(({ user: { id } }) => id);

  const people = () =>
    begin(
      user("carol", { firstName: "Carol", lastName: "Ames" }),
      user("alice", { email: "alice@example.com" }),
      user("bob", { lastName: "Ünal" }),
      add("carol"),
      add("bob", "acme", "MANAGED"),
      add("alice"),
      add("bob", "globex"),
    );

  describe("members of an organization", () => {
    test("come by name, in pages, with the kind of their membership", async () => {
      await people();
      expect(await members()).toEqual(["alice", "bob", "carol"]);
      expect(await members({ first: 1, max: 1 })).toEqual(["bob"]);
      expect(await members({}, "globex")).toEqual(["bob"]);
      expect((await reads().organizationMembers(REALM, "acme", {})).map(({ membershipType }) => membershipType)).toEqual([
        "UNMANAGED",
        "MANAGED",
        "UNMANAGED",
      ]);
      expect(await reads().countOrganizationMembers(REALM, "acme")).toBe(3);
      expect(await reads().countOrganizationMembers("realm-2", "acme")).toBe(0);
    });

    test.each([
      [{ search: "AME" }, ["carol"]],
      [{ search: "üna" }, ["bob"]],
      [{ search: "EXAMPLE" }, ["alice"]],
      [{ search: "%" }, []],
      [{ search: "bo", exact: true }, []],
      [{ search: "BOB", exact: true }, ["bob"]],
      [{ membershipType: "MANAGED" }, ["bob"]],
      [{ membershipType: "UNMANAGED", search: "a" }, ["alice", "carol"]],
    ] as const)("are searched for by %j", async (filter, found) => {
      await people();
      expect(await members(filter)).toEqual(found);
    });

    test("are looked up one by one, from both sides", async () => {
      await people();
      expect(await reads().organizationMember(REALM, "acme", "bob")).toMatchObject({ user: { id: "bob" }, membershipType: "MANAGED" });
      expect(await reads().organizationMember(REALM, "globex", "alice")).toBeUndefined();
      expect(await reads().organizationMember("realm-2", "acme", "bob")).toBeUndefined();
      expect(await reads().organizationIdsOfUser(REALM, "bob")).toEqual(["acme", "globex"]);
      expect(await reads().organizationIdsOfUser("realm-2", "bob")).toEqual([]);
    });

    test("are known with the user", async () => {
      await people();
      const { state } = engine().store.reader;
      expect((await state.findUserById(REALM, "bob"))?.organizationIds?.toSorted()).toEqual(["acme", "globex"]);
      expect((await state.tokenState(REALM, { userId: "alice" })).user?.organizationIds).toEqual(["acme"]);
      expect(await state.findUserByUsername("realm-2", "user-x")).not.toHaveProperty("organizationIds");
    });

    test("are added once, and only users of the realm", async () => {
      await people();
      await expect(write(add("alice"))).rejects.toThrow(StorageConflict);
      await expect(write(add("user-x"))).rejects.toThrow(StorageConflict);
      await expect(write(add("nobody"))).rejects.toThrow(StorageConflict);
    });

    test("leave one by one, all at once, and with their user; no reader has to follow", async () => {
      await people();
      expect(await changesOf(command("removeOrganizationMember", { organizationId: "acme", userId: "alice" }))).toEqual([]);
      expect(await members()).toEqual(["bob", "carol"]);
      await write(command("deleteUser", { userId: "bob" }));
      expect(await members()).toEqual(["carol"]);
      expect(await members({}, "globex")).toEqual([]);
      await write(command("removeOrganizationMembers", { organizationId: "acme" }));
      expect(await members()).toEqual([]);
    });

    test("go with their realm", async () => {
      await people();
      await write(command("deleteRealm", {}));
      await begin(user("carol"));
      expect(await members()).toEqual([]);
    });
  });
}
