import { afterAll, beforeAll, expect, test } from "vitest";
import { adminOf, masterRealm, type TestAdmin } from "../testing/admin.ts";
import { type TestServer, testServer } from "../testing/test-server.ts";
import { walkRealm } from "../testing/walk-realm.ts";

type Json = Readonly<Record<string, unknown>>;

let server: TestServer;
let admin: TestAdmin;
beforeAll(async () => {
  server = await testServer([
    masterRealm(),
    walkRealm("keycloak"),
    { ...walkRealm("keycloak"), realm: "shared", duplicateEmailsAllowed: true, loginWithEmailAllowed: false },
  ]);
  admin = await adminOf(server);
});
afterAll(() => server.close());

const json = async <T = Json>(path: string): Promise<T> => (await admin.get(path)).json<T>();

const user = (username: string, email: string): Json => ({ username, email, enabled: true });
const NAMED: readonly (readonly [string, string, Json, Json, string])[] = [
  ["username", "/walk/users", user("twin", "one@x.y"), user("twin", "two@x.y"), "User exists with same username"],
  ["e-mail address", "/walk/users", user("left", "both@x.y"), user("right", "both@x.y"), "User exists with same email"],
  ["name that is an address", "/walk/users", user("a@x.y", "b@x.y"), user("other", "a@x.y"), "User exists with same"],
  ["clientId", "/walk/clients", { clientId: "twin" }, { clientId: "twin" }, "Client twin already exists"],
  ["role name", "/walk/roles", { name: "twin" }, { name: "twin" }, "Role with name twin already exists"],
  ["group name", "/walk/groups", { name: "twin" }, { name: "twin" }, "Top level group named 'twin' already exists."],
  ["client scope name", "/walk/client-scopes", { name: "twin", protocol: "openid-connect" }, { name: "twin", protocol: "openid-connect" }, "Client Scope twin already exists"],
  ["realm name", "", { realm: "twin" }, { realm: "twin" }, "Conflict detected. See logs for details"],
]; // prettier-ignore

test.each(NAMED)(
  "SEC-ADM-15 of two creations with one %s at once, one is told that it is taken",
  async (_what, path, one, other, words) => {
    const answers = await Promise.all([admin.post(path, one), admin.post(path, other)]);
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([201, 409]);
    expect(answers.find(({ statusCode }) => statusCode === 409)?.json<Json>()["errorMessage"]).toContain(words);
  },
);

test("where the realm allows it, two users come by one e-mail address at once", async () => {
  const answers = await Promise.all([
    admin.post("/shared/users", user("left", "both@x.y")),
    admin.post("/shared/users", user("right", "both@x.y")),
  ]);
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201]);
});

test("a user who is given an address in the moment somebody else gets it is refused", async () => {
  const ids = await Promise.all(["first", "second"].map((name) => admin.create("/walk/users", user(name, `${name}@x.y`))));
  const answers = await Promise.all(ids.map((id) => admin.put(`/walk/users/${id}`, { email: "wanted@x.y" })));
  expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([204, 409]);
});

test("two changes of a role at once are both kept", async () => {
  await admin.create("/walk/roles", { name: "busy" });
  const writes = [
    { name: "busy", attributes: { a: ["1"] } },
    { name: "busy", description: "Busy" },
    { name: "busy", description: "Busy" },
  ];
  await Promise.all(writes.map((body) => admin.put("/walk/roles/busy", body)));
  expect(await json("/walk/roles/busy")).toMatchObject({ attributes: { a: ["1"] } });
});

test("a group that gets another name while it becomes a default one is listed under the new name", async () => {
  const id = await admin.create("/walk/groups", { name: "before" });
  await Promise.all([admin.put(`/walk/groups/${id}`, { name: "after" }), admin.put(`/walk/default-groups/${id}`)]);
  expect((await json<Json[]>("/walk/default-groups")).map(({ path }) => path)).toContain("/after");
});

test("a client scope that gets another name while it becomes a default one is listed under the new name", async () => {
  const id = await admin.create("/walk/client-scopes", { name: "before", protocol: "openid-connect" });
  await Promise.all([
    admin.put(`/walk/client-scopes/${id}`, { name: "after", protocol: "openid-connect" }),
    admin.put(`/walk/default-default-client-scopes/${id}`),
  ]);
  expect((await json<Json[]>("/walk/default-default-client-scopes")).map(({ name }) => name)).toContain("after");
});
