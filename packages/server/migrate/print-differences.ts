import type { Finding } from "@cambist/core/doctor/finding.ts";
import type { Affected, Difference } from "@cambist/core/migration/difference.ts";
import type { Dialect } from "@cambist/core/model.ts";
import { printable } from "./notes.ts";

/** Names of one difference that are shown, and findings of one check. */
const SHOWN = 5;
const IN = "  ";

/** What is known of a reader of {@link differenceLines}. */
export interface Reader {
  /** The dialect that the realm will answer in: of the other one only the names are told. */
  readonly own: Dialect;
  /** Ids of differences whose texts were told with a realm before. */
  readonly knows?: ReadonlySet<string>;
}

/** What will be different, for people: by dialect, each with whom it concerns, what happens, why, and what to do. */
export function differenceLines(differences: readonly Difference[], { own, knows }: Reader): readonly string[] {
  const of = (dialect: Difference["dialect"]): readonly Difference[] => differences.filter((one) => one.dialect === dialect);
  const block = (title: string, found: readonly Difference[]): readonly string[] =>
    found.length === 0 ? [`${IN}${title}: nothing`] : [`${IN}${title}:`, ...found.flatMap((one) => lines(one, knows?.has(one.id)))];
  const other = own === "native" ? "keycloak" : "native";
  const names = of(other).map(({ id }) => id);
  return [
    ...block("in both dialects", of("both")),
    ...block(`in ${own}, as the realm will answer, besides`, of(own)),
    `${IN}in ${other}, with --compatibility=${other} instead: ${names.length === 0 ? "nothing" : names.join(", ")}`,
  ];
}

/** Ids of those whose texts {@link differenceLines} has told. */
export const toldIds = (differences: readonly Difference[], own: Dialect): readonly string[] =>
  differences.filter(({ dialect }) => dialect === "both" || dialect === own).map(({ id }) => id);

const lines = ({ id, what, why, change, objects, count }: Difference, isKnown = false): readonly string[] =>
  isKnown
    ? [`${IN}${IN}${id} (as above): ${named(objects, count)}`]
    : [`${IN}${IN}${id}: ${named(objects, count)}`, `${IN}${IN}${IN}${what} ${why}`, `${IN}${IN}${IN}Change: ${change}`];

/** `clients portal, backend (30 s) and 4 more; realm acme`. */
function named(objects: readonly Affected[], count: number): string {
  const byType = new Map<string, Affected[]>();
  for (const one of objects.slice(0, SHOWN)) byType.set(one.type, [...(byType.get(one.type) ?? []), one]);
  const shown = [...byType].map(([type, some]) => {
    const isOne = objects.filter((one) => one.type === type).length === 1 && count === objects.length;
    const names = some.map(({ name, detail }) => printable(name) + (detail === undefined ? "" : ` (${printable(detail)})`));
    return `${isOne ? type : plural(type)} ${names.join(", ")}`;
  });
  const more = count - Math.min(SHOWN, objects.length);
  return `${shown.join("; ")}${more > 0 ? ` and ${more} more` : ""}`;
}

const plural = (type: string): string => (type.endsWith("y") && type !== "key" ? `${type.slice(0, -1)}ies` : `${type}s`);

/** What the doctor finds, a line each; of one check the first ones. */
export function findingLines(findings: readonly Finding[]): readonly string[] {
  const counts = new Map<string, number>();
  const lines: string[] = [];
  const flush = (check: string, severity: string): void => {
    const more = (counts.get(check) ?? 0) - SHOWN;
    if (more > 0) lines.push(`${IN}${severity.padEnd(8)} ${check}: and ${more} more`);
  };
  for (const [index, { severity, check, problem }] of findings.entries()) {
    const count = (counts.get(check) ?? 0) + 1;
    counts.set(check, count);
    if (count <= SHOWN) lines.push(`${IN}${severity.padEnd(8)} ${check}: ${problem}`);
    const next = findings[index + 1];
    if (next?.check !== check || next.severity !== severity) {
      flush(check, severity);
      counts.delete(check);
    }
  }
  return lines;
}
