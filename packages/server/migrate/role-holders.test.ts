import { afterEach, beforeEach, expect, test } from "vitest";
import { AdminConnection } from "../remote/admin-connection.ts";
import { adminOf, masterRealm } from "../testing/admin.ts";
import { testServer, type TestServer } from "../testing/test-server.ts";
import { askUsers, type Questions } from "./ask-users.ts";
import { RoleHolders, rolesAndGroups } from "./role-holders.ts";

const USERS = ["user1", "user2", "user3", "user4"].map((username, number) => ({
  id: `${username}-id`,
  username,
  realmRoles: number < 3 ? ["buyer"] : [],
  clientRoles: number === 0 ? { shop: ["clerk"] } : {},
  groups: number < 2 ? ["/sales/north"] : [],
}));
const ACME = {
  realm: "acme",
  enabled: true,
  roles: { realm: [{ name: "buyer" }], client: { shop: [{ name: "clerk" }] } },
  groups: [{ id: "sales-id", name: "sales", subGroups: [{ id: "north-id", name: "north" }] }],
  clients: [{ id: "shop-id", clientId: "shop" }],
  users: USERS,
};
const FRAME = rolesAndGroups(ACME, new Map([["shop", "shop-id"]]));
const silent = () => ({ reach: () => undefined, end: () => undefined });

let server: TestServer;
let api: AdminConnection;
beforeEach(async () => {
  server = await testServer([masterRealm(), ACME]);
  await adminOf(server);
  const login = { realm: "master", client: "admin-cli", clientSecret: undefined, user: "admin", password: "password" };
  api = new AdminConnection(await server.app.listen({ port: 0, host: "127.0.0.1" }), login, { address: "--from", credentials: "" });
});
afterEach(() => server.close());

const read = (longest: number, users = 100) => RoleHolders.read(api, "acme", FRAME, silent, { users, longest });
const BELONGINGS = { realmRoles: ["buyer"], clientRoles: { shop: ["clerk"] }, groups: ["/sales/north"] };

test("roles and groups are read from their own side, a request for many users", async () => {
  const holders = await read(3);
  expect([holders.isUnread("roles"), holders.isUnread("groups")]).toEqual([false, false]);
  expect(holders.of("user1-id")).toEqual(BELONGINGS);
  expect(holders.of("user4-id")).toEqual({ realmRoles: [], clientRoles: {}, groups: [] });
});

test("a role with too many holders leaves all roles to be asked for, and the groups as they are", async () => {
  const holders = await read(2);
  expect([holders.isUnread("roles"), holders.isUnread("groups")]).toEqual([true, false]);
  expect(holders.of("user1-id")).toEqual({ groups: ["/sales/north"] });
});

test("where there are more lists than users, nobody reads lists", async () => {
  const holders = await read(3, 1);
  expect([holders.isUnread("roles"), holders.isUnread("groups")]).toEqual([true, true]);
  expect(holders.of("user1-id")).toEqual({});
});

test("the role that everybody has is the first to be looked at", () => {
  const roles = { realm: [{ name: "buyer" }, { name: "default-roles-acme" }, { name: "staff" }] };
  const frame = rolesAndGroups({ roles, defaultRole: { name: "default-roles-acme" } }, new Map());
  expect(frame.roles.realm).toEqual(["default-roles-acme", "buyer", "staff"]);
});

test("users who are asked say the same; one who is gone says nothing", async () => {
  const questions: Questions = {
    consents: true,
    roles: true,
    groups: true,
    groupPaths: new Map(FRAME.groups.map(({ id, path }) => [id, path])),
  };
  const answers = await askUsers(api, "acme", ["user1-id", "user4-id", "gone"], questions);
  expect([...answers]).toEqual([
    ["user1-id", { ...BELONGINGS, clientConsents: [] }],
    ["user4-id", { realmRoles: [], clientRoles: {}, groups: [], clientConsents: [] }],
  ]);
  expect(await askUsers(api, "acme", ["user1-id"], { ...questions, consents: false, roles: false, groups: false })).toEqual(new Map());
});
