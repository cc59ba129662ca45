import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adminOf, masterRealm, type TestAdmin } from "../../testing/admin.ts";
import { testServer, type TestServer } from "../../testing/test-server.ts";
import { walkRealm } from "../../testing/walk-realm.ts";

let server: TestServer;
let admin: TestAdmin;
const G = "/walk/groups";
interface Listed {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly subGroups: readonly Listed[];
}
const list = async (query = "") => (await admin.get(`${G}${query}`)).json<readonly Listed[]>();
const ALL = { view: true, viewMembers: true, manageMembers: true, manage: true, manageMembership: true };

beforeAll(async () => {
  server = await testServer([masterRealm(), walkRealm("keycloak"), { realm: "other", enabled: true }]);
  admin = await adminOf(server);
});
afterAll(() => server.close());

describe("groups", () => {
  let team: string;
  let night: string;
  beforeAll(async () => {
    team = await admin.create(G, { name: "team", attributes: { floor: ["1"] }, realmRoles: ["staff"] });
    await admin.create(G, { name: "tree", subGroups: [{ name: "leaf" }] });
    night = await admin.create(`${G}/${team}/children`, { name: "night shift" });
  });

  test("are read with attributes and the names of their roles; role lists and sub-groups of a body do not count", async () => {
    expect((await admin.get(`${G}/${team}`)).json()).toEqual({
      id: team,
      name: "team",
      path: "/team",
      subGroupCount: 1,
      subGroups: [],
      attributes: { floor: ["1"] },
      realmRoles: [],
      clientRoles: {},
      access: ALL,
    });
    expect((await admin.get(`${G}/${night}`)).json()).toMatchObject({ parentId: team, path: "/team/night shift", subGroupCount: 0 });
    expect((await list()).map(({ name }) => name)).toEqual(["team", "tree"]);
  });

  test("below another come back with the answer", async () => {
    const created = await admin.post(`${G}/${team}/children`, { name: "day shift" });
    expect(created.statusCode).toBe(201);
    const { id } = created.json<Listed>();
    expect(created.headers["location"]).toMatch(new RegExp(`/admin/realms/walk/groups/${id}$`));
    expect(created.json()).toEqual({
      id,
      name: "day shift",
      path: "/team/day shift",
      parentId: team,
      subGroups: [],
      attributes: {},
      realmRoles: [],
      clientRoles: {},
      access: ALL,
    });
    expect((await admin.delete(`${G}/${id}`)).statusCode).toBe(204);
  });

  test("are found with those above them, or bare, by name and by attribute", async () => {
    const [found] = await list("?search=NIGHT");
    expect([found?.name, found?.subGroups.map(({ name }) => name)]).toEqual(["team", ["night shift"]]);
    expect((await list("?search=night&populateHierarchy=false")).map(({ path }) => path)).toEqual(["/team/night shift"]);
    expect(await list("?search=tea&exact=true")).toEqual([]);
    expect((await list("?q=floor:1")).map(({ name }) => name)).toEqual(["team"]);
    expect((await list("?first=1&max=1")).map(({ name }) => name)).toEqual(["tree"]);
    expect((await admin.get(`${G}/count`)).json()).toEqual({ count: 3 });
    expect((await admin.get(`${G}/count?top=true`)).json()).toEqual({ count: 2 });
    expect((await admin.get(`${G}/count?search=night`)).json()).toEqual({ count: 1 });
    expect((await admin.get("/walk/group-by-path/team/night%20shift")).json()).toMatchObject({ id: night });
    expect((await admin.get("/walk/group-by-path/team/nonsense")).json()).toEqual({ error: "Group path does not exist" });
  });

  test.each([
    ["POST", "", {}, 400, { errorMessage: "Group name is missing" }],
    ["POST", "", { name: "" }, 400, { errorMessage: "Group name is missing" }],
    ["POST", "", { name: "a\u0000b" }, 400, { errorMessage: "name holds characters that cannot be stored" }],
    ["POST", "", { name: "team" }, 409, { errorMessage: "Top level group named 'team' already exists." }],
    ["POST", "", { name: "bad", attributes: "text" }, 400, { error: "unknown_error", error_description: "Cannot parse the JSON" }],
    ["POST", "", [], 400, { error: "unknown_error", error_description: "Cannot parse the JSON" }],
    ["POST", "", { id: "nonsense", name: "x" }, 404, { error: "Could not find child by id" }],
    ["POST", "/nonsense/children", { name: "x" }, 404, { error: "Could not find group by id" }],
    ["PUT", "/nonsense", { name: "x" }, 404, { error: "Could not find group by id" }],
  ] as const)("%s %s of %j is refused with %i", async (method, path, body, status, answer) => {
    const refused = await (method === "POST" ? admin.post(`${G}${path}`, body) : admin.put(`${G}${path}`, body));
    expect([refused.statusCode, refused.json()]).toEqual([status, answer]);
  });

  test("keep what a change does not say, and need a name of their own", async () => {
    expect((await admin.put(`${G}/${team}`, { name: "team" })).statusCode).toBe(204);
    expect((await admin.get(`${G}/${team}`)).json()).toMatchObject({ attributes: { floor: ["1"] } });
    expect((await admin.put(`${G}/${team}`, { name: "tree" })).json()).toEqual({
      errorMessage: "Sibling group named 'tree' already exists.",
    });
    expect((await admin.put(`${G}/${team}`, { attributes: {} })).json()).toEqual({ errorMessage: "Group name is missing" });
  });

  test("move, but not below themselves", async () => {
    expect((await admin.post(G, { id: night, name: "night shift" })).statusCode).toBe(204);
    expect((await admin.get(`${G}/${night}`)).json()).toMatchObject({ path: "/night shift" });
    expect((await admin.post(`${G}/${team}/children`, { id: night, name: "night shift" })).statusCode).toBe(204);
    expect((await admin.post(`${G}/${night}/children`, { id: team, name: "team" })).statusCode).toBe(400);
    expect((await admin.post(`${G}/${team}/children`, { id: team, name: "team" })).statusCode).toBe(400);
  });

  test("have members, who join and leave", async () => {
    const [alice] = (await admin.get("/walk/users?username=alice&exact=true")).json<Listed[]>();
    const membership = `/walk/users/${alice?.id}/groups`;
    expect((await admin.put(`${membership}/${night}`)).statusCode).toBe(204);
    expect((await admin.put(`${membership}/${night}`)).statusCode).toBe(204);
    expect((await admin.put(`${membership}/nonsense`)).json()).toEqual({ error: "Group not found" });
    expect((await admin.get(`${G}/${night}/members?briefRepresentation=true`)).json()).toMatchObject([{ username: "alice" }]);
    expect((await admin.get(membership)).json()).toEqual([
      { id: night, name: "night shift", path: "/team/night shift", parentId: team, subGroups: [] },
    ]);
    expect((await admin.get(`${membership}/count`)).json()).toEqual({ count: 1 });
    expect((await admin.delete(`${membership}/${night}`)).statusCode).toBe(204);
    expect((await admin.get(`${G}/${night}/members`)).json()).toEqual([]);
  });

  test("that new users join stay theirs when they are renamed, and are none when they are gone", async () => {
    const home = await admin.create(G, { name: "home" });
    const room = (await admin.post(`${G}/${home}/children`, { name: "room" })).json<Listed>().id;
    await admin.put(`/walk/default-groups/${room}`);
    await admin.put(`${G}/${home}`, { name: "house" });
    const newcomer = await admin.create("/walk/users", { username: "newcomer" });
    expect((await admin.get(`/walk/users/${newcomer}/groups`)).json()).toMatchObject([{ path: "/house/room" }]);
    expect((await admin.get("/walk/default-groups")).json()).toMatchObject([{ path: "/house/room" }]);
    await admin.delete(`${G}/${home}`);
    expect((await admin.get("/walk/default-groups")).json()).toEqual([]);
    expect((await admin.get(`/walk/users/${newcomer}/groups`)).json()).toEqual([]);
    expect((await admin.get(`${G}/${room}`)).statusCode).toBe(404);
  });
});
