import { createHash } from "node:crypto";
import { escapeHtml as escape } from "../http/html.ts";
import { OPERATIONS, TAG_NAMES } from "./document.ts";

const STYLE = `
:root{color-scheme:light dark;--line:#d7dbe0;--soft:#5d6775;--get:#1f6f43;--post:#1d5aa8;--put:#8a5a00;--delete:#a32020}
@media(prefers-color-scheme:dark){:root{--line:#3a414b;--soft:#a3adba;--get:#6fcf97;--post:#7fb4ff;--put:#e8b45a;--delete:#ff8f8f}}
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
h1{margin:0 0 .25rem}h2{margin:2rem 0 .5rem;font-size:1.15rem;border-bottom:1px solid var(--line)}
nav{columns:14rem;margin:1rem 0}nav a{display:block}
table{border-collapse:collapse;width:100%}td{padding:.3rem .5rem;border-bottom:1px solid var(--line);vertical-align:top}
td:first-child{width:4.5rem;font-weight:600}code{font:14px ui-monospace,monospace;overflow-wrap:anywhere}
.s{color:var(--soft)}.get{color:var(--get)}.post{color:var(--post)}.put{color:var(--put)}.delete{color:var(--delete)}
`;

/** Nothing is loaded from anywhere, no script runs: the style is inside and named by its hash. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** The document for people: every operation by noun, with the roles it needs. */
export function operationsPage(version: string): string {
  const sections = TAG_NAMES.map((tag) => {
    const own = OPERATIONS.filter((operation) => operation.tag === tag);
    const rows = own.map(
      ({ method, path, summary, needs }) =>
        `<tr><td class="${method}">${method.toUpperCase()}</td><td><code>${escape(path)}</code><br><span class="s">${escape(summary)}${needs ? ` · needs ${escape(needs)}` : ""}</span></td></tr>`,
    );
    return `<h2 id="${anchorOf(tag)}">${escape(tag)}</h2><table>${rows.join("")}</table>`;
  });
  const links = TAG_NAMES.map((tag) => {
    const count = OPERATIONS.filter((operation) => operation.tag === tag).length;
    return `<a href="#${anchorOf(tag)}">${escape(tag)} <span class="s">${count}</span></a>`;
  }).join("");
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Cambist API</title><style>${STYLE}</style></head><body><h1>Cambist API</h1><p class="s">Version ${escape(version)}, ${OPERATIONS.length} operations. For machines: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p><nav>${links}</nav>${sections.join("")}</body></html>`;
}

/** A tag as a fragment that needs no escaping. */
const anchorOf = (tag: string): string =>
  tag
    .toLowerCase()
    .replace(/[^a-z]+/g, "-")
    .replace(/-$/, "");
