import { describe, expect, test } from "vitest";
import type { UserFilter } from "../admin-ports.ts";
import type { CurrentEngine } from "../contract.ts";
import { administration, client, command, user } from "./admin-realm.ts";
import { clientRow, REALM, realmRow, userRow } from "./rows.ts";

const name = (index: number): string => `user-${String(index).padStart(5, "0")}`;

/** How administration finds users: as Keycloak's search and filters do. */
export function userSearchContract(engine: CurrentEngine): void {
  const { reads, begin } = administration(engine);

  const people = () =>
    begin(
      client("c1"),
      command("saveIdentityProvider", { row: { internalId: "i1", alias: "google", enabled: true, representation: {} } }),
      command("saveIdentityProvider", { row: { internalId: "i2", alias: "github", enabled: true, representation: {} } }),
      user("alice", { email: "al@example.com", firstName: "Alice", lastName: "Smith", attributes: { dept: ["it", "hr"], "a.b": ["x"] } }),
      user("bob", { email: "bob@example.com", firstName: "Bob", lastName: "van Dyke", enabled: false, emailVerified: true }),
      user("carol_1", { firstName: "Ärmin", lastName: "Ångström", attributes: { dept: ["it"] } }),
      user("carolx1", { email: "100%@example.com", firstName: "Al*ce" }),
      user("service-account-c1", { serviceAccountClientUuid: "c1" }),
      command("saveFederatedIdentity", { userId: "alice", link: { alias: "google", userId: "g-1" } }),
      command("saveFederatedIdentity", { userId: "bob", link: { alias: "google", userId: "g-2" } }),
      command("saveFederatedIdentity", { userId: "bob", link: { alias: "github", userId: "g-1" } }),
    );
  const found = async (filter: UserFilter) => {
    const rows = await reads().users(REALM, filter);
    // A count is of the same users.
    expect(await reads().countUsers(REALM, { ...filter, first: undefined, max: undefined })).toBe(rows.length);
    return rows.map(({ id }) => id).join(" ");
  };

  describe("users", () => {
    test.each<[string, UserFilter, string]>([
      ["nothing: everybody but service accounts", {}, "alice bob carol_1 carolx1"],
      ["with service accounts", { withServiceAccounts: true }, "alice bob carol_1 carolx1 service-account-c1"],
      ["the beginning of a user name", { search: "ALI" }, "alice"],
      ["the beginning of an e-mail address", { search: "bob@ex" }, "bob"],
      ["the beginning of a last name", { search: "van" }, "bob"],
      ["not the middle of a name", { search: "lice" }, ""],
      ["the middle with a wildcard before it", { search: "*lice" }, "alice"],
      ["a wildcard within", { search: "a*ce" }, "alice carolx1"],
      ["a wildcard alone", { search: "*" }, "alice bob carol_1 carolx1"],
      ["two words, both of which are met", { search: "alice  smi" }, "alice"],
      ["two words, one of which is not", { search: "alice bob" }, ""],
      ["a whole field in quotes", { search: '"ALICE"' }, "alice"],
      ["not a part of a field in quotes", { search: '"alic"' }, ""],
      ["a field with a space in quotes", { search: '"van dyke"' }, "bob"],
      ["a quote that does not end", { search: '"alice' }, ""],
      ["a wildcard in quotes, which means itself", { search: '"al*ce"' }, "carolx1"],
      ["letters beyond ASCII in any case", { search: "ångs ÄRM" }, "carol_1"],
      ["SEC-DB-08 an underscore, which means itself", { search: "carol_" }, "carol_1"],
      ["SEC-DB-08 a percent sign, which means itself", { search: "100%" }, "carolx1"],
      ["SEC-DB-08 a percent sign alone", { search: "%" }, ""],
      ["SEC-DB-08 a backslash", { search: "\\" }, ""],
      ["SEC-DB-08 the end of a text", { search: "' or '1'='1" }, ""],
      ["blanks: everybody", { search: "  " }, "alice bob carol_1 carolx1"],
      ["ids", { search: "id:bob  alice user-x no-such" }, "alice bob"],
      ["no id", { search: "id:" }, ""],
      ["a search, which beats the fields", { search: "ali", username: "bob", exact: true }, "alice"],
      ["a search among the enabled", { search: "*", enabled: true }, "alice carol_1 carolx1"],
      ["a part of the user name", { username: "ARO" }, "carol_1 carolx1"],
      ["SEC-DB-08 an underscore in a field", { username: "l_1" }, "carol_1"],
      ["a wildcard in a field, which means itself", { firstName: "*" }, "carolx1"],
      ["the exact user name", { username: "Alice", exact: true }, "alice"],
      ["not a part of it", { username: "alic", exact: true }, ""],
      ["the exact e-mail address", { email: "AL@example.com", exact: true }, "alice"],
      ["the exact last name", { lastName: "ångström", exact: true }, "carol_1"],
      ["a part of the last name", { lastName: "DYK" }, "bob"],
      ["two fields", { username: "a", email: "100" }, "carolx1"],
      ["enabled", { enabled: false }, "bob"],
      ["verified e-mail address", { emailVerified: true }, "bob"],
      ["linked with a provider", { idpAlias: "google" }, "alice bob"],
      ["an account of a provider", { idpAlias: "google", idpUserId: "g-1" }, "alice"],
      ["an account of any provider", { idpUserId: "g-1" }, "alice bob"],
      ["an attribute", { attributes: { dept: "it" } }, "alice carol_1"],
      ["two attributes", { attributes: { dept: "hr", "a.b": "x" } }, "alice"],
      ["a part of an attribute", { attributes: { dept: "i" } }, ""],
      ["an attribute that nobody has", { attributes: { 'x"]': "it" } }, ""],
    ])("are found by %s", async (_title, filter, expected) => {
      await people();
      expect(await found(filter)).toBe(expected);
    });

    test("of another realm are not found", async () => {
      await people();
      expect(await found({ search: "id:user-x" })).toBe("");
      expect(await found({ username: "user-x", exact: true })).toBe("");
      expect(await reads().users("realm-2", { idpAlias: "google", idpUserId: "g-1" })).toEqual([]);
    });

    test("by the ten thousand: pages, counts and members do not depend on how they are walked through", async () => {
      const count = 12_345;
      await engine().store.imports.importing(async (sink) => {
        await sink.realm(realmRow());
        await sink.clients(REALM, [clientRow({ id: "c1", clientId: "c1" })]);
        await sink.roles(REALM, [{ id: "r1", name: "r1", representation: {} }]);
        await sink.users(
          REALM,
          Array.from({ length: count }, (_, index) =>
            userRow({ id: name(index), username: name(index), enabled: index % 5 !== 0, roleIds: index % 10 === 9 ? [] : ["r1"] }),
          ),
        );
        await sink.users(REALM, [userRow({ username: "service-account-c1", serviceAccountClientUuid: "c1" })]);
      });
      const ids = async (filter: UserFilter) => (await reads().users(REALM, filter)).map(({ id }) => id);
      expect(await reads().countUsers(REALM, {})).toBe(count);
      expect(await reads().countUsers(REALM, { enabled: false })).toBe(2_469);
      expect(await ids({ first: 7_999, max: 3 })).toEqual([name(7_999), name(8_000), name(8_001)]);
      expect(await ids({ enabled: false, first: 1_599, max: 3 })).toEqual([name(7_995), name(8_000), name(8_005)]);
      expect(await ids({ enabled: false, first: 2_468, max: 3 })).toEqual([name(12_340)]);
      expect(await ids({ first: count, max: 3 })).toEqual([]);
      expect(await ids({ username: "-1234", max: 100 })).toEqual([0, 1, 2, 3, 4].map((last) => name(12_340 + last)));
      expect(await ids({})).toHaveLength(count);
      const members = await reads().usersWithRole(REALM, "r1", { first: 8_999, max: 2 });
      expect(members.map(({ id }) => id)).toEqual([name(9_998), name(10_000)]);
    });
  });
}
