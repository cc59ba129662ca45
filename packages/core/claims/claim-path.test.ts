import { assert, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { escapeClaimPart, parseClaimPath, pathProblem, RESERVED_CLAIMS } from "./claim-path.ts";

test.each([
  ["name", ["name"]],
  ["a.b.c", ["a", "b", "c"]],
  ["a\\.b.c", ["a.b", "c"]],
  ["a\\\\.b", ["a\\", "b"]],
  ["trailing.", ["trailing"]],
  ["trailing\\", ["trailing\\"]],
  ["a..b", ["a", ".b"]],
  [".a", [".a"]],
  ["https://example\\.com/claims/team", ["https://example.com/claims/team"]],
  ["", []],
])("the claim name %s", (name, path) => {
  expect(parseClaimPath(name)).toEqual(path);
});

test("an escaped name is one part, whatever is in it", () => {
  assert(
    property(string({ minLength: 1 }), string({ minLength: 1 }), (one, other) => {
      expect(parseClaimPath(`${escapeClaimPart(one)}.${escapeClaimPart(other)}`)).toEqual([one, other]);
    }),
  );
});

describe("SEC-JOSE-30 paths that a generic mapper may not write to", () => {
  test.each([...RESERVED_CLAIMS])("%s", (claim) => {
    expect(pathProblem([claim])).toBe(`the claim ${claim} is reserved`);
    expect(pathProblem([claim, "nested"])).toBe(`the claim ${claim} is reserved`);
    expect(pathProblem(["nested", claim])).toBeUndefined();
  });
  test.each([
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "azp",
    "sid",
    "typ",
    "cnf",
    "act",
    "may_act",
    "scope",
    "acr",
    "amr",
    "auth_time",
  ])("%s is among them", (claim) => expect(RESERVED_CLAIMS.has(claim)).toBe(true));
  test("the prototype of an object", () => {
    expect(pathProblem(["__proto__", "x"])).toBeDefined();
    expect(pathProblem(["x", "__proto__"])).toBeDefined();
  });
  test("no claim at all", () => expect(pathProblem([])).toBe("it names no claim"));
});
