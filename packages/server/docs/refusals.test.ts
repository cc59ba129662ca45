import { readFileSync } from "node:fs";
import { REFUSALS } from "@cambist/core/refusals.ts";
import { expect, test } from "vitest";
import { page, render } from "./refusals.ts";

const text = render();

test("the page in docs/ is what the table says now; `npm run docs` makes it so", () => {
  expect(readFileSync(new URL(`../../../${page.path}`, import.meta.url), "utf8")).toBe(text);
});

test("every refusal has exactly one row, in one of the sections", () => {
  for (const name of Object.keys(REFUSALS)) expect(text.split(`<a id="${name}"></a>`)).toHaveLength(2);
});

test("a row has its four cells", () => {
  const rows = text.split("\n").filter((line) => line.startsWith("| <a id="));
  expect(rows).toHaveLength(Object.keys(REFUSALS).length);
  for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(6);
});
