import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import * as fc from "fast-check";
import { expect, test } from "vitest";

import { storeRealm } from "./import-realms.ts";
import { ImportError } from "./import-error.ts";
import { documentOf, fileDocument, type RealmDocument } from "./realm-document.ts";
import { fixture, tools } from "./testing/import-testing.ts";
import { type TempStore, tempStore, Voice } from "./testing/temp-store.ts";

/** Without its keys: making the same ones readable a hundred times is not what is tried here. */
async function exported(realm: string): Promise<Record<string, unknown>> {
  const file = JSON.parse(await readFile(fixture(realm), "utf8")) as {
    components: Record<string, { providerId: string; config: object }[]>;
  };
  file.components["org.keycloak.keys.KeyProvider"] = [{ providerId: "aes-generated", config: {} }];
  return file;
}

type Path = readonly (string | number)[];
function paths(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, member]) => paths(member, [...path, Array.isArray(value) ? Number(name) : name]))];
}
/** A copy in which one value is another one. */
function changed(value: unknown, [first, ...rest]: Path, replacement: unknown): unknown {
  if (first === undefined) return replacement;
  const copy: Record<string | number, unknown> = Array.isArray(value)
    ? ([...(value as unknown[])] as unknown as Record<number, unknown>)
    : { ...(value as object) };
  copy[first] = changed(copy[first], rest, replacement);
  return copy;
}
const junk = fc.oneof(
  fc.constantFrom(
    null,
    true,
    0,
    -1,
    1e300,
    "",
    "x",
    "\u0000",
    "\uD800",
    [],
    {},
    [null],
    [[]],
    [{}],
    { id: {} },
    "[",
    '["x"]',
    "x".repeat(300),
    { constructor: 1 },
    { toString: [] },
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

/** All of it or nothing: a realm that is there is whole, and a refusal is of the one kind that names the place. */
async function allOrNothing(temp: TempStore, realm: string, main: RealmDocument): Promise<"stored" | "refused"> {
  const error: unknown = await storeRealm(temp.store, { realm, main, users: [] }, tools, true, new Voice()).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const stored = await temp.store.reader.config.realmNames();
  if (error === undefined) return "stored";
  if (!(error instanceof ImportError)) throw new Error("the import failed in another way", { cause: error });
  if (/-secret|[\n\r]/.test(error.message)) throw new Error(`this shows too much: ${error.message}`);
  if (stored.length > 0) throw new Error("a part of the refused realm is stored");
  return "refused";
}
async function clear(temp: TempStore): Promise<void> {
  for (const name of await temp.store.reader.config.realmNames()) {
    await temp.store.imports.importing(async (sink) => sink.deleteRealm((await sink.findRealmId(name)) ?? ""));
  }
}

test.each(["apixion", "shared-services"])(
  "an export of %s with one wrong value is stored or refused, never half",
  { timeout: 120_000 },
  async (realm) => {
    await using temp = await tempStore();
    const file = await exported(realm);
    const places = paths(file).filter((path) => path.length > 0 && path[0] !== "authenticationFlows");
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), junk, async (path, value) => {
        const representation = changed(file, path, value) as Record<string, unknown>;
        outcomes.add(await allOrNothing(temp, realm, documentOf("fuzz.json", representation)));
        await clear(temp);
      }),
      { numRuns: 300 },
    );
    expect([...outcomes].toSorted()).toEqual(["refused", "stored"]);
  },
);

test("a file that ends anywhere, or has a byte changed anywhere, is stored or refused, never half", { timeout: 120_000 }, async () => {
  await using temp = await tempStore();
  const bytes = Buffer.from(JSON.stringify(await exported("tenant-acme"), null, 1));
  const path = join(temp.files, "fuzz.json");
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.option(fc.nat(255)), async (place, byte) => {
      const damaged = byte === null ? bytes.subarray(0, place) : Buffer.from(bytes);
      if (byte !== null) damaged[place] = byte;
      await writeFile(path, damaged);
      expect(await allOrNothing(temp, "tenant-acme", fileDocument(path))).toMatch(/stored|refused/);
      await clear(temp);
    }),
    { numRuns: 200 },
  );
});
