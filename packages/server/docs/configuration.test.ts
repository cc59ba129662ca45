import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseConfFile } from "../config/conf-file.ts";
import { findOption } from "../config/option-lookup.ts";
import { OPTIONS } from "../config/options.ts";
import { page, render } from "./configuration.ts";

const root = join(import.meta.dirname, "..", "..", "..");

test("the configuration page is in step with the option table (`npm run docs` writes it)", () => {
  expect(readFileSync(join(root, page.path), "utf8")).toBe(render());
});

test("the configuration page has a row for every option", () => {
  const text = render();
  for (const { name } of OPTIONS) expect(text).toMatch(new RegExp(`^\\| \`(--)?${name.replaceAll(/[<>]/g, ".")}\``, "m"));
});

test("every option in the sample keycloak.conf is a comment and a known option", () => {
  const sample = readFileSync(join(root, "conf/keycloak.conf"), "utf8");
  expect(parseConfFile(sample, {})).toEqual([]);
  const offered = sample.split("\n").filter((line) => /^#\S/.test(line));
  expect(offered.length).toBeGreaterThan(10);
  for (const { key, problem } of parseConfFile(offered.map((line) => line.slice(1)).join("\n"), { ADMIN_PASSWORD: "x" })) {
    expect([key, findOption(key)?.kind, problem]).toEqual([key, "option", undefined]);
  }
});
