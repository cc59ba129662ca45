import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkRooms } from "./check-rooms.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rooms-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A tree in which every room declares every dependency, so that only the changed fact can be refused. */
function tree(files: Readonly<Record<string, string>>): string[] {
  const names = ["@cambist/protocol", "@cambist/core", "@cambist/store", "@cambist/server", "kysely", "fastify", "@fastify/helmet", "jose"];
  const manifest = JSON.stringify({ dependencies: Object.fromEntries(names.map((name) => [name, "1.0.0"])) });
  const manifests = Object.fromEntries(["protocol", "core", "store", "server"].map((room) => [`packages/${room}/package.json`, manifest]));
  for (const [path, text] of Object.entries({ ...manifests, "conformance/package.json": manifest, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return checkRooms(root);
}

test("this repository keeps its own rules", () => {
  expect(checkRooms(resolve(import.meta.dirname, ".."))).toEqual([]);
});

describe("allows", () => {
  test.each([
    ["core to use protocol", "packages/core/a.ts", `import { A } from "@cambist/protocol/a.ts";`],
    ["core to import its own files", "packages/core/a/b.ts", `import { A } from "../c.ts"; export { D } from "./d.ts";`],
    ["core to turn a given instant into a date", "packages/core/a.ts", `export const f = (ms: number) => new Date(ms).toISOString();`],
    ["core to use arithmetic", "packages/core/a.ts", `export const f = (a: number) => Math.min(a, Date.UTC(2020, 1));`],
    ["store to use types of core", "packages/store/a.ts", `import type { A } from "@cambist/core/model.ts";`],
    ["store to use inline types of core", "packages/store/a.ts", `import { type A } from "@cambist/core/model.ts";`],
    ["store its SQL text", "packages/store/a.ts", `export const q = "SELECT a FROM b";`],
    ["store its engine", "packages/store/a.ts", `import { DatabaseSync } from "node:sqlite"; import { sql } from "kysely";`],
    ["store's contract to use vitest", "packages/store/contract.ts", `import { test } from "vitest";`],
    ["server its libraries", "packages/server/a.ts", `import fastify from "fastify"; import helmet from "@fastify/helmet";`],
    ["server a sentence that begins with Select", "packages/server/a.ts", `export const text = "Select a realm from the list";`],
    ["tests of core to run on Node", "packages/core/a.test.ts", `import { readFileSync } from "node:fs"; import { test } from "vitest";`],
    ["tests of store to use values of core", "packages/store/a.test.ts", `import { A } from "@cambist/core/model.ts";`],
    ["scripts to use the rooms", "scripts/a.ts", `import { A } from "@cambist/server/a.ts";`],
    ["a comment that names the clock", "packages/core/a.ts", `// never Date.now()\nexport const a = "Math.random()";`],
  ])("%s", (_title, path, text) => {
    expect(tree({ [path]: text })).toEqual([]);
  });
});

describe("refuses", () => {
  test.each([
    ["protocol using core", "packages/protocol/a.ts", `import { A } from "@cambist/core/a.ts";`, /may not import "@cambist\/core"/],
    ["protocol with a function", "packages/protocol/a.ts", `export const f = () => 1;`, /a function/],
    ["protocol with a class", "packages/protocol/a.ts", `export class A {}`, /a class/],
    ["core using store", "packages/core/a.ts", `import type { A } from "@cambist/store/ports.ts";`, /may not import "@cambist\/store"/],
    [
      "core using store by a re-export",
      "packages/core/a.ts",
      `export { A } from "@cambist/store/a.ts";`,
      /may not import "@cambist\/store"/,
    ],
    ["core using store by export *", "packages/core/a.ts", `export * from "@cambist/store/a.ts";`, /may not import "@cambist\/store"/],
    ["core using store by import()", "packages/core/a.ts", `import("@cambist/store/a.ts");`, /may not import "@cambist\/store"/],
    ["core using store by an import type", "packages/core/a.ts", `export type A = import("@cambist/store/a.ts").A;`, /may not import/],
    ["core using a built-in", "packages/core/a.ts", `import { createHash } from "node:crypto";`, /may not import "node:crypto"/],
    ["core using a library", "packages/core/a.ts", `import * as jose from "jose";`, /may not import "jose"/],
    ["core using vitest outside a test", "packages/core/a.ts", `import { test } from "vitest";`, /may not import "vitest"/],
    ["core reading the clock", "packages/core/a.ts", `export const f = () => Date.now();`, /Date\.now/],
    ["core reading the clock by a new date", "packages/core/a.ts", `export const f = () => new Date();`, /new Date\(\)/],
    ["core reading the clock by another name", "packages/core/a.ts", `const { now } = Date; export { now };`, /has Date:/],
    ["core reading the clock by a computed name", "packages/core/a.ts", `export const f = () => Date["now"]();`, /Date\./],
    ["core drawing randomness", "packages/core/a.ts", `export const f = () => Math.random();`, /Math\.random/],
    ["core drawing randomness by a computed name", "packages/core/a.ts", `export const f = (n: string) => Math[n]();`, /Math\.random/],
    ["core waiting", "packages/core/a.ts", `export async function f() {}`, /async/],
    ["core with SQL text", "packages/core/a.ts", `export const q = "select a from b";`, /SQL text/],
    ["store using values of core", "packages/store/a.ts", `import { decide } from "@cambist/core/a.ts";`, /only types/],
    ["store mixing a value among types", "packages/store/a.ts", `import { type A, b } from "@cambist/core/a.ts";`, /only types/],
    ["store speaking HTTP", "packages/store/a.ts", `import http from "node:http";`, /may not import "node:http"/],
    ["store using server", "packages/store/a.ts", `import { A } from "@cambist/server/a.ts";`, /may not import "@cambist\/server"/],
    ["server with SQL text", "packages/server/a.ts", `export const q = "SELECT a FROM b";`, /SQL text/],
    ["server with SQL in a template", "packages/server/a.ts", "export const q = (t: string) => `DELETE FROM ${t}`;", /SQL text/],
    ["server opening SQLite itself", "packages/server/a.ts", `import { DatabaseSync } from "node:sqlite";`, /may not import "node:sqlite"/],
    ["server using kysely", "packages/server/a.ts", `import { sql } from "kysely";`, /may not import "kysely"/],
    ["a built-in without its prefix", "packages/server/a.ts", `import fs from "fs";`, /write "node:fs"/],
    ["a path out of the room", "packages/server/a.ts", `import { A } from "../core/a.ts";`, /reaches out of the room/],
    ["test code in a program", "packages/server/a.ts", `import { facts } from "@cambist/core/testing/facts.ts";`, /test code/],
    ["test code of the same room in a program", "packages/core/a.ts", `import { facts } from "./testing/facts.ts";`, /test code/],
    ["a computed import", "packages/server/a.ts", `export const f = (name: string) => import(name);`, /computed/],
    ["conformance using our constants", "conformance/a.test.ts", `import { A } from "@cambist/protocol/a.ts";`, /may not import/],
    ["an undeclared dependency", "packages/server/a.ts", `import pino from "pino";`, /without declaring it/],
    ["examples reaching into the server", "examples/a.ts", `import { A } from "@cambist/server/a.ts";`, /may not import/],
  ])("%s", (_title, path, text, message) => {
    const offences = tree({ [path]: text });
    expect(offences).toHaveLength(1);
    expect(offences[0]).toMatch(message);
    expect(offences[0]).toContain(`${path}:1: `);
  });

  test("a package without a row in the table", () => {
    expect(tree({ "packages/extra/a.ts": "" })).toEqual([expect.stringContaining("packages/extra: no such room")]);
  });

  test("to pass over a file it cannot read", () => {
    expect(() => tree({ "packages/core/a.ts": "export const = ;" })).toThrow(SyntaxError);
  });
});
