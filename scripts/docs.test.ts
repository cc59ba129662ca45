import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findPages, findStalePages, writePages } from "./docs.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "docs-"));
  mkdirSync(join(root, "packages/server/docs"), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const generator = (name: string, text: string): void => writeFileSync(join(root, "packages/server/docs", name), text);

test("a page is written once and is then in step", async () => {
  generator("a.ts", `export const page = { path: "docs/reference/a.md", render: () => "# A\\n" };`);
  const pages = await findPages(root);
  expect(await findStalePages(root, pages)).toEqual(["docs/reference/a.md"]);
  expect(await writePages(root, pages)).toEqual(["docs/reference/a.md"]);
  expect(readFileSync(join(root, "docs/reference/a.md"), "utf8")).toBe("# A\n");
  expect(await writePages(root, pages)).toEqual([]);
});

test("a page edited by hand is out of step", async () => {
  generator("a.ts", `export const page = { path: "a.md", render: () => "# A\\n" };`);
  writeFileSync(join(root, "a.md"), "# A, improved\n");
  expect(await findStalePages(root, await findPages(root))).toEqual(["a.md"]);
});

test("a generator without a page is an error", async () => {
  generator("a.ts", "export const other = 1;");
  await expect(findPages(root)).rejects.toThrow('packages/server/docs/a.ts must export "page"');
});

test("tests beside generators are not generators, and no generators is fine", async () => {
  generator("a.test.ts", "throw new Error('not for you');");
  expect(await findPages(root)).toEqual([]);
  expect(await findPages(join(root, "nowhere"))).toEqual([]);
});
