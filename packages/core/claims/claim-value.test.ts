import { describe, expect, test } from "vitest";
import { toClaimValue, toJsonType } from "./claim-value.ts";

test.each([
  ["7", "String", "7"],
  ["7", undefined, "7"],
  ["true", "boolean", true],
  ["TRUE", "boolean", true],
  ["yes", "boolean", false],
  ["7", "long", 7],
  ["-7", "int", -7],
  ["9007199254740991", "long", 9_007_199_254_740_991],
  ["9007199254740993", "long", undefined],
  ["2147483648", "int", undefined],
  ["seven", "long", undefined],
  ["", "long", undefined],
  ["1e3", "int", undefined],
  ['{"a":[1]}', "JSON", { a: [1] }],
  ["{", "JSON", undefined],
] as const)("%s as %s", (text, type, value) => {
  expect(toJsonType(text, type)).toEqual(value);
});

describe("several values", () => {
  test("the first unless multivalued", () => expect(toClaimValue(["1", "2"], false, "int")).toBe(1));
  test("all when multivalued, converted one by one", () => expect(toClaimValue(["1", "2"], true, "int")).toEqual([1, 2]));
  test("what does not convert is left out", () => expect(toClaimValue(["1", "x"], true, "int")).toEqual([1]));
  test("nothing when nothing is left", () => {
    expect(toClaimValue([], true, "String")).toBeUndefined();
    expect(toClaimValue([], false, "String")).toBeUndefined();
    expect(toClaimValue(["x"], true, "int")).toBeUndefined();
  });
});
