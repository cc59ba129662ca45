import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DATABASE_FILE } from "./database-file.ts";
import { kyselyOver } from "./dialects/sqlite-kysely.ts";
import { DatabaseCorrupt, DatabaseTooNew, DataFolderInUse, DataFolderUnusable } from "./errors.ts";
import { migrate, MIGRATIONS } from "./migrations/migrate.ts";
import { SQLITE_WORDS } from "./migrations/migration.ts";
import { openStore } from "./open.ts";
import { openReader } from "./reader.ts";
import { StorageUnavailable } from "./ports.ts";
import { schemaVersion } from "./schema-version.ts";
import { auditRecord, NOW, REALM, realmRow, userRow, userSession } from "./testing/rows.ts";

const IS_ROOT = process.getuid?.() === 0;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cambist-faults-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});
const database = () => join(folder, DATABASE_FILE);

/** Fills and closes the database of `folder`; the log is folded into the file. */
async function fillAndClose(records = 50): Promise<void> {
  const store = await openStore(folder);
  for (let index = 0; index < records; index += 1) await store.writer.write({ audit: [auditRecord({ id: `record-${index}` })] });
  await store.close();
}

function startLoad(): { readonly child: ChildProcess; readonly lines: AsyncIterableIterator<string> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, "testing/load-child.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

describe("a process that dies", () => {
  test("REL-01 kill -9 under load loses no acknowledged record, three times over", { timeout: 60_000 }, async () => {
    const acknowledged = new Set<string>();
    for (let round = 1; round <= 3; round += 1) {
      const { child, lines } = startLoad();
      for await (const line of lines) {
        if (line !== "ready") acknowledged.add(line);
        // The pipe may hold more: what was told before the kill counts, so the loop goes on to its end.
        if (acknowledged.size >= round * 500) child.kill("SIGKILL");
      }
      const store = await openStore(folder);
      const recorded = new Set((await store.reader.audit.list({ limit: 1_000_000 })).map(({ id }) => id));
      expect([...acknowledged].filter((id) => !recorded.has(id))).toEqual([]);
      expect(await store.reader.audit.verify()).toMatchObject({ ok: true, records: recorded.size });
      for (const id of [...acknowledged].slice(-20)) {
        expect((await store.reader.state.tokenState(REALM, { sessionId: id })).session).toEqual(userSession({ id }));
        const claim = { claim: "once", realmId: REALM, kind: "jti", key: id, expiresAt: NOW + 60 } as const;
        expect(await store.writer.write({ guards: [claim] })).toEqual({ ok: false, refused: 0 });
      }
      await store.close();
    }
    expect(acknowledged.size).toBeGreaterThanOrEqual(1_500);
  });

  test("lets the data folder go at once", { timeout: 30_000 }, async () => {
    const { child, lines } = startLoad();
    await lines.next();
    await expect(openStore(folder)).rejects.toThrow(DataFolderInUse);
    child.kill("SIGKILL");
    await once(child, "exit");
    await (await openStore(folder)).close();
  });
});

describe("a data folder", () => {
  test("has one owner, in one process too", async () => {
    const store = await openStore(folder);
    await expect(openStore(folder)).rejects.toThrow(DataFolderInUse);
    // The refused one must not have taken the lock of the first along.
    await expect(openStore(folder)).rejects.toThrow(`the data folder ${folder} is in use by another server`);
    await store.close();
    await (await openStore(folder)).close();
  });

  test("is made with files only its owner may read", async () => {
    folder = join(folder, "new/data");
    await fillAndClose(1);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(database()).mode & 0o777).toBe(0o600);
  });

  test("that is a file is refused with its cause", async () => {
    const path = join(folder, "file");
    writeFileSync(path, "");
    await expect(openStore(path)).rejects.toThrow(DataFolderUnusable);
    await expect(openStore(path)).rejects.toThrow(`the data folder ${path} cannot be used: it is a file`);
    await expect(openStore(join(path, "below"))).rejects.toThrow("a part of its path is a file");
  });

  test("that may not be written is refused with its cause", async () => {
    await fillAndClose(1);
    chmodSync(folder, 0o555);
    // Root may write everywhere, so it sends somebody else.
    const identity = IS_ROOT ? { uid: 65_534, gid: 65_534 } : {};
    const child = spawnSync(process.execPath, [join(import.meta.dirname, "testing/load-child.ts"), folder], {
      ...identity,
      encoding: "utf8",
    });
    chmodSync(folder, 0o700);
    expect(child.stdout).toBe("");
    expect(child.stderr).toContain(`DataFolderUnusable: the data folder ${folder} cannot be used: permission denied`);
  });

  test("that was let go is written no more", async () => {
    const store = await openStore(folder);
    const last = store.writer.write({ audit: [auditRecord()] });
    await store.close();
    await expect(last).rejects.toThrow(StorageUnavailable);
    await expect(store.writer.write({ audit: [auditRecord()] })).rejects.toThrow("the store is closed");
  });

  test("without a database has no reader", async () => {
    await expect(openReader(folder)).rejects.toThrow(DataFolderUnusable);
  });

  test("can be reopened with all it held", async () => {
    await fillAndClose(50);
    const store = await openStore(folder);
    await store.writer.write({ audit: [auditRecord()] });
    expect(await store.reader.audit.verify()).toEqual({ ok: true, records: 51, from: 1, to: 51 });
    await store.close();
  });
});

describe("a database", () => {
  test("SEC-DB-03 waits for the disk at each commit", async () => {
    const store = await openStore(folder);
    const setting = (name: string) =>
      store.core.transact(({ database }) => Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0]);
    expect([setting("journal_mode"), setting("synchronous"), setting("foreign_keys")]).toEqual(["wal", 2, 1]);
    await store.close();
  });

  test("REL-21 of a newer version is refused and left alone", async () => {
    await fillAndClose(1);
    const raw = new DatabaseSync(database());
    raw.exec(`insert into schema_version (version, name) values (${MIGRATIONS.length + 1}, 'from-the-future')`);
    raw.close();
    await expect(openStore(folder)).rejects.toThrow(DatabaseTooNew);
    await expect(openStore(folder)).rejects.toThrow(`the database is of schema version ${MIGRATIONS.length + 1}`);
    await expect(openReader(folder)).rejects.toThrow(DatabaseTooNew);
  });

  test("REL-06 that was cut off is noticed", async () => {
    await fillAndClose(200);
    truncateSync(database(), Math.floor(statSync(database()).size / 2));
    await expect(openStore(folder)).rejects.toThrow(DatabaseCorrupt);
  });

  test("REL-06 that is something else is noticed", async () => {
    writeFileSync(database(), "this is no database, it only has its name".repeat(200));
    await expect(openStore(folder)).rejects.toThrow(DatabaseCorrupt);
    await expect(openStore(folder)).rejects.toThrow(/^the database in .* is damaged: file is not a database; restore it from a backup$/);
  });

  test("REL-06 of which the schema is damaged is noticed", async () => {
    await fillAndClose(10);
    const bytes = readFileSync(database());
    bytes.fill(0xff, 100, 4_096);
    writeFileSync(database(), bytes);
    await expect(openStore(folder)).rejects.toThrow(DatabaseCorrupt);
  });

  test("REL-02 whose migration was interrupted goes on from there", async () => {
    mkdirSync(folder, { recursive: true });
    const raw = new DatabaseSync(database());
    const db = kyselyOver(raw);
    const broken = MIGRATIONS.map((migration, index) => ({
      name: migration.name,
      up: async (...context: Parameters<typeof migration.up>) => {
        await migration.up(...context);
        if (index === 2) throw new Error("power cut");
      },
    }));
    await expect(migrate(db, SQLITE_WORDS, 0, broken)).rejects.toThrow("power cut");
    expect(schemaVersion(raw)).toBe(2);
    await expect(openReader(folder)).rejects.toThrow(`the database in ${folder} is of an older version: start the server on it once`);
    raw.close();
    await fillAndClose(1);
    const store = await openStore(folder);
    expect(await store.reader.audit.verify()).toMatchObject({ ok: true, records: 1 });
    await store.close();
  });
});

const filler = (index: number) => auditRecord({ id: `fill-${index}`, details: { filler: "x".repeat(20_000) } });

describe("REL-03 a full disk", () => {
  test("fails writes as unavailable, keeps reads, and ends by itself", async () => {
    const store = await openStore(folder);
    await store.writer.write({ audit: [auditRecord({ id: "before" })] });
    const limit = (pages: number) => store.core.transact(({ database }) => database.exec(`pragma max_page_count = ${pages}`));
    limit(1);
    const session = { do: "createSession", realmId: REALM, session: userSession(), expiresAt: NOW + 60 } as const;
    const claim = { claim: "once", realmId: REALM, kind: "jti", key: "key", expiresAt: NOW + 60 } as const;
    const units = [{ guards: [claim], commands: [session] }, ...Array.from({ length: 30 }, (_, index) => ({ audit: [filler(index)] }))];
    const settled = await Promise.allSettled(units.map((unit) => store.writer.write(unit)));
    for (const result of settled) {
      expect(result).toMatchObject({ status: "rejected", reason: expect.any(StorageUnavailable) });
    }
    await expect(store.writer.write({ audit: [filler(99), filler(100)] })).rejects.toThrow(
      "the change could not be stored: the disk is full",
    );
    expect((await store.reader.audit.list({ limit: 10 })).map(({ id }) => id)).toEqual(["before"]);
    expect((await store.reader.state.tokenState(REALM, { sessionId: "session-1" })).session).toBeUndefined();
    limit(1_000_000);
    expect(await Promise.all(units.map((unit) => store.writer.write(unit)))).toEqual(units.map(() => ({ ok: true })));
    expect(await store.reader.audit.verify()).toMatchObject({ ok: true, records: 31 });
    await store.close();
  });

  test("fails an import as unavailable and leaves nothing of it", async () => {
    const store = await openStore(folder);
    store.core.transact(({ database }) => database.exec("pragma max_page_count = 200"));
    const failing = store.imports.importing(async (sink) => {
      await sink.realm(realmRow());
      for (let batch = 0; batch < 100; batch += 1) {
        const users = Array.from({ length: 100 }, () => userRow({ attributes: { filler: ["x".repeat(500)] } }));
        // A work that goes on after a failure must not write outside of its transaction.
        await sink.users(REALM, users).catch(() => {});
      }
    });
    await expect(failing).rejects.toThrow(StorageUnavailable);
    expect(await store.reader.config.realmNames()).toEqual([]);
    store.core.transact(({ database }) => database.exec("pragma max_page_count = 1000000"));
    await store.imports.importing((sink) => sink.realm(realmRow()));
    expect(await store.reader.config.realmNames()).toEqual(["platform"]);
    await store.close();
  });

  const mounts = IS_ROOT && spawnSync("mount", ["--version"]).status === 0;
  test.runIf(mounts)("of a real file system: at start, while running, and after", async () => {
    const disk = join(folder, "disk");
    mkdirSync(disk);
    // A machine that forbids mounting has nothing to test here.
    if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", disk]).status !== 0) return;
    try {
      const data = join(disk, "data");
      const store = await openStore(data);
      const fill = async (): Promise<unknown> => {
        for (let index = 0; ; index += 1) {
          const error = await store.writer.write({ audit: [filler(index)] }).catch((reason: unknown) => reason);
          if (error instanceof Error) return error;
        }
      };
      expect(await fill()).toBeInstanceOf(StorageUnavailable);
      expect(await store.reader.audit.verify()).toMatchObject({ ok: true });
      const records = (await store.reader.audit.list({ limit: 10_000 })).length;
      expect(records).toBeGreaterThan(10);
      expect(spawnSync("mount", ["-o", "remount,size=8m", disk]).status).toBe(0);
      expect(await store.writer.write({ audit: [auditRecord()] })).toEqual({ ok: true });
      expect(await store.reader.audit.verify()).toMatchObject({ ok: true, records: records + 1 });
      await store.close();

      writeFileSync(join(disk, "filler"), "");
      spawnSync("dd", ["if=/dev/zero", `of=${join(disk, "filler")}`, "bs=4096"]);
      await expect(openStore(data)).rejects.toThrow(`the data folder ${data} cannot be used: the disk is full`);
      const fresh = join(disk, "fresh");
      await expect(openStore(fresh)).rejects.toThrow(DataFolderUnusable);
      rmSync(join(disk, "filler"));
      await (await openStore(data)).close();
      await (await openStore(fresh)).close();
    } finally {
      spawnSync("umount", [disk]);
    }
  });
});

describe("REL-04 I/O errors", () => {
  const limits = spawnSync("prlimit", ["--version"]).status === 0;
  test.runIf(limits)("fail writes as unavailable until the disk takes them again", { timeout: 60_000 }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, "testing/io-fault-child.ts"), folder]);
    const report = JSON.parse(stdout) as { name: string; cause: number; written: number; readable: number; verdict: object };
    expect(report.name).toBe("StorageUnavailable");
    // SQLITE_IOERR in its low byte.
    expect(report.cause & 0xff).toBe(10);
    expect(report.written).toBeGreaterThan(10);
    expect(report.readable).toBe(report.written + 1);
    expect(report.verdict).toEqual({ ok: true, records: report.written + 2, from: 1, to: report.written + 2 });
  });
});
