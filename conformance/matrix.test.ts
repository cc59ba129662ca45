import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CASES } from "./cases/all.ts";
import { ALL_FEATURES, COLUMNS, OURS, RECORDED, startTarget } from "./columns.ts";
import { judge, MATRIX_PAGE, type Matrix, pageOf, readMatrix, readRecording } from "./matrix.ts";
import { runCase, type Target, whyNot } from "./run.ts";

/** Every case against Cambist in each of its dialects, as the matrix has it on record. */

const matrix: Matrix = readMatrix();
const recordings = Object.fromEntries(RECORDED.map(({ name }) => [name, readRecording(name)]));
const cells = new Map(matrix.topics.flatMap(({ cases }) => cases.map((each) => [each.name, each.cells] as const)));
const adminToken = (): Promise<string> => Promise.reject(new Error("only asked whether there is one"));

for (const column of OURS) {
  for (const features of ALL_FEATURES) {
    const here = CASES.filter((each) => whyNot(each, { speaks: column.speaks, features, adminToken }) === undefined);
    describe.skipIf(here.length === 0)(`${column.title}, ${features}`, () => {
      let target: Target & AsyncDisposable;
      beforeAll(async () => {
        target = await startTarget(column, features);
      });
      afterAll(() => target?.[Symbol.asyncDispose]());

      test.each(here)(
        "$name",
        async (each) => {
          const { cell, problems } = judge(each, await runCase(each, target), column, recordings);
          expect(problems).toEqual([]);
          const onRecord = cells.get(each.name)?.[column.name] ?? "";
          // What deviates no longer may say so before the page does.
          if (each.deviation === undefined) expect(cell).toBe(onRecord);
        },
        120_000,
      );
    });
  }
}

test("no two cases have one name, and the matrix has each of them", () => {
  const names = CASES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect([...cells.keys()]).toEqual(names);
  for (const row of cells.values()) expect(Object.keys(row)).toEqual(COLUMNS.map(({ name }) => name));
});

test.each(RECORDED)("whatever $title can be asked it was asked, and its answers are on record", ({ name, speaks }) => {
  const canBeAsked = CASES.filter((each) => ALL_FEATURES.some((features) => whyNot(each, { speaks, features, adminToken }) === undefined));
  expect(canBeAsked.flatMap((each) => (recordings[name]?.answers[each.name] === undefined ? [each.name] : []))).toEqual([]);
});

test("the page of the documentation is in step (npm run conformance -- --write)", () => {
  expect(readFileSync(MATRIX_PAGE, "utf8")).toBe(pageOf(matrix));
});

test("what deviates from Keycloak has its row in docs/reference/deviations.md", () => {
  const rows = readFileSync(new URL("../docs/reference/deviations.md", import.meta.url), "utf8");
  for (const { name, steps, deviation } of CASES) {
    const deviates = steps.some(({ ours }) => ours !== undefined);
    expect({ name, hasReason: deviation !== undefined && rows.includes(`\n| ${deviation} |`) }).toEqual({ name, hasReason: deviates });
  }
});
