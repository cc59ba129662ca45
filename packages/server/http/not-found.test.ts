import { expect, test } from "vitest";
import { prefersHtml } from "./not-found.ts";

test.each([
  [undefined, false],
  ["*/*", false],
  ["application/json", false],
  ["text/html", true],
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true],
  ["application/json, text/html;q=0.9", false],
  ["text/html;q=0.5, application/json;q=0.4", true],
  ["text/*", true],
  ["text/html;q=0, */*", false],
  ["TEXT/HTML", true],
  ["text/html;q=nonsense", false],
  [`text/html,${"x/y,".repeat(1000)}`, false],
] as const)("Accept: %s prefers a page: %s", (accept, expected) => {
  expect(prefersHtml(accept)).toBe(expected);
});
