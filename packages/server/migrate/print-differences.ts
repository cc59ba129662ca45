import type { Finding } from "@cambist/core/doctor/finding.ts";
import type { Affected, Difference } from "@cambist/core/migration/difference.ts";
import type { Dialect } from "@cambist/core/model.ts";
import { printable } from "./notes.ts";

/** Names of one difference that are shown, and findings of one check. */
const SHOWN = 5;
const IN = "  ";

/**
 * What will be different, for people: by dialect, each with whom it concerns, what happens, why, and what to do.
 * @param own the dialect that the realm will answer in
 */
export function differenceLines(differences: readonly Difference[], own: Dialect): readonly string[] {
  return (["both", "native", "keycloak"] as const).flatMap((dialect) => {
    const found = differences.filter((one) => one.dialect === dialect);
    const title = dialect === "both" ? "in both dialects" : `in ${dialect}${dialect === own ? ", as the realm will answer" : ""}, besides`;
    return found.length === 0 ? [`${IN}${title}: nothing`] : [`${IN}${title}:`, ...found.flatMap(lines)];
  });
}

const lines = ({ id, what, why, change, objects, count }: Difference): readonly string[] => [
  `${IN}${IN}${id}: ${named(objects, count)}`,
  `${IN}${IN}${IN}${what} ${why}`,
  `${IN}${IN}${IN}Change: ${change}`,
];

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
