import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { openStore } from "@cambist/store/open.ts";
import { afterEach, beforeEach, expect, test } from "vitest";

import { loadOrCreateSecretKey } from "../secrets/secret-key.ts";
import { importCommand } from "./command.ts";
import { fixture } from "./testing/import-testing.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cambist-command-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function run(path: string, kind: "file" | "directory" = "file", override = true) {
  const out: string[] = [];
  const err: string[] = [];
  const io = {
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
    signal: new AbortController().signal,
  };
  const config = { dataDirectory: join(folder, "data"), secretKeyFile: undefined, importSource: { kind, path }, importOverride: override };
  const code = await importCommand(config, io);
  return { code, out: out.join(""), err: err.join("") };
}

test("imports a file into a new data folder, with a key of its own, and closes it again", async () => {
  const { code, out, err } = await run(fixture("apixion"));
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(/^Realm apixion imported from apixion-realm\.json: 12 clients, 7 users, \d+\.\d s\n$/);
  expect((await stat(join(folder, "data", "secret.key"))).mode & 0o777).toBe(0o600);
  const store = await openStore(join(folder, "data"));
  expect(await store.reader.config.realmNames()).toEqual(["apixion"]);
  await store.close();

  expect((await run(fixture("apixion"))).out).toContain("Realm apixion replaced");
  expect((await run(fixture("apixion"), "file", false)).out).toContain("Realm apixion exists and stays");
});

test("a realm that cannot be imported ends with exit code 1, others are imported", async () => {
  const files = join(folder, "files");
  await mkdir(files);
  await writeFile(join(files, "a.json"), '{"realm":"a","surprise":1}');
  await writeFile(join(files, "b.json"), '{"realm":"b","clients":[{"secret":"hunter2"}]}');
  const { code, out, err } = await run(files, "directory");
  expect(code).toBe(1);
  expect(out).toMatch(/^Realm a imported/);
  expect(err).toBe(
    "Warning: a.json: unknown members, kept for export only: surprise\ncambist: b.json: clients[0].clientId: this member is missing\n",
  );
});

test("a database whose key is gone is not given a new one", async () => {
  await run(fixture("apixion"));
  await rm(join(folder, "data", "secret.key"));
  await expect(run(fixture("myrealm"))).rejects.toMatchObject({ name: "SecretKeyError", fault: "missing" });
  expect(await readdir(join(folder, "data"))).not.toContain("secret.key");
});

test("a data folder that a server has open is left alone", async () => {
  const store = await openStore(join(folder, "data"));

  await loadOrCreateSecretKey(join(folder, "data", "secret.key"));
  await expect(run(fixture("apixion"))).rejects.toMatchObject({ name: "DataFolderInUse" });
  await store.close();
});
