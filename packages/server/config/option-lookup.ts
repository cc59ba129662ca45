import { IGNORED_OPTIONS, type IgnoredOption } from "./ignored-options.ts";
import { environmentName, OPTIONS, type OptionRow } from "./options.ts";

/** What a name turned out to be. For a `<...>` name, `wild` is the part that stands in its place. */
export type Known =
  | { readonly kind: "option"; readonly row: OptionRow; readonly wild?: string }
  | { readonly kind: "ignored"; readonly row: IgnoredOption };

const exact = new Map<string, Known>();
const prefixes: { readonly prefix: string; readonly known: (wild: string) => Known }[] = [];
const byVariable = new Map<string, string>();

for (const row of IGNORED_OPTIONS) add(row.name, () => ({ kind: "ignored", row }));
for (const row of OPTIONS) add(row.name, (wild) => ({ kind: "option", row, ...(wild !== undefined && { wild }) }), row.flagOnly);
// Keycloak before 26: one dash where two part the names of a provider's setting.
for (const row of OPTIONS) if (row.name.startsWith("spi-")) add(row.name.replaceAll("--", "-"), () => ({ kind: "option", row }));
prefixes.sort((a, b) => b.prefix.length - a.prefix.length);

function add(name: string, known: (wild?: string) => Known, flagOnly = false): void {
  const open = name.indexOf("<");
  if (open < 0) {
    exact.set(name, known());
    if (!flagOnly) byVariable.set(environmentName(name), name);
  } else prefixes.push({ prefix: name.slice(0, open), known });
}

/** Every name without a placeholder: what a misspelt one is compared with. */
export const EXACT_NAMES: readonly string[] = [...exact.keys()];

export function findOption(name: string): Known | undefined {
  const found = exact.get(name);
  if (found) return found;
  const family = prefixes.find(({ prefix }) => name.startsWith(prefix) && name.length > prefix.length);
  return family?.known(name.slice(family.prefix.length));
}

/** The option that an environment variable sets: `KC_HTTP_PORT`, `KC_LOG_LEVEL_ORG_KEYCLOAK_EVENTS`, `KC_SPI_...`. */
export function optionOfVariable(variable: string): string | undefined {
  const name = byVariable.get(variable);
  if (name !== undefined) return name;
  const family = prefixes.find(({ prefix }) => variable.startsWith(environmentName(prefix)) && variable.length > prefix.length + 3);
  if (family === undefined) return undefined;
  const wild = variable.slice(family.prefix.length + 3).toLowerCase();
  // A category is a dotted class or package name; everything else is spelt with dashes.
  return family.prefix + wild.replaceAll("_", family.prefix === "log-level-" ? "." : "-");
}

/** `KC_` variables of every exact option, for the nearest name of an unknown one. */
export const EXACT_VARIABLES: readonly string[] = [...byVariable.keys()];
