import { REFUSALS, type Refusal, type RefusalRow, refusalRow, type WireRefusal } from "@cambist/core/refusals.ts";

/** Sections of the page, each with the refusal it begins with; the table's own order does the rest. */
const SECTIONS: readonly { readonly title: string; readonly about: string; readonly first: Refusal }[] = [
  { title: "Any endpoint", about: "Before a grant runs.", first: "realm_unknown" },
  { title: "Client authentication", about: "RFC 6749 §2.3, RFC 7523 §3.", first: "client_unknown" },
  { title: "Signing in and refreshing", about: "Password, client credentials and refresh grants.", first: "direct_access_disabled" },
  { title: "Token exchange", about: "RFC 8693; both of Keycloak's engines, V1 and V2.", first: "actor_token_unsupported" },
  {
    title: "Introspection, revocation, logout, userinfo",
    about: "RFC 7662, RFC 7009, OpenID Connect.",
    first: "introspection_client_failed",
  },
];

const INTRODUCTION = `# Refusals

Generated from the refusal table in \`packages/core/refusals.ts\`; a test keeps the two in step. What to do about the usual ones:
[the guide](../guide/refusals.md).

Each row is one way to be refused: the answer in both dialects, and what the event and the audit record say. \`{name}\` stands for a value
of the request or realm.

- \`native\`: where the refusal was recorded, the text of \`error_description\` is followed by \`Decision <id>.\`, the id that is also in the
  answer's header \`Cambist-Decision\` and in the audit log.
- \`keycloak\`: the texts of Keycloak 26.1.3, for the standard exchange (V2) of 26.7.4.
- event: \`error\` and, after the colon, the detail \`reason\`. Rows marked "silent" make no event in the \`keycloak\` dialect, as in Keycloak; the
  audit log has every refusal.`;

/** The reference page of all refusals, in Markdown. */
export function render(): string {
  const names = Object.keys(REFUSALS) as Refusal[];
  const starts = SECTIONS.map(({ first }) => names.indexOf(first));
  const sections = SECTIONS.map(({ title, about }, index) => {
    const members = names.slice(starts[index], starts[index + 1]);
    return [
      `## ${title}`,
      "",
      about,
      "",
      cells("refusal", "`native`", "`keycloak`", "event"),
      "|---|---|---|---|",
      ...members.map((name) => rowOf(name, refusalRow(name))),
    ].join("\n");
  });
  return `${[INTRODUCTION, ...sections].join("\n\n")}\n`;
}

export const page = { path: "docs/reference/refusals.md", render } as const;

function rowOf(name: Refusal, row: RefusalRow): string {
  return cells(`<a id="${name}"></a>\`${name}\``, wireCell(row.native), wireCell(row.keycloak), eventCell(row));
}

/** Status and error code, the text below them. */
function wireCell([status, error, text]: WireRefusal): string {
  const code = error === "" ? "no body" : `\`${plain(error)}\``;
  return `${status} ${code}${text === undefined ? "" : `<br>${plain(text)}`}`;
}

function eventCell({ event, reason, keycloak, keycloakEvent }: RefusalRow): string {
  const text = reason === "same" ? keycloak[2] : reason;
  return `\`${event}\`${text === undefined ? "" : `: ${plain(text)}`}${keycloakEvent === false ? " (silent)" : ""}`;
}

const cells = (...texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
const plain = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
