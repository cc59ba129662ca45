import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DATABASE_FILE } from "./database-file.ts";
import { findDamage, wasLeftOpen } from "./integrity.ts";
import { openStore } from "./open.ts";
import { auditRecord } from "./testing/rows.ts";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "cambist-integrity-"))));
afterEach(() => rmSync(folder, { recursive: true }));

test("a folder that was closed is told from one that was not", async () => {
  expect(wasLeftOpen(folder)).toBe(false);
  const store = await openStore(folder);
  expect([store.wasLeftOpen, wasLeftOpen(folder)]).toEqual([false, true]);
  await store.close();
  expect(wasLeftOpen(folder)).toBe(false);

  // What a killed process leaves beside the file.
  writeFileSync(join(folder, `${DATABASE_FILE}-wal`), "");
  const again = await openStore(folder);
  expect(again.wasLeftOpen).toBe(true);
  await again.close();
});

test("a whole database has no findings, also while it is open", async () => {
  const store = await openStore(folder);
  await store.writer.write({ audit: [auditRecord()] });
  expect(findDamage(folder)).toEqual([]);
  await store.close();
  expect(findDamage(folder)).toEqual([]);
});

test("a page that was overwritten is found", async () => {
  const store = await openStore(folder);
  await store.writer.write({ audit: Array.from({ length: 500 }, (_, index) => auditRecord({ id: `decision-${index}` })) });
  await store.close();
  const path = join(folder, DATABASE_FILE);
  const bytes = readFileSync(path);
  for (let page = Math.floor(bytes.length / 4096 / 2); page < bytes.length / 4096 - 1; page += 3)
    bytes.fill(0x5a, page * 4096, page * 4096 + 4096);
  writeFileSync(path, bytes);
  const findings = findDamage(folder);
  expect(findings.length).toBeGreaterThan(0);
  expect(findings.length).toBeLessThanOrEqual(10);
});
