import { afterEach, beforeEach, expect, test } from "vitest";
import { AdminConnection } from "../remote/admin-connection.ts";
import { adminOf, masterRealm, type TestAdmin } from "../testing/admin.ts";
import { testServer, type TestServer } from "../testing/test-server.ts";
import { eachOf, pages } from "./pages.ts";

interface User {
  readonly id: string;
  readonly username: string;
}
const NAMES = ["user1", "user2", "user3", "user4", "user5", "user6", "user7"];

let server: TestServer;
let admin: TestAdmin;
let api: AdminConnection;
beforeEach(async () => {
  server = await testServer([masterRealm(), { realm: "acme", enabled: true, users: NAMES.map((username) => ({ username })) }]);
  admin = await adminOf(server);
  const login = { realm: "master", client: "admin-cli", clientSecret: undefined, user: "admin", password: "password" };
  const url = await server.app.listen({ port: 0, host: "127.0.0.1" });
  api = new AdminConnection(url, login, { address: "--from", credentials: "" });
});
afterEach(() => server.close());

/** Reads the users three at a time; `meanwhile` runs once, when `after` was read. */
async function read(after: string, meanwhile: (idOf: (name: string) => string) => Promise<unknown>): Promise<readonly string[]> {
  const ids = new Map<string, string>();
  for (const { id, username } of (await admin.get("/acme/users")).json<readonly User[]>()) ids.set(username, id);
  const names: string[] = [];
  for await (const { username } of pages<User>(api, "/admin/realms/acme/users", "to list", 3)) {
    names.push(username);
    if (username === after) await meanwhile((name) => ids.get(name) ?? "");
  }
  return names;
}

test("every element comes once, in order", async () => {
  expect(await read("", async () => undefined)).toEqual(NAMES);
});

test("one that goes while the list is read hides no other", async () => {
  expect(await read("user3", (idOf) => admin.delete(`/acme/users/${idOf("user1")}`))).toEqual(NAMES);
  const names = await read("user4", async (idOf) => {
    for (const name of ["user2", "user3", "user4"]) await admin.delete(`/acme/users/${idOf(name)}`);
  });
  expect(names).toEqual(["user2", "user3", "user4", "user5", "user6", "user7"]);
});

test("the last ones are found although the list became shorter than the place where it was", async () => {
  const names = await read("user6", async (idOf) => {
    for (const name of ["user1", "user2", "user3", "user4", "user5"]) await admin.delete(`/acme/users/${idOf(name)}`);
  });
  expect(names).toEqual(NAMES);
});

test("one that comes while the list is read does not make another come twice", async () => {
  expect(await read("user3", () => admin.create("/acme/users", { username: "user0" }))).toEqual(NAMES);
  expect(await read("user3", () => admin.create("/acme/users", { username: "user9" }))).toEqual(["user0", ...NAMES, "user9"]);
});

test("work on many things ends at the first error", async () => {
  const done: number[] = [];
  const work = eachOf([1, 2, 3, 4, 5, 6], 2, async (one) => {
    await Promise.resolve();
    if (one === 3) throw new Error("no");
    done.push(one);
  });
  await expect(work).rejects.toThrow("no");
  expect(done.length).toBeLessThan(5);
});
