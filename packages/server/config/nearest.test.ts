import { expect, test } from "vitest";
import { didYouMean, nearest } from "./nearest.ts";

const KNOWN = ["http-port", "https-port", "http-host", "hostname", "features", "features-disabled"];

test.each([
  ["two letters swapped", "http-prot", "http-port"],
  ["a letter left out", "htp-port", "http-port"],
  ["a letter too many", "hostnamee", "hostname"],
  ["a wrong letter", "featurez", "features"],
  ["an underscore for a dash", "http_host", "http-host"],
  ["capitals", "HTTP-Port", "http-port"],
])("finds the nearest name in spite of %s", (_title, word, right) => {
  expect(nearest(word, KNOWN)).toBe(right);
});

test("says nothing when no name is near", () => {
  expect(nearest("completely-different", KNOWN)).toBeUndefined();
  expect(didYouMean("completely-different", KNOWN)).toBe("");
  expect(nearest("", KNOWN)).toBeUndefined();
});

test("the hint carries the prefix of a flag", () => {
  expect(didYouMean("http-prot", KNOWN, "--")).toBe("; did you mean --http-port?");
});
