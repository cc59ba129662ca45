import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * A page of the documentation that restates code and is therefore made from it. A generator is a module
 * `packages/server/docs/<name>.ts` or `scripts/pages/<name>.ts` that exports one as `page`.
 */
export interface GeneratedPage {
  /** From the repository root, for example `docs/reference/refusals.md`. */
  readonly path: string;
  /** The whole page, the same for the same code: no clock, no randomness, no machine names. */
  render(): string | Promise<string>;
}

/** Beside what the server's code says, and beside the scripts what the repository says. */
const GENERATORS = ["packages/server/docs", "scripts/pages"];
/** Lists that pages are made from. */
const DATA = /-rows\.ts$/;

const isPage = (value: unknown): value is GeneratedPage =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Partial<GeneratedPage>).path === "string" &&
  typeof (value as Partial<GeneratedPage>).render === "function";

/**
 * All generators below `root`, by file name.
 * @throws {Error} when a module there exports no `page`: a generator nobody runs would let its page rot.
 */
export async function findPages(root: string): Promise<GeneratedPage[]> {
  const pages: GeneratedPage[] = [];
  for (const generators of GENERATORS) {
    const folder = join(root, generators);
    if (!statSync(folder, { throwIfNoEntry: false })) continue;
    const files = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !DATA.test(name));
    for (const name of files.toSorted()) {
      const module: unknown = await import(pathToFileURL(join(folder, name)).href);
      const page = (module as { page?: unknown }).page;
      if (!isPage(page)) throw new Error(`${generators}/${name} must export "page" with "path" and "render"`);
      pages.push(page);
    }
  }
  return pages;
}

const readIfThere = (path: string): string | undefined =>
  statSync(path, { throwIfNoEntry: false }) ? readFileSync(path, "utf8") : undefined;

/** Paths of the pages that differ from what their generators say now. */
export async function findStalePages(root: string, pages: readonly GeneratedPage[]): Promise<string[]> {
  const stale: string[] = [];
  for (const page of pages) if (readIfThere(join(root, page.path)) !== (await page.render())) stale.push(page.path);
  return stale;
}

/** Writes the pages that are out of step and answers their paths. */
export async function writePages(root: string, pages: readonly GeneratedPage[]): Promise<string[]> {
  const stale = await findStalePages(root, pages);
  for (const page of pages.filter(({ path }) => stale.includes(path))) {
    mkdirSync(dirname(join(root, page.path)), { recursive: true });
    writeFileSync(join(root, page.path), await page.render());
  }
  return stale;
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, "..");
  const pages = await findPages(root);
  if (process.argv.includes("--check")) {
    const stale = await findStalePages(root, pages);
    for (const path of stale) console.error(`${path} is out of step with the code; run "npm run docs"`);
    if (stale.length > 0) process.exitCode = 1;
    else console.log(`docs: ${pages.length} generated pages are in step`);
  } else {
    for (const path of await writePages(root, pages)) console.log(`wrote ${path}`);
  }
}
