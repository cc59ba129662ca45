import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import { verifyPassword } from "../passwords/hash.ts";
import { bootstrapMaster, BootstrapError } from "./bootstrap.ts";
import { importRealms } from "./import-realms.ts";
import { prepareRealms, RealmsNotImported } from "./prepare-realms.ts";
import { box, fixture, tools } from "./testing/import-testing.ts";
import { type TempStore, tempStore, Voice } from "./testing/temp-store.ts";

const ADMIN = { username: "Admin", password: "correct horse" };

async function master(temp: TempStore): Promise<string> {
  return (await temp.store.reader.config.findRealmIdByName("master")) ?? "";
}
const importFile = (temp: TempStore, path: string) =>
  importRealms(temp.store, path, tools, { override: false, environment: () => undefined }, new Voice());

test("an empty database gets master and the administrator, once", async () => {
  await using temp = await tempStore();
  expect(await bootstrapMaster(temp.store, tools, ADMIN)).toEqual({ madeMaster: true, madeAdministrator: true });
  const id = await master(temp);
  const admin = await temp.store.reader.state.findUserByUsername(id, "admin");
  expect(admin).toMatchObject({ username: "admin", enabled: true, attributes: { is_temporary_admin: ["true"] }, requiredActions: [] });
  const [credential] = await temp.store.reader.state.passwordCredentials(id, admin?.id ?? "");
  expect(verifyPassword(credential ?? {}, ADMIN.password)).toBe(true);
  const rows = await temp.store.reader.config.loadRealm(id);
  const role = (name: string) => rows?.roles.find((row) => row.name === name)?.id;
  expect(new Set(admin?.roleIds)).toEqual(new Set([role("admin"), role("default-roles-master")]));

  expect(await bootstrapMaster(temp.store, tools, { ...ADMIN, password: "another" })).toEqual({
    madeMaster: false,
    madeAdministrator: false,
  });
  expect(await bootstrapMaster(temp.store, tools)).toEqual({ madeMaster: false, madeAdministrator: false });
  const [still] = await temp.store.reader.state.passwordCredentials(id, admin?.id ?? "");
  expect(verifyPassword(still ?? {}, ADMIN.password)).toBe(true);
});

test("realms that were there before master have a client in it", async () => {
  await using temp = await tempStore();
  await importFile(temp, fixture("apixion"));
  await bootstrapMaster(temp.store, tools);
  expect((await temp.store.reader.config.findClientByClientId(await master(temp), "apixion-realm"))?.ownRoles).toHaveLength(18);
});

test("an imported master keeps its administrators, and gets another one by its name", async () => {
  await using temp = await tempStore();
  await importFile(temp, fixture("master"));
  expect(await bootstrapMaster(temp.store, tools, ADMIN)).toEqual({ madeMaster: false, madeAdministrator: false });
  expect(await bootstrapMaster(temp.store, tools, { ...ADMIN, username: "second" })).toEqual({
    madeMaster: false,
    madeAdministrator: true,
  });
});

test("a start imports, then makes master and the administrator, and says so line by line", async () => {
  await using temp = await tempStore();
  const lines: string[] = [];
  const config = { importRealm: { kind: "path", path: fixture("apixion") }, bootstrapAdmin: ADMIN } as const;
  const start = () => prepareRealms(temp.store, config, box, (level, message) => lines.push(`${level} ${message}`));
  expect(await start()).toEqual({ lacksAdministrator: false });
  expect(lines).toEqual([
    expect.stringMatching(/^info Realm apixion imported from apixion-realm\.json: 12 clients, 7 users, /),
    "info Realm master made",
    "info Administrator Admin made in the realm master; it is meant to be replaced",
  ]);
  expect(lines.join()).not.toContain(ADMIN.password);
  lines.length = 0;
  await start();
  expect(lines).toEqual(["info Realm apixion exists and stays as it is (apixion-realm.json)"]);
});

test("a start without an administrator says that there is none; without a folder to import there is nothing to import", async () => {
  await using temp = await tempStore();
  const config = { importRealm: { kind: "data-folder", path: join(temp.data, "import") }, bootstrapAdmin: undefined } as const;
  expect(await prepareRealms(temp.store, config, box, () => undefined)).toEqual({ lacksAdministrator: true });
});

test("a start with a realm that cannot be imported is refused", async () => {
  await using temp = await tempStore();
  await writeFile(join(temp.files, "r.json"), '{"realm":"r","users":[{}]}');
  const config = { importRealm: { kind: "path", path: temp.files }, bootstrapAdmin: undefined } as const;
  const refused = prepareRealms(temp.store, config, box, () => undefined);
  await expect(refused).rejects.toThrow(RealmsNotImported);
  await expect(refused).rejects.toThrow("A realm could not be imported: r.json: users[0].username: this member is missing");
  expect(await temp.store.reader.config.realmNames()).toEqual([]);
});

test("a master whose administrators' role is no such thing is named, not guessed at", async () => {
  await using temp = await tempStore();
  await temp.store.imports.importing((sink) => sink.realm({ id: "m", name: "master", enabled: true, representation: {} }));
  await expect(bootstrapMaster(temp.store, tools, ADMIN)).rejects.toThrow(BootstrapError);
});
