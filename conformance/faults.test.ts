import { execFileSync } from "node:child_process";
import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { auditRecords, compareWithAudit, expectIntactAudit, type Received, receivedOf } from "./audit.ts";
import { ACCESS_TOKEN, type Answer, realmClient, secretOf, TOKEN_EXCHANGE } from "./client.ts";
import { runLoad } from "./load.ts";
import { type Finished, runCambist, type RunningServer, startServer, temporaryFolder, WORKSHOP } from "./server.ts";

/** What the machine does to a server: a start that cannot work says why in one line and leaves; a running server goes on. */

const scratch = temporaryFolder();
const mounts: string[] = [];
afterAll(() => {
  for (const mount of mounts) execFileSync("umount", ["--lazy", mount]);
  rmSync(scratch, { recursive: true, force: true });
});

const tryStart = (data: string, ...flags: readonly string[]): Promise<Finished> =>
  runCambist(["start-dev", "--http-port=0", "--http-management-port=0", `--data=${data}`, ...flags]);

/** The line for people that a start ended with; or, in words, what it did instead. */
function lastWords({ code, stderr }: Finished): string {
  if (code === null) return "it did not end";
  if (code === 0) return "it ended as if all were well";
  const lines = stderr.trim().split("\n");
  if (lines.length > 3 || /^\s+at /m.test(stderr)) return `that is for developers: ${stderr}`;
  return lines.find((line) => line.startsWith("cambist: ")) ?? `no word of its own: ${stderr}`;
}

describe("a start that cannot work", () => {
  /** A data folder that a server made and left in order. */
  const good = join(scratch, "good");
  beforeAll(async () => {
    await using server = await startServer({ data: good, realms: [WORKSHOP] });
    await realmClient(server.baseUrl, "workshop").signIn({ client_id: "storefront" }, "ada");
    if ((await server.stop()) !== 0) throw new Error(server.stderr());
  });
  let copies = 0;
  function copyOfGood(): string {
    const copy = join(scratch, `copy-${(copies += 1)}`);
    cpSync(good, copy, { recursive: true });
    return copy;
  }

  test("a second server on the same data folder; the first one goes on", async () => {
    await using first = await startServer({ realms: [WORKSHOP] });
    expect(lastWords(await tryStart(first.data))).toMatch(/^cambist: .*(?:in use|another)/i);
    expect((await fetch(`${first.baseUrl}/realms/workshop/protocol/openid-connect/certs`)).status).toBe(200);
  });

  test("the import command while a server runs on the folder", async () => {
    await using first = await startServer({ realms: [WORKSHOP] });
    const file = join(first.data, "..", "import", WORKSHOP);
    expect(lastWords(await runCambist(["import", `--file=${file}`, `--data=${first.data}`]))).toMatch(/^cambist: .*(?:in use|another)/i);
  });

  test.each([1, 2])("a port in use, with %i workers", async (workers) => {
    await using first = await startServer({ flags: ["--workers=2"] });
    const { port } = new URL(first.baseUrl);
    expect(lastWords(await tryStart(join(scratch, `port-${workers}`), `--http-port=${port}`, `--workers=${workers}`))).toMatch(
      new RegExp(`^cambist: .*${port}.*in use`),
    );
    expect((await fetch(`${first.baseUrl}/realms/master/protocol/openid-connect/certs`)).status).toBe(200);
  });

  test("a management port in use", async () => {
    await using first = await startServer();
    const { port } = new URL(first.managementUrl);
    expect(lastWords(await tryStart(join(scratch, "management"), `--http-management-port=${port}`))).toMatch(
      new RegExp(`^cambist: .*${port}`),
    );
  });

  test("a file where the data folder should be", async () => {
    const file = join(scratch, "a-file");
    writeFileSync(file, "");
    expect(lastWords(await tryStart(file))).toMatch(/^cambist: .*(?:a-file)/);
  });

  test("a data folder that cannot be written", async (context) => {
    const mount = mountMemory(context, "read-only", "8m");
    cpSync(good, join(mount, "data"), { recursive: true });
    execFileSync("mount", ["-o", "remount,ro", mount]);
    expect(lastWords(await tryStart(join(mount, "data")))).toMatch(/^cambist: .*(?:read-only|cannot be written|EROFS)/i);
  });

  test("no space for a new database", async (context) => {
    const mount = mountMemory(context, "full-at-start", "1m");
    fill(mount);
    expect(lastWords(await tryStart(join(mount, "data")))).toMatch(/^cambist: .*(?:full|space)/i);
  });

  test("no space for a database that is there", async (context) => {
    const mount = mountMemory(context, "full-later", "8m");
    cpSync(good, join(mount, "data"), { recursive: true });
    fill(mount);
    expect(lastWords(await tryStart(join(mount, "data")))).toMatch(/^cambist: .*(?:full|space)/i);
  });

  test.each([100, 5000, 50_000])("REL-06 a database that ends after %i bytes", async (bytes) => {
    const copy = copyOfGood();
    removeLog(copy);
    truncateSync(databaseOf(copy), bytes);
    expect(lastWords(await tryStart(copy))).toMatch(/^cambist: .*(?:damaged|corrupt|not a database)/i);
  });

  test("REL-06 a database of noise", async () => {
    const copy = copyOfGood();
    removeLog(copy);
    writeFileSync(databaseOf(copy), Buffer.alloc(statSync(databaseOf(copy)).size, "noise"));
    expect(lastWords(await tryStart(copy))).toMatch(/^cambist: .*(?:damaged|corrupt|not a database)/i);
  });

  test("REL-21 a database of a newer schema, which stays as it is", async () => {
    const copy = copyOfGood();
    // No library of ours: a plain statement to the file, in a process of its own.
    const script = `new (require("node:sqlite").DatabaseSync)(process.argv[1]).exec("insert into schema_version (version, name) values (999, 'later')")`;
    execFileSync(process.execPath, ["--no-warnings", "-e", script, databaseOf(copy)]);
    const before = readFileSync(databaseOf(copy));
    expect(lastWords(await tryStart(copy))).toMatch(/^cambist: .*(?:999.*newer)/i);
    expect(readFileSync(databaseOf(copy)).equals(before)).toBe(true);
  });

  test("a database without its key", async () => {
    const copy = copyOfGood();
    rmSync(join(copy, "secret.key"));
    expect(lastWords(await tryStart(copy))).toMatch(/^cambist: .*(?:secret\.key)/);
    expect(readdirSync(copy)).not.toContain("secret.key");
  });

  test("a database with another key", async () => {
    const copy = copyOfGood();
    const other = join(scratch, "other");
    await using server = await startServer({ data: other });
    await server.stop();
    cpSync(join(other, "secret.key"), join(copy, "secret.key"));
    expect(lastWords(await tryStart(copy))).toMatch(/^cambist: .*(?:key)/);
  });

  test("REL-02 a realm file that is not one; the next start without it is like a first", async () => {
    const folder = join(scratch, "bad-import");
    mkdirSync(folder);
    writeFileSync(join(folder, "bad-realm.json"), '{"realm": "bad", "clients": [{"name": "has no clientId"}]}');
    const data = join(scratch, "after-bad-import");
    expect(lastWords(await tryStart(data, `--import-realm=${folder}`))).toMatch(/^cambist: .*(?:bad-realm\.json.*clientId)/);
    await using server = await startServer({ data, realms: [WORKSHOP] });
    expect((await fetch(`${server.baseUrl}/realms/bad`)).status).toBe(404);
    expect((await fetch(`${server.baseUrl}/realms/workshop`)).status).toBe(200);
  });
});

describe("a disk that fills up while the server runs (REL-03)", () => {
  test("no token without a record, keys and discovery stay, and it recovers", { timeout: 90_000 }, async (context) => {
    const mount = mountMemory(context, "fills-up", "16m");
    const data = join(mount, "data");
    await using server = await startServer({ data, realms: [WORKSHOP], flags: ["--log-level=error"] });
    const workshop = realmClient(server.baseUrl, "workshop");
    const { access_token } = await workshop.signIn({ client_id: "storefront" }, "ada");
    const received: Received[] = [];
    const exchange = async (): Promise<Answer> => {
      const answer = await workshop.exchange(access_token, { ...secretOf("gate"), audience: "orders" });
      // A 503 is the one answer that is not on record: nothing could be.
      if (answer.status !== 503) received.push(receivedOf(answer.status, answer.headers.get("cambist-decision"), answer.body));
      return answer;
    };
    expect((await exchange()).status).toBe(200);

    const ballast = fill(mount);
    // The database may have room left in files that are there already; it ends soon.
    const full = await repeat(3000, exchange, ({ status }) => status !== 200);
    expect({ status: full.status, error: full.body["error"] }).toEqual({ status: 503, error: "temporarily_unavailable" });
    expect(full.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(full.body).not.toHaveProperty("access_token");
    for (let count = 0; count < 20; count += 1) expect((await exchange()).status).toBe(503);
    expect((await workshop.exchange("garbage", secretOf("gate"))).status).toBe(503);
    expect(
      (await workshop.token({ grant_type: "password", client_id: "storefront", username: "ada", password: "ada-password" })).status,
    ).toBe(503);

    expect(server.isAlive()).toBe(true);
    for (const path of ["/.well-known/openid-configuration", "/protocol/openid-connect/certs"]) {
      expect((await fetch(workshop.issuer + path)).status).toBe(200);
    }
    expect((await fetch(`${server.managementUrl}/health/live`)).status).toBe(200);

    rmSync(ballast);
    const recovered = await within10Seconds(exchange, ({ status }) => status === 200);
    expect(recovered.status).toBe(200);
    expect((await exchange()).status).toBe(200);
    expect(compareWithAudit(received, await auditRecords(data))).toBe(0);
    expect(await server.stop()).toBe(0);
    await expectIntactAudit(data);
  });
});

describe("a disk that fails while many exchange", () => {
  test("REL-03 a full disk: every token that was given out is on record, none is there twice", { timeout: 180_000 }, async (context) => {
    const mount = mountMemory(context, "fills-under-load", "24m");
    const data = join(mount, "data");
    let ballast = "";
    const { server, received } = await breakInTheMidst(
      { data },
      { breaks: () => (ballast = fill(mount)), isMended: () => rmSync(ballast) },
    );
    await using _server = server;
    expect(compareWithAudit(received, await auditRecords(data))).toBe(0);
    expect(await server.stop()).toBe(0);
    await expectIntactAudit(data);
  });

  test("REL-04 a sync that fails: nothing counts that may not be on the disk, and it passes", { timeout: 180_000 }, async (context) => {
    const control = join(scratch, "sync-fails");
    const data = join(scratch, "failing-sync");
    const { server, received } = await breakInTheMidst(
      { data, environment: { LD_PRELOAD: failingSync(context), FAIL_SYNC_WHILE: control } },
      { breaks: () => writeFileSync(control, ""), isMended: () => rmSync(control) },
    );
    await using _server = server;
    expect(compareWithAudit(received, await auditRecords(data))).toBe(0);
    expect(await server.stop()).toBe(0);
    await expectIntactAudit(data);
  });

  test(
    "REL-04 killed while the sync fails: what was given out is there, and the next start is like any other",
    { timeout: 180_000 },
    async (context) => {
      const control = join(scratch, "sync-fails-at-the-end");
      const data = join(scratch, "killed-in-failure");
      const { server, received } = await breakInTheMidst(
        { data, environment: { LD_PRELOAD: failingSync(context), FAIL_SYNC_WHILE: control } },
        { breaks: () => writeFileSync(control, ""), isMended: () => rmSync(control) },
      );
      await using _server = server;
      const workshop = realmClient(server.baseUrl, "workshop");
      const { access_token } = await workshop.signIn({ client_id: "storefront" }, "ada");
      writeFileSync(control, "");
      const last = await Promise.all(
        Array.from({ length: 8 }, () => workshop.exchange(access_token, { ...secretOf("gate"), audience: "orders" })),
      );
      expect(last.map(({ status }) => status)).toEqual(last.map(() => 503));
      await server.kill();
      rmSync(control);
      // What was written and not synced may be found again: no more of it than was under way.
      expect(compareWithAudit(received, await auditRecords(data))).toBeLessThanOrEqual(last.length);
      await expectIntactAudit(data);
      await using again = await startServer({ data });
      const after = realmClient(again.baseUrl, "workshop");
      expect((await after.signIn({ client_id: "storefront" }, "ada")).access_token).toMatch(/^eyJ/);
    },
  );
});

/** Load on a server of its own; a disk that breaks in the midst, for so many answers, and is mended again. */
async function breakInTheMidst(
  { data, environment = {} }: { readonly data: string; readonly environment?: Readonly<Record<string, string>> },
  disk: { readonly breaks: () => void; readonly isMended: () => void },
): Promise<{ readonly server: RunningServer; readonly received: readonly Received[]; readonly refused: number }> {
  const server = await startServer({ data, environment, realms: [WORKSHOP], flags: ["--log-level=error", "--workers=2"] });
  const workshop = realmClient(server.baseUrl, "workshop");
  const { access_token } = await workshop.signIn({ client_id: "storefront" }, "ada");
  const body = (audience: string): string =>
    new URLSearchParams({
      grant_type: TOKEN_EXCHANGE,
      client_id: "gate",
      client_secret: "gate-secret",
      subject_token: access_token,
      subject_token_type: ACCESS_TOKEN,
      audience,
    }).toString();
  const stopped = new AbortController();
  const [worked, failed, worksAgain] = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let [good, refused, later] = [0, 0, 0];
  const load = runLoad({
    url: workshop.tokenUrl,
    bodies: ["orders", "billing", "nobody"].map(body),
    connections: 8,
    signal: stopped.signal,
    onAnswer: ({ status }) => {
      if (status === 503 && (refused += 1) === 60) failed.resolve();
      if (status === 200 && (good += 1) === 60) worked.resolve();
      if (status === 200 && refused >= 60 && (later += 1) === 60) worksAgain.resolve();
    },
  });
  await worked.promise;
  disk.breaks();
  await failed.promise;
  expect(server.isAlive()).toBe(true);
  for (const path of ["/.well-known/openid-configuration", "/protocol/openid-connect/certs"])
    expect((await fetch(workshop.issuer + path)).status).toBe(200);
  disk.isMended();
  await worksAgain.promise;
  stopped.abort();
  const { received, unanswered } = await load;
  expect({ unanswered, odd: received.filter(({ status }) => ![200, 400, 503].includes(status)) }).toEqual({ unanswered: 0, odd: [] });
  expect(received.filter(({ status, jti }) => status === 503 && jti !== undefined)).toEqual([]);
  // A 503 is the one answer that is not on record: nothing could be.
  return { server, received: received.filter(({ status }) => status !== 503), refused };
}

/** A library whose syncs fail on demand; skips the test where there is no compiler to make it. */
function failingSync(context: TestContext): string {
  const library = join(scratch, "failing-sync.so");
  try {
    execFileSync("cc", ["-shared", "-fPIC", "-o", library, join(import.meta.dirname, "faults/failing-sync.c")], { stdio: "ignore" });
  } catch {
    context.skip("needs a C compiler");
  }
  return library;
}

async function repeat<T>(times: number, work: () => Promise<T>, done: (result: T) => boolean): Promise<T> {
  let result = await work();
  for (let count = 1; count < times && !done(result); count += 1) result = await work();
  return result;
}

async function within10Seconds<T>(work: () => Promise<T>, done: (result: T) => boolean): Promise<T> {
  const deadline = Date.now() + 10_000;
  let result = await work();
  while (!done(result) && Date.now() < deadline) {
    await setTimeout(200);
    result = await work();
  }
  return result;
}

const databaseOf = (data: string): string => join(data, "cambist.db");
function removeLog(data: string): void {
  for (const suffix of ["-wal", "-shm"]) rmSync(databaseOf(data) + suffix, { force: true });
}

/** A small disk in memory; skips the test where this machine does not let us mount. */
function mountMemory(context: TestContext, name: string, size: string): string {
  const folder = join(scratch, name);
  mkdirSync(folder);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    context.skip("needs the right to mount a tmpfs");
  }
  mounts.push(folder);
  return folder;
}

/** Takes all space that is left. @returns the file to remove for getting it back */
function fill(mount: string): string {
  const ballast = join(mount, "ballast");
  const file = openSync(ballast, "w");
  for (const size of [65_536, 4096, 512]) {
    try {
      for (;;) writeSync(file, Buffer.alloc(size));
    } catch {
      // Full for this size.
    }
  }
  closeSync(file);
  return ballast;
}
