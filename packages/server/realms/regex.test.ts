import { describe, expect, test } from "vitest";
import { matchesRegex } from "./regex.ts";

describe("SEC-ADM-12 REL-17 SEC-DOS-06 patterns of administrators", () => {
  // A backtracking engine is not done with these before the sun goes out.
  test.each(["(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*a){20}$", "([a-z]+)*$"])("%s is matched in linear time", (pattern) => {
    expect(matchesRegex(pattern, `${"a".repeat(8000)}!`)).toBe(false);
  });
  test("the whole subject has to match", () => {
    expect([matchesRegex("c[0-2]", "c1"), matchesRegex("c[0-2]", "xc1"), matchesRegex("c[0-2]", "c1x")]).toEqual([true, false, false]);
  });
  test.each([
    ["a back reference", String.raw`(a)\1`, "aa"],
    ["look-around", "(?=a)a", "a"],
    ["an open bracket", "[", "["],
    ["a pattern of more than 1 KiB", "a".repeat(1025), "a"],
    ["a subject of more than 8 KiB", "a+", "a".repeat(8193)],
  ])("%s cannot be decided", (_title, pattern, subject) => expect(matchesRegex(pattern, subject)).toBeUndefined());
});
