import { existsSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { CASES } from "./cases/all.ts";
import { ALL_FEATURES, type Column, COLUMNS, OURS, RECORDED, startTarget } from "./columns.ts";
import {
  buildMatrix,
  judge,
  MATRIX_FILE,
  MATRIX_PAGE,
  pageOf,
  readMatrix,
  readRecording,
  type Recording,
  recordingFile,
  renderMatrix,
} from "./matrix.ts";
import { adminTokens, createRealms } from "./realms.ts";
import { type Features, type Outcome, runCase, type Target } from "./run.ts";

const USAGE = `usage: npm run conformance
           runs every case against Cambist in each of its dialects, on servers it starts itself
       npm run conformance -- --write
           the same, and writes fixtures/matrix.json and docs/reference/conformance.md
       npm run conformance -- --base URL --profile PROFILE [--admin NAME:PASSWORD]
           the cases against a running server. With an administrator of its master realm the suite creates its realms and removes
           them; without one they have to be there (fixtures/README.md), and cases that administer are not run.

  --profile ${COLUMNS.map(({ name }) => name).join(", ")}: whose answers to expect
  --features ${ALL_FEATURES.join(", ")}: what the server was started with
  --only PATTERN    cases whose name matches the regular expression
  --json FILE, --markdown FILE   the matrix of this run
  --record          keeps the answers of a real Keycloak as fixtures/PROFILE/cases.json, beside those that are there`;

const fail = (message: string): never => {
  console.error(`conformance: ${message}\n\n${USAGE}`);
  process.exit(2);
};

function readArguments() {
  try {
    return parseArgs({
      options: {
        base: { type: "string" },
        profile: { type: "string" },
        admin: { type: "string" },
        features: { type: "string", default: "all" },
        only: { type: "string", default: "" },
        json: { type: "string" },
        markdown: { type: "string" },
        record: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

const recordings: Readonly<Record<string, Recording>> = Object.fromEntries(
  RECORDED.filter(({ name }) => existsSync(recordingFile(name))).map(({ name }) => [name, readRecording(name)]),
);

/** Runs the cases one after the other and says how many are good. @returns how many are not */
async function runColumn(
  column: Column,
  target: Target,
  only: string,
  cells: Map<string, string>,
  answers?: Map<string, Outcome["answers"]>,
): Promise<number> {
  const bad: string[] = [];
  let run = 0;
  for (const each of CASES.filter(({ name }) => new RegExp(only).test(name))) {
    const outcome = await runCase(each, target);
    const { cell, problems } = judge(each, outcome, column, recordings);
    if (outcome.notRun === undefined) {
      run += 1;
      answers?.set(each.name, outcome.answers);
    }
    if (outcome.notRun === undefined || !cells.has(each.name)) cells.set(each.name, cell);
    if (problems.length > 0) bad.push(each.name);
    for (const problem of problems) console.log(`${each.name}\n  ${problem}`);
  }
  console.log(`${column.title}, ${target.features}: ${run - bad.length} of ${run} as expected`);
  return bad.length;
}

async function runOurs(only: string): Promise<{ readonly bad: number; readonly cells: Readonly<Record<string, Map<string, string>>> }> {
  const cells: Record<string, Map<string, string>> = {};
  for (const { name } of RECORDED) {
    const answers = recordings[name]?.answers ?? {};
    cells[name] = new Map(
      CASES.map((each) => {
        const recorded = answers[each.name];
        const column = RECORDED.find((one) => one.name === name) as Column; // it comes from this list
        return [
          each.name,
          judge(
            each,
            recorded ? { answers: recorded, differences: [] } : { notRun: each.needs ?? "", answers: [], differences: [] },
            column,
            {},
          ).cell,
        ];
      }),
    );
  }
  // Columns that are not run keep what is on record.
  if (existsSync(MATRIX_FILE)) {
    const rows = readMatrix().topics.flatMap((topic) => topic.cases);
    for (const { name } of OURS) cells[name] = new Map(rows.map((row) => [row.name, row.cells[name] ?? ""]));
  }
  let bad = 0;
  for (const column of OURS.filter(({ name }) => given.profile === undefined || name === given.profile)) {
    const ofColumn = (cells[column.name] = new Map());
    for (const features of ALL_FEATURES) {
      if (features === "only the standard exchange" && column.speaks === "cambist as 26.1") continue;
      await using target = await startTarget(column, features);
      bad += await runColumn(column, target, only, ofColumn);
    }
  }
  return { bad, cells };
}

const given = readArguments();
if (given.help) console.log(USAGE);
else if (given.base === undefined) {
  const { bad, cells } = await runOurs(given.only);
  if (given.write) {
    const matrix = buildMatrix(cells, Object.fromEntries(Object.entries(recordings).map(([name, { recorded }]) => [name, recorded])));
    writeFileSync(MATRIX_FILE, `${JSON.stringify(matrix, null, 1)}\n`);
    writeFileSync(MATRIX_PAGE, pageOf(matrix));
  }
  process.exitCode = bad > 0 ? 1 : 0;
} else {
  const column = COLUMNS.find(({ name }) => name === given.profile) ?? fail("--profile has to name one of the profiles");
  const features = ALL_FEATURES.find((each) => each === given.features) ?? fail("--features has to name one of the features");
  process.exitCode = (await runForeign(given.base.replace(/\/$/, ""), column, features)) > 0 ? 1 : 0;
}

async function runForeign(baseUrl: string, column: Column, features: Features): Promise<number> {
  const [username = "", password = ""] = given.admin?.split(/:(.*)/s) ?? [];
  const adminToken = given.admin === undefined ? undefined : adminTokens(baseUrl, username, password);
  const realms = adminToken && (await createRealms(baseUrl, adminToken, column.speaks));
  const cells = new Map<string, string>();
  const answers = new Map<string, Outcome["answers"]>();
  try {
    const target: Target = { baseUrl, speaks: column.speaks, features, ...(adminToken && { adminToken }) };
    return await runColumn(column, target, given.only, cells, answers);
  } finally {
    await realms?.remove();
    const matrix = buildMatrix({ [column.name]: cells }, {});
    if (given.json !== undefined) writeFileSync(given.json, `${JSON.stringify(matrix, null, 1)}\n`);
    if (given.markdown !== undefined) writeFileSync(given.markdown, `${renderMatrix(matrix, [column])}\n`);
    if (given.record) {
      const recorded = new Date().toISOString().slice(0, 10);
      const all = { ...recordings[column.name]?.answers, ...Object.fromEntries(answers) };
      const inOrder = Object.fromEntries(CASES.flatMap(({ name }) => (all[name] ? [[name, all[name]]] : [])));
      writeFileSync(recordingFile(column.name), `${JSON.stringify({ recorded, answers: inOrder }, null, 1)}\n`);
    }
  }
}
