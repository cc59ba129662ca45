/** One figure of the bench beside what it has to be and what it ought to be. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  readonly unit: "ratio" | "ms" | "µs" | "MB" | "%";
  readonly must: number;
  readonly aim: number;
  /** `less`: smaller is better. */
  readonly better: "more" | "less";
  /** What else is to be known, such as the figures a ratio is made of. */
  readonly note?: string;
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};

export type Verdict = "aim" | "must" | "short";
export function verdict({ value, must, aim, better }: Measure): Verdict {
  const reaches = (wanted: number): boolean => (better === "more" ? value >= wanted : value <= wanted);
  return reaches(aim) ? "aim" : reaches(must) ? "must" : "short";
}

const digits = (unit: Measure["unit"]): number => (unit === "ratio" || unit === "ms" ? 2 : 0);
export const show = (value: number, unit: Measure["unit"]): string => `${value.toFixed(digits(unit))}${unit === "ratio" ? "" : ` ${unit}`}`;

/** A table for a terminal, and for a Markdown page as it is. */
export function table(measures: readonly Measure[]): string {
  const rows = measures.map((measure) => [
    measure.name,
    show(measure.value, measure.unit),
    `${measure.better === "more" ? "≥" : "≤"} ${show(measure.must, measure.unit)}`,
    show(measure.aim, measure.unit),
    { aim: "aim reached", must: "must reached", short: "SHORT" }[verdict(measure)],
    measure.note ?? "",
  ]);
  const lines = [["measure", "measured", "must", "aim", "", "made of"], ...rows];
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = lines.map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`);
  text.splice(1, 0, `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`);
  return text.join("\n");
}
