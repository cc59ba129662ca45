import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { JsonScanner, ScanFault, type Treatment } from "./json-scanner.ts";

/** Reads a document in chunks of the given sizes (the last one again and again). */
function scan(json: string, sizes: readonly number[], treatment: (member: string) => Treatment = () => "whole"): Map<string, unknown> {
  const bytes = Buffer.from(json);
  const scanner = new JsonScanner(treatment);
  const found = new Map<string, unknown>();
  for (let start = 0, i = 0; start < bytes.length; i++) {
    const end = start + Math.max(1, sizes[Math.min(i, sizes.length - 1)] ?? bytes.length);
    for (const { member, index, bytes: piece } of scanner.feed(bytes.subarray(start, end))) {
      const value: unknown = JSON.parse(piece.toString());
      if (index === undefined) found.set(member, value);
      else {
        const list = (found.get(member) ?? []) as unknown[];
        if (index !== list.length) throw new Error(`element ${index} came after ${list.length} others`);
        found.set(member, [...list, value]);
      }
    }
    start = end;
  }
  scanner.end();
  return found;
}

/** What reading a text ends with: nothing, or what was thrown. */
function outcome(json: string, size: number): unknown {
  const scanner = new JsonScanner(() => "elements");
  try {
    for (let start = 0; start < json.length; start += size) scanner.feed(Buffer.from(json.slice(start, start + size)));
    scanner.end();
    return undefined;
  } catch (error) {
    return error;
  }
}

const clientsOnly = (member: string): Treatment => (member === "clients" ? "elements" : member === "users" ? "skip" : "whole");

const realm = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
const space = fc.constantFrom(undefined, 1, "\t");
const chunks = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });

describe("a document read in pieces", () => {
  test("has the members it has when it is read at once, wherever the chunks end", () => {
    fc.assert(
      fc.property(realm, space, chunks, (document, indent, sizes) => {
        const json = JSON.stringify(document, null, indent);
        const expected = new Map(Object.entries(JSON.parse(json) as Record<string, unknown>));
        expect(scan(json, sizes)).toEqual(expected);
      }),
    );
  });

  test("hands lists over element by element, and skips what nobody wants", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), chunks, (clients, sizes) => {
        const json = JSON.stringify({ realm: "r", users: [{ a: ["]", '"', "}"] }], clients, last: 1 }, null, 1);
        expect(scan(json, sizes, clientsOnly)).toEqual(
          new Map<string, unknown>([
            ["realm", "r"],
            ["clients", JSON.parse(JSON.stringify(clients))],
            ["last", 1],
          ]),
        );
      }),
    );
  });

  test("counts the members of each piece", () => {
    const scanner = new JsonScanner(() => "whole");
    const pieces = scanner.feed(Buffer.from('{"a":{"b":[{"c:":":"}],"d":"\\":"},"e":1}'));
    expect(pieces.map(({ member, colons }) => [member, colons])).toEqual([
      ["a", 3],
      ["e", 0],
    ]);
  });

  test("takes placeholders where a value should be", () => {
    const scanner = new JsonScanner(() => "whole");
    const pieces = scanner.feed(Buffer.from('{"enabled": ${ENABLED:true}, "list": [${A}, ${B:{}}], "last": ${C} }'));
    expect(pieces.map(({ bytes }) => bytes.toString().trim())).toEqual(["${ENABLED:true}", "[${A}, ${B:{}}]", "${C}"]);
  });

  test.each([
    ["nothing", "", "the file ends too early"],
    ["no object", '"realm"', "a realm file is a JSON object, or an array of them"],
    ["an end inside a member", '{"realm":"r","roles":{"realm":[', "the file ends inside this member"],
    ["an end after a comma", '{"realm":"r",', "the file ends too early"],
    ["an end inside an escape", '{"realm":"\\', "the file ends inside this member"],
    ["a name without quotes", "{realm:1}", "a member name in quotes should be here"],
    ["a missing colon", '{"realm" 1}', "a colon should be here"],
    ["a missing comma", '{"realm":{} "x":1}', "a comma or a closing brace should be here"],
    ["a missing comma between elements", '{"clients":[{} {}]}', "a comma or a closing bracket should be here"],
    ["a member twice", '{"realm":"a","realm":"b"}', "this member is there twice"],
    ["the same name written otherwise", '{"realm":"a","r\\u0065alm":"b"}', "this member is there twice"],
    ["a name that is no string", '{"re\\xalm":1}', "a member name that is not a JSON string"],
    ["text after the end", '{"realm":"r"} {}', "more text after the end"],
    ["bottomless nesting", `{"realm":${"[".repeat(200)}`, "nested deeper than 100 levels"],
  ])("%s is a fault", (_title, json, reason) => {
    const read = (sizes: readonly number[]) => () => scan(json, sizes, (member) => (member === "clients" ? "elements" : "whole"));
    for (const sizes of [[1000], [1]]) {
      expect(read(sizes)).toThrow(ScanFault);
      expect(read(sizes)).toThrow(reason);
    }
  });

  test("whatever the bytes, it ends with pieces or a fault", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("{", "}", "[", "]", '"', ":", ",", "\\", "1", "a", " ", "$") }),
        chunks,
        (json, sizes) => {
          expect(outcome(json, sizes[0] ?? 1)).toSatisfy((error) => error === undefined || error instanceof ScanFault);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
