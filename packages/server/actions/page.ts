import { createHash } from "node:crypto";
import { escapeHtml } from "../http/html.ts";

const STYLE = `
:root{color-scheme:light dark;--page:#f2f4f7;--card:#fff;--text:#17202b;--line:#8793a3;--accent:#0b57b4;--on:#fff;--bad:#a4161a}
@media(prefers-color-scheme:dark){:root{--page:#12161b;--card:#1c222a;--text:#e7ecf2;--line:#6b7888;--accent:#8ab8ff;--on:#0d1a2b;--bad:#ff9b9b}}
*{box-sizing:border-box}
body{margin:0;padding:8vh 1rem 2rem;background:var(--page);color:var(--text);font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
header,main{max-width:27rem;margin:0 auto}
header{margin-bottom:1rem;text-align:center;font-weight:600;font-size:1.125rem}
main{background:var(--card);border-radius:.5rem;padding:1.75rem;box-shadow:0 1px 4px #0003}
h1{margin:0 0 1rem;font-size:1.35rem;line-height:1.3}
p{margin:0 0 1rem}
label{display:block;font-weight:600}
input[type=password]{display:block;width:100%;margin:.25rem 0 1rem;padding:.6rem .7rem;font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:.3rem}
.check{display:flex;gap:.6rem;align-items:baseline;margin-bottom:1rem;font-weight:400}
button{width:100%;padding:.7rem;font:inherit;font-weight:600;color:var(--on);background:var(--accent);border:0;border-radius:.3rem;cursor:pointer}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.bad{color:var(--bad);font-weight:600}
[hidden]{display:none}
`;

/**
 * Headers of a page that people meet: nothing is loaded, no script runs, forms come here, no other site frames it, and neither caches nor
 * links keep the address, which holds the token (SEC-UI-04).
 */
export const PAGE_HEADERS = {
  "content-security-policy": `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  "cache-control": "no-store",
  pragma: "no-cache",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "x-content-type-options": "nosniff",
  "x-robots-tag": "none",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
} as const;

export interface Page {
  /** The realm's name for people. */
  readonly realm: string;
  readonly title: string;
  /** HTML. */
  readonly content: string;
}

/** A whole page. Ids are those of Keycloak's pages where it has them, so that tests and helpers of people find their way. */
export const renderPage = ({ realm, title, content }: Page): string => `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex, nofollow"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body>
<header id="kc-header"><div id="kc-header-wrapper">${escapeHtml(realm)}</div></header>
<main>
<h1 id="kc-page-title">${escapeHtml(title)}</h1>
${content}
</main>
</body>
</html>
`;

/** The form of a link. `fields`: HTML. */
export const formOf = (id: string, key: string, fields: string, submit: string): string =>
  `<form id="${id}" action="action-token" method="post">
<input type="hidden" name="key" value="${escapeHtml(key)}">
${fields}<button id="kc-submit" type="submit">${escapeHtml(submit)}</button>
</form>`;

/** Twice the new password, and what is wrong with the one that was sent. */
export function passwordFields(
  username: string,
  { fault, endSessions }: { readonly fault?: string; readonly endSessions: boolean } = { endSessions: true },
): string {
  const invalid = fault === undefined ? "" : ` aria-invalid="true" aria-describedby="input-error-password"`;
  const input = (name: string, label: string, more = ""): string =>
    `<label for="${name}">${label}</label>\n<input id="${name}" name="${name}" type="password" autocomplete="new-password" required${more}${invalid}>\n`;
  return [
    `<input type="text" id="username" name="username" value="${escapeHtml(username)}" autocomplete="username" readonly hidden>\n`,
    fault === undefined ? "" : `<p id="input-error-password" class="bad" role="alert">${escapeHtml(fault)}</p>\n`,
    input("password-new", "New password", " autofocus"),
    input("password-confirm", "Confirm password"),
    `<label class="check"><input type="checkbox" id="logout-sessions" name="logout-sessions" value="on"${endSessions ? " checked" : ""}> Sign out from other devices</label>\n`,
  ].join("");
}

/** Texts as paragraphs. */
export const paragraphs = (texts: readonly string[], id = "kc-info-message"): string =>
  `<div id="${id}">${texts.map((text) => `<p class="instruction">${escapeHtml(text)}</p>`).join("")}</div>`;

/** The way back to the application. `url` was checked: a browser visits it. */
export const backLink = (url: string | undefined): string =>
  url === undefined ? "" : `\n<p><a id="backToApplication" href="${escapeHtml(url)}">« Back to application</a></p>`;
