import * as fc from "fast-check";
import { expect, test } from "vitest";

import { findJsonFault } from "./json-fault.ts";

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test("finds nothing in JSON", () => {
  const json = fc.json().filter((text) => !text.includes("__proto__"));
  fc.assert(
    fc.property(json, (text) => {
      expect(findJsonFault(text, "")).toBeUndefined();
    }),
  );
});

test("finds something in whatever JSON.parse refuses", () => {
  const letters = fc.constantFrom("{", "}", "[", "]", '"a"', '"', ":", ",", "\\", "1", "-", ".", "true", "nul", " ");
  fc.assert(
    fc.property(fc.array(letters), (parts) => {
      const json = parts.join("");
      fc.pre(!isJson(json));
      expect(findJsonFault(json, "")).toBeDefined();
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['{"attributes":{"a":1,"a":2}}', "clients[3].attributes.a", "this member is there twice", 24],
  ['{"attributes":{"a b":{"c":tru}}}', 'clients[3].attributes["a b"].c', "a value should be here", 26],
  ['{"list":[1,2,]}', "clients[3].list[2]", "a value should be here", 13],
  ['{"list":[1 2]}', "clients[3].list", "a comma or a closing bracket should be here", 11],
  ['{"a":"x\ny"}', "clients[3].a", "a string that is not closed or holds a bad character or escape", 5],
  ['{"a":"', "clients[3].a", "a string that is not closed or holds a bad character or escape", 5],
  ['{"a":1', "clients[3]", "the text ends where a comma or a closing brace should be", 6],
  ['{"a" 1}', "clients[3].a", "a colon should be here", 5],
  ["{a:1}", "clients[3]", "a member name in quotes should be here", 1],
  ["{} x", "clients[3]", "more text after the end", 3],
  ['{"__proto__":1}', "clients[3].__proto__", "this member name is reserved", 12],
  ["", "clients[3]", "the text ends where a value should be", 0],
  [`${"[".repeat(101)}${"]".repeat(101)}`, `clients[3]${"[0]".repeat(100)}`, "nested deeper than 100 levels", 100],
])("%j", (json, path, reason, offset) => {
  expect(findJsonFault(json, "clients[3]")).toEqual({ path, reason, offset });
});
