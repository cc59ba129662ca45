import type { Finding } from "@cambist/core/doctor/finding.ts";
import type { Affected, Difference } from "@cambist/core/migration/difference.ts";
import { expect, test } from "vitest";
import { differenceLines, findingLines, toldIds } from "./print-differences.ts";

const difference = (objects: readonly Affected[], change: Partial<Difference> = {}): Difference => ({
  id: "thing",
  dialect: "both",
  what: "It is so.",
  why: "It has to be.",
  change: "None.",
  objects,
  count: objects.length,
  ...change,
});
const clients = (count: number): readonly Affected[] =>
  Array.from({ length: count }, (_, number) => ({ type: "client", name: `c${number}` }));
const named = (objects: readonly Affected[], count = objects.length): string | undefined =>
  differenceLines([difference(objects, { count })], { own: "native" })[1]?.replace("    thing: ", "");

test("a difference is three lines under its dialect; a dialect without one says so", () => {
  expect(differenceLines([difference(clients(1))], { own: "native" })).toEqual([
    "  in both dialects:",
    "    thing: client c0",
    "      It is so. It has to be.",
    "      Change: None.",
    "  in native, as the realm will answer, besides: nothing",
    "  in keycloak, with --compatibility=keycloak instead: nothing",
  ]);
});

test("of the dialect that the realm will not answer in, the names are told", () => {
  const found = (["native", "keycloak", "native"] as const).map((dialect, number) => difference(clients(1), { id: `d${number}`, dialect }));
  expect(differenceLines(found, { own: "keycloak" })).toEqual([
    "  in both dialects: nothing",
    "  in keycloak, as the realm will answer, besides:",
    "    d1: client c0",
    "      It is so. It has to be.",
    "      Change: None.",
    "  in native, with --compatibility=native instead: d0, d2",
  ]);
  expect(toldIds(found, "keycloak")).toEqual(["d1"]);
});

test("what was explained with a realm before is one line", () => {
  expect(differenceLines([difference(clients(2))], { own: "native", knows: new Set(["thing"]) })[1]).toBe(
    "    thing (as above): clients c0, c1",
  );
});

test("five objects are named, the rest is counted", () => {
  expect(named(clients(5))).toBe("clients c0, c1, c2, c3, c4");
  expect(named(clients(6))).toBe("clients c0, c1, c2, c3, c4 and 1 more");
  expect(named([{ type: "user", name: "ann" }], 100_000)).toBe("users ann and 99999 more");
});

test("objects of several types stand with their kind, and with what is so about each", () => {
  expect(
    named([
      { type: "policy", name: "p", detail: "type js" },
      { type: "policy", name: "q" },
      { type: "key", name: "k" },
    ]),
  ).toBe("policies p (type js), q; key k");
});

test("a name breaks no line", () => {
  expect(named([{ type: "client", name: "a\nb", detail: "c\u001b[2J" }])).toBe(String.raw`client "a\nb" ("c\u001b[2J")`);
});

const finding = (check: string, problem: string) => ({ check, severity: "warning", problem }) as Finding;

test("of the doctor's findings each check shows five", () => {
  const many = Array.from({ length: 7 }, (_, number) => finding("full-scope", `P${number}.`));
  expect(findingLines([...many, finding("events-off", "Q.")])).toEqual([
    ...["P0.", "P1.", "P2.", "P3.", "P4."].map((problem) => `  warning  full-scope: ${problem}`),
    "  warning  full-scope: and 2 more",
    "  warning  events-off: Q.",
  ]);
});
