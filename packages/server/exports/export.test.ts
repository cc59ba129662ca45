import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ExportTarget } from "../config/server-config.ts";
import { importCommand } from "../imports/command.ts";
import { exportCommand } from "./command.ts";

/** Exports of a real Keycloak. */
const FIXTURES = join(import.meta.dirname, "..", "..", "..", "conformance", "fixtures", "keycloak-26.1.3");

let folder: string;
let text = "";
const io = {
  stdout: { write: (more: string) => (text += more) },
  stderr: { write: (more: string) => (text += more) },
  signal: new AbortController().signal,
};
const at = (name: string): string => join(folder, name);
const importInto = (data: string, path: string) =>
  importCommand({ dataDirectory: at(data), secretKeyFile: undefined, importSource: { kind: "directory", path }, importOverride: true }, io);
const exportFrom = (data: string, target: Partial<ExportTarget> & Pick<ExportTarget, "path">) =>
  exportCommand(
    {
      dataDirectory: at(data),
      secretKeyFile: undefined,
      exportTarget: { kind: "directory", realm: undefined, users: "different_files", usersPerFile: 50, ...target },
    },
    io,
  );
const read = (path: string) => JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, unknown>>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cambist-export-"));
  mkdirSync(at("source"));
  for (const name of ["apixion-realm.json", "shared-services-realm.json"]) copyFileSync(join(FIXTURES, name), at(`source/${name}`));
  if ((await importInto("first", at("source"))) !== 0) throw new Error(text);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("what is exported, imported elsewhere and exported again is the same", async () => {
  await exportFrom("first", { path: at("one") });
  expect(await importInto("second", at("one"))).toBe(0);
  await exportFrom("second", { path: at("two") });
  expect(readdirSync(at("two"))).toEqual(readdirSync(at("one")));
  for (const name of readdirSync(at("one"))) expect([name, read(at(`two/${name}`))]).toEqual([name, read(at(`one/${name}`))]);
});

test("a terminal sees how many of all users are written, and a clean line at the end", async () => {
  const before = { stderr: io.stderr };
  let screen = "";
  Object.assign(io, { stderr: { isTTY: true, write: (more: string) => (screen += more) } });
  try {
    await exportFrom("first", { path: at("seen"), realm: "apixion", users: "realm_file" });
  } finally {
    Object.assign(io, before);
  }
  const count = (read(at("seen/apixion-realm.json"))["users"] as readonly unknown[]).length;
  expect(screen).toMatch(new RegExp(`Realm "apixion" \\[-+#*-*\\] +\\d+ %  1 users|\\[#*-*\\] +${Math.floor(100 / count)} %  1 users`));
  expect(screen.endsWith("\r\x1b[K")).toBe(true);
});

test("files are readable by their owner alone and none is left half-written", async () => {
  await exportFrom("first", { path: at("modes") });
  const names = readdirSync(at("modes"));
  for (const name of names) expect([name, statSync(at(`modes/${name}`)).mode & 0o777]).toEqual([name, 0o600]);
  expect(names.filter((name) => !name.endsWith(".json"))).toEqual([]);
});

test.each([
  ["skip", ["apixion-realm.json"], false],
  ["realm_file", ["apixion-realm.json"], true],
  ["same_file", ["apixion-realm.json", "apixion-users-0.json"], false],
] as const)("with --users=%s there are these files", async (users, files, inRealm) => {
  await exportFrom("first", { path: at(users), realm: "apixion", users });
  expect(readdirSync(at(users))).toEqual(files);
  expect(read(at(`${users}/apixion-realm.json`))["users"] !== undefined).toBe(inRealm);
});

test("users go to files of so many", async () => {
  await exportFrom("first", { path: at("many"), realm: "apixion", usersPerFile: 2 });
  const files = readdirSync(at("many")).filter((name) => name.includes("-users-"));
  const counts = files.map((name) => (read(at(`many/${name}`))["users"] as readonly unknown[]).length);
  expect(counts.slice(0, -1).every((count) => count === 2)).toBe(true);
  expect(files.length).toBeGreaterThan(1);
});

test("one file holds one realm, with its keys and hashes", async () => {
  await exportFrom("first", { kind: "file", path: at("one.json"), realm: "apixion" });
  const file = readFileSync(at("one.json"), "utf8");
  expect(read(at("one.json"))["realm"]).toBe("apixion");
  for (const member of ["privateKey", "secretData", "portal-secret"]) expect(file).toContain(member);
});

test("a realm that is not there is an error, and writes nothing", async () => {
  await expect(exportFrom("first", { path: at("nothing"), realm: "nobody" })).rejects.toThrow('There is no realm "nobody"');
  expect(text).not.toContain("portal-secret");
});
