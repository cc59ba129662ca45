import { readFileSync } from "node:fs";
import { type Case, TOPICS } from "./cases/all.ts";
import { type Column, COLUMNS } from "./columns.ts";
import type { NormalAnswer } from "./normal-form.ts";
import type { Outcome } from "./run.ts";

/** What a real server answered to the cases, step by step. */
export interface Recording {
  /** The day, in ISO form. */
  readonly recorded: string;
  readonly answers: Readonly<Record<string, readonly NormalAnswer[]>>;
}

/** Case by target: what the page shows and a test compares with. */
export interface Matrix {
  /** When the real servers were asked, by column. */
  readonly recorded: Readonly<Record<string, string>>;
  readonly topics: readonly {
    readonly title: string;
    readonly cases: readonly { readonly name: string; readonly cells: Readonly<Record<string, string>> }[];
  }[];
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));

export const MATRIX_FILE = new URL("fixtures/matrix.json", import.meta.url);
export const MATRIX_PAGE = new URL("../docs/reference/conformance.md", import.meta.url);
export const recordingFile = (name: string): URL => new URL(`fixtures/${name}/cases.json`, import.meta.url);
export const readRecording = (name: string): Recording => readJson(recordingFile(name).href) as Recording;
export const readMatrix = (): Matrix => readJson(MATRIX_FILE.href) as Matrix;

export interface Judged {
  /** What stands in the matrix. */
  readonly cell: string;
  /** Why it is not good, a line each. */
  readonly problems: readonly string[];
}

const OTHER = { "keycloak-26.1.3": "keycloak-26.7.4", "keycloak-26.7.4": "keycloak-26.1.3" } as const;
/**
 * Lifetimes to ten seconds, since a slow request leaves less of them; ids inside other claims, such as the impersonator's, as one; and of a
 * refresh token, which nobody but the server reads, its kind, client and lifetime.
 */
const comparable = (answer: unknown): string =>
  JSON.stringify(answer, (name, value: unknown) => {
    if (name === "refresh_token") return refreshTokenOf(value);
    if (name.endsWith("expires_in")) return toTens(Number(value));
    if (typeof value !== "string") return value;
    return value.replace(UUID, "<id>").replace(/^<iat\+(\d+)>$/, (_all, seconds: string) => `<iat+${toTens(Number(seconds))}>`);
  }) ?? "";
const refreshTokenOf = (value: unknown): unknown => {
  const { typ, azp, exp } = (value as { readonly claims?: Readonly<Record<string, unknown>> } | undefined)?.claims ?? {};
  return { typ, azp, exp };
};
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const toTens = (seconds: number): number => Math.round(seconds / 10) * 10;
const isSame = (one: unknown, other: unknown): boolean => comparable(one) === comparable(other);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The members in which two answers differ. */
function differingParts(ours: unknown, recorded: unknown, path = "answer"): string[] {
  if (isSame(ours, recorded)) return [];
  if (!isObject(ours) || !isObject(recorded)) return [`${path} is ${JSON.stringify(ours)}, recorded ${JSON.stringify(recorded)}`];
  const names = new Set([...Object.keys(ours), ...Object.keys(recorded)]);
  return [...names].flatMap((name) => differingParts(ours[name], recorded[name], `${path}.${name}`));
}

/** How an outcome compares with the case and, in Keycloak's dialect, with what the real servers answered. */
export function judge(each: Case, outcome: Outcome, { recording }: Column, recordings: Readonly<Record<string, Recording>>): Judged {
  if (outcome.notRun !== undefined) return { cell: `not run: ${outcome.notRun}`, problems: [] };
  const said = summaryOf(each, outcome.answers);
  if (recording === undefined) return { cell: said, problems: outcome.differences };
  const recorded = (name: string, index: number): unknown => recordings[name]?.answers[each.name]?.[index];
  if (recorded(recording, 0) === undefined) return { cell: said, problems: outcome.differences };
  const verdicts = outcome.answers.map((answer, index) => {
    if (isSame(answer, recorded(recording, index))) return "same";
    if (each.steps[index]?.ours !== undefined) return "deviates";
    return isSame(answer, recorded(OTHER[recording], index)) ? "other" : "differs";
  });
  const problems = verdicts.flatMap((verdict, index) =>
    verdict === "differs"
      ? differingParts(outcome.answers[index], recorded(recording, index)).map((part) => `step ${index + 1} is not as recorded: ${part}`)
      : [],
  );
  const as = OTHER[recording].replace("keycloak-", "as ");
  const cell = verdicts.includes("differs")
    ? `DIFFERS: ${said}`
    : verdicts.includes("deviates")
      ? `deviates: ${said}`
      : verdicts.includes("other")
        ? as
        : "same";
  return { cell, problems: [...outcome.differences, ...problems] };
}

/** Status and error of each step, without the administrator's and the waiting. */
function summaryOf({ steps }: Case, answers: readonly NormalAnswer[]): string {
  const shown = answers.filter((_answer, index) => !/^(?:admin (?!GET)|wait)/.test(steps[index]?.to ?? ""));
  const words = shown.map(({ status, body }) => {
    const { error, active } = (typeof body === "object" && body !== null ? body : {}) as {
      readonly error?: unknown;
      readonly active?: unknown;
    };
    const more = typeof error === "string" ? error : active === true ? "active" : active === false ? "inactive" : "";
    return `${status} ${more}`.trim();
  });
  return words.join(" → ");
}

type Row = readonly (string | number)[];
const line = (values: Row): string => `| ${values.join(" | ")} |`;
const table = (head: Row, rows: readonly Row[]): string => [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");

/** The tables: totals, then case by target for each topic. */
export function renderMatrix({ recorded, topics }: Matrix, columns: readonly Column[]): string {
  const cells = topics.flatMap(({ cases }) => cases.map((each) => each.cells));
  const count = (column: string, begin: RegExp): number => cells.filter((row) => begin.test(row[column] ?? "")).length;
  const titles = columns.map(({ title }) => title);
  return [
    table(
      ["", ...titles],
      [
        ["recorded", ...columns.map(({ name }) => recorded[name] ?? "at each test run")],
        ["run", ...columns.map(({ name }) => count(name, /^(?!not run)/))],
        ["deviates", ...columns.map(({ name }) => count(name, /^deviates/))],
        ["not run", ...columns.map(({ name }) => count(name, /^not run/))],
      ],
    ),
    ...topics.map(
      ({ title, cases }) =>
        `## ${title}\n\n${table(
          ["case", ...titles],
          cases.map(({ name, cells: row }) => [name, ...columns.map((column) => row[column.name] ?? "")]),
        )}`,
    ),
  ].join("\n\n");
}

/** The matrix of these cells, by column and case. */
export function buildMatrix(cells: Readonly<Record<string, ReadonlyMap<string, string>>>, recorded: Matrix["recorded"]): Matrix {
  const cellsOf = (name: string): Record<string, string> =>
    Object.fromEntries(Object.entries(cells).map(([column, byCase]) => [column, byCase.get(name) ?? ""]));
  return {
    recorded,
    topics: TOPICS.map(({ title, cases }) => ({ title, cases: cases.map(({ name }) => ({ name, cells: cellsOf(name) })) })),
  };
}

export const pageOf = (matrix: Matrix): string => `# Conformance

Generated by \`npm run conformance -- --write\` from the cases in \`conformance/cases/\`; \`npm test\` runs them against Cambist and fails when this page
is out of step.

Each case is a few requests and what must come back, as data. Two columns are real Keycloaks, asked on the day given. The other columns are Cambist:
in the \`keycloak\` dialect every answer (status, headers, body, claims) is compared with what the real server answered; in the \`native\` dialect it is
compared with what the case says.

| cell | |
|---|---|
| \`200\`, \`403 access_denied\`, \`200 → 200 inactive\` | status and \`error\` of each request; \`active\` and \`inactive\` of an introspection |
| same | the whole answer is the real server's of that version |
| as 26.1.3, as 26.7.4 | the real server's of the other version: the legacy exchange and the endpoints follow 26.1.3, the standard exchange 26.7.4 |
| deviates | on purpose, a row of [deviations](deviations.md) |
| not run | what the server or the suite would need: sign-in pages (\`login\`), a version, a switch |

Names begin with the number of the refusal they provoke, where there is one: \`E\` the token endpoint, \`V\` the legacy exchange and impersonation, \`S\`
the standard exchange. Names that begin with \`test\` or \`check\` are those of Keycloak's own tests.

${renderMatrix(matrix, COLUMNS)}
`;
