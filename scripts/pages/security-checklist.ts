import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseSync, Visitor } from "oxc-parser";
import type { GeneratedPage } from "../docs.ts";
import { type RowGroup, SECURITY_ROWS, type SecurityRow } from "./security-rows.ts";

/** Where a test says that it proves a row. */
export interface Proof {
  /** From the repository root. */
  readonly file: string;
  readonly title: string;
}

const ROOT = resolve(import.meta.dirname, "../..");
const FOLDERS = ["packages", "conformance", "scripts"];
/** Tests, and the lists that tests are made from. */
const SOURCES = /(?:\.test\.ts|^conformance\/cases\/.+\.ts|\/testing\/.+-contract\.ts)$/;
/** These pages are about rows and prove none. */
const NO_SOURCES = /node_modules|^scripts\/pages\//;
/** `SEC-JOSE-01…06, 10…16`: an id, perhaps up to another, perhaps more numbers of the family; `REL-01`, `H8`. */
const MENTION = /\b(SEC-[A-Z]+-|REL-|H)(\d+)(?:…(\d+))?((?:, \d+(?:…\d+)?)*)\b/g;

/** Ids of rows that a title names. */
export function rowsNamed(title: string): readonly string[] {
  const found: string[] = [];
  for (const [, family = "", first = "", last, more = ""] of title.matchAll(MENTION)) {
    const ranges = [
      [first, last ?? first],
      ...more
        .split(", ")
        .filter(Boolean)
        .map((part) => part.split("…")),
    ];
    for (const [from = "", to = from] of ranges)
      for (let number = Number(from); number <= Number(to); number += 1) found.push(family + String(number).padStart(from.length, "0"));
  }
  return found;
}

/** Every text of the sources that names a row, by row. */
export function findProofs(root: string): ReadonlyMap<string, readonly Proof[]> {
  const proofs = new Map<string, Proof[]>();
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name.replaceAll("\\", "/")}`),
  );
  for (const file of files.filter((name) => SOURCES.test(name) && !NO_SOURCES.test(name)).toSorted()) {
    for (const title of new Set(textsOf(file, readFileSync(join(root, file), "utf8"))))
      for (const id of new Set(rowsNamed(title))) proofs.set(id, [...(proofs.get(id) ?? []), { file, title }]);
  }
  return proofs;
}

/** Texts of a module in the order they stand in, and doc comments that begin with an id: what they say is true of a whole file or test. */
function textsOf(file: string, source: string): readonly string[] {
  if (!/\b(?:SEC-|REL-|H\d)/.test(source)) return [];
  const { program, comments } = parseSync(file, source);
  const texts = comments
    .filter(({ type, value }) => type === "Block" && value.startsWith("*"))
    .map(({ value }) => value.replaceAll(/\n? *\* ?/g, " ").trim())
    .filter((text) => rowsNamed(text.slice(0, 12)).length > 0);
  new Visitor({
    Literal: ({ value }) => void (typeof value === "string" && texts.push(value)),
    TemplateLiteral: ({ quasis }) => void texts.push(quasis.map(({ value }) => value.cooked ?? "").join("…")),
  }).visit(program);
  return texts;
}

/** Rows that nobody proves and nobody explains, and ids that tests name and no row has. */
export function gapsOf(groups: readonly RowGroup[], proofs: ReadonlyMap<string, readonly Proof[]>): readonly string[] {
  const rows = groups.flatMap((group) => group.rows);
  const known = new Set(rows.map(({ id }) => id));
  return [
    ...rows.filter(({ id, open }) => open === undefined && !proofs.has(id)).map(({ id }) => `${id} has neither a test nor a reason`),
    ...[...proofs.keys()].filter((id) => !known.has(id)).map((id) => `${id} is named by a test and is no row`),
  ];
}

const INTRODUCTION = `# Security checklist

Generated from the titles of the tests and the list in \`scripts/pages/security-rows.ts\`. A row is a promise; a test that proves it carries its
id in the title. A row without a test says why. What was run by hand, at length, is in [reports](reports.md).
`;

function renderRow({ id, rule, open }: SecurityRow, proofs: readonly Proof[]): string {
  const byFile = Map.groupBy(proofs, ({ file }) => file);
  const lines = [...byFile].map(([file, found]) => `- \`${file}\`: ${found.map(({ title }) => escaped(title)).join("; ")}`);
  const why = open === undefined ? [] : [`- ${proofs.length > 0 ? "not all of it" : "not yet"}: ${open}`];
  return [`**${id}** ${rule}`, "", ...lines, ...why, ""].join("\n");
}

/** As text of the page, whatever characters a title has; the ids that it begins with are said already. */
const escaped = (title: string): string =>
  title
    .replace(/^(?:(?:SEC-[A-Z]+-|REL-|H)?\d+(?:…\d+)?(?:, |: | ))+/, "")
    .replaceAll(/\s+/g, " ")
    .trim()
    .replaceAll(/[\\*_`[\]<>|$]/g, (character) => `\\${character}`);

export function render(root: string = ROOT): string {
  const proofs = findProofs(root);
  const rows = SECURITY_ROWS.flatMap((group) => group.rows);
  const proven = rows.filter(({ id }) => proofs.has(id)).length;
  const groups = SECURITY_ROWS.map(({ title, rows: own }) =>
    [`## ${title}`, "", ...own.map((one) => renderRow(one, proofs.get(one.id) ?? []))].join("\n"),
  );
  return `${INTRODUCTION}\n${proven} of ${rows.length} rows have tests.\n\n${groups.join("\n")}`;
}

export const page: GeneratedPage = { path: "docs/security/checklist.md", render: () => render() };
