import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databaseExists } from "@cambist/store/database-file.ts";
import { openReader } from "@cambist/store/reader.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { adminOf, masterRealm } from "../testing/admin.ts";
import { testServer, type TestServer } from "../testing/test-server.ts";

const PROGRAM = join(import.meta.dirname, "..", "..", "..", "bin", "cambist");
/** So many that storing them takes a moment. */
const USERS = 3000;
const REALM = {
  id: "acme-id",
  realm: "acme",
  enabled: true,
  users: Array.from({ length: USERS }, (_, number) => ({ id: `user-${number}`, username: `user-${number}`, enabled: true })),
};

let folder: string;
let source: TestServer;
let proxy: Server;
/** Requests whose path it fits get no answer; `held` is told of the first. */
let holds: RegExp | undefined;
let held: () => void;
const data = () => join(folder, "data");

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "cambist-killed-"));
  const admin = { username: "admin", enabled: true, realmRoles: ["admin"], credentials: [{ type: "password", value: "admin" }] };
  source = await testServer([masterRealm({ users: [admin] }), REALM]);
  const { port } = new URL(await source.app.listen({ port: 0, host: "127.0.0.1" }));
  proxy = createServer((incoming, outgoing) => {
    const { method, url: path = "", headers } = incoming;
    if (holds?.test(path)) return held();
    const forwarded = request({ port, host: "127.0.0.1", method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  holds = undefined;
  writeFileSync(join(folder, "acme-realm.json"), JSON.stringify({ ...REALM, users: [] }));
});
afterEach(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await source.close();
  rmSync(folder, { recursive: true });
});

function startMigration(...flags: readonly string[]) {
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const child = spawn(PROGRAM, ["migrate", `--from=${url}`, `--export=${folder}/acme-realm.json`, `--data=${data()}`, ...flags], {
    env: { PATH: process.env["PATH"] ?? "", KC_CLI_PASSWORD: "admin", TMPDIR: folder },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  let heard: (() => void) | undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    heard?.();
  });
  return {
    kill: () => child.kill("SIGKILL"),
    /** From then on nobody reads what it says. */
    turnAway: () => child.stdout.destroy(),
    exit: once(child, "exit").then(([code, signal]) => ({ code: code as number | null, signal: signal as string | null })),
    says: (text: string) =>
      new Promise<void>((resolve) => {
        heard = () => (out.includes(text) ? resolve() : undefined);
        heard();
      }),
  };
}

const leftovers = (where = data()): readonly string[] => readdirSync(where).filter((name) => name.startsWith(".cambist-migrate-"));

/** How many users the realm has, and one of their names; undefined: there is no such realm. */
async function arrived(): Promise<{ readonly users: number; readonly name: string | undefined } | undefined> {
  if (!databaseExists(data())) return undefined;
  const reader = await openReader(data());
  try {
    const realm = await reader.admin.realmByName("acme");
    if (!realm) return undefined;
    return { users: await reader.admin.countUsers(realm.id, {}), name: (await reader.admin.user(realm.id, "user-7"))?.firstName };
  } finally {
    await reader.close();
  }
}

async function migrateInPeace(): Promise<void> {
  expect(await startMigration().exit).toEqual({ code: 0, signal: null });
  expect(leftovers()).toEqual([]);
}

test("a migration that is killed while it reads leaves no realm, and can be repeated", async () => {
  holds = /\/users\?.*first=249/;
  const isReading = new Promise<void>((resolve) => (held = resolve));
  const migration = startMigration();
  await isReading;
  migration.kill();
  expect(await migration.exit).toEqual({ code: null, signal: "SIGKILL" });
  expect(await arrived()).toBeUndefined();
  expect(leftovers()).toHaveLength(1);
  holds = undefined;
  await migrateInPeace();
  expect(await arrived()).toEqual({ users: USERS, name: undefined });
});

test("what a dry run that was killed left of secrets goes with the next; one that still runs keeps its own", async () => {
  holds = /\/users\?.*first=249/;
  const isReading = new Promise<void>((resolve) => (held = resolve));
  const killed = startMigration("--dry-run");
  await isReading;
  killed.kill();
  await killed.exit;
  expect(leftovers(folder)).toHaveLength(1);
  const goesOn = new Promise<void>((resolve) => (held = resolve));
  const running = startMigration("--dry-run");
  await goesOn;
  holds = undefined;
  expect(leftovers(folder)).toHaveLength(1);
  expect(await startMigration("--dry-run").exit).toEqual({ code: 0, signal: null });
  expect(leftovers(folder)).toHaveLength(1);
  running.kill();
  await running.exit;
});

test("one that is killed while it stores leaves the realm as it was, or as it is now, and nothing between", async () => {
  await migrateInPeace();
  const admin = await adminOf(source, { password: "admin" });
  for (const user of [7, USERS - 1]) await admin.put(`/acme/users/user-${user}`, { firstName: "New" });
  await admin.delete("/acme/users/user-8");
  const migration = startMigration();
  await migration.says("what `cambist doctor` finds"); // storing comes next
  migration.kill();
  await migration.exit;
  expect([
    { users: USERS, name: undefined },
    { users: USERS - 1, name: "New" },
  ]).toContainEqual(await arrived());
  await migrateInPeace();
  expect(await arrived()).toEqual({ users: USERS - 1, name: "New" });
});

test("one whose reader goes away (`| head`) goes on to its end", async () => {
  const migration = startMigration();
  await migration.says("read from");
  migration.turnAway();
  expect(await migration.exit).toEqual({ code: 0, signal: null });
  expect(await arrived()).toEqual({ users: USERS, name: undefined });
});
