import { expect, test } from "vitest";
import { findProofs, gapsOf, rowsNamed } from "./security-checklist.ts";
import { SECURITY_ROWS } from "./security-rows.ts";
import { resolve } from "node:path";

test.each([
  ["SEC-TX-04 a refresh token is refused", ["SEC-TX-04"]],
  ["SEC-JOSE-01…03, 10…11, SEC-TX-26: each", ["SEC-JOSE-01", "SEC-JOSE-02", "SEC-JOSE-03", "SEC-JOSE-10", "SEC-JOSE-11", "SEC-TX-26"]],
  ["SEC-INV-3, 4: audience and lifetime", ["SEC-INV-3", "SEC-INV-4"]],
  ["the disk (REL-03)", ["REL-03"]],
  ["H10 and H1", ["H10", "H1"]],
  ["HTTP, SHA-256 and SECRET-1", []],
])("%s names its rows", (title, rows) => expect(rowsNamed(title)).toEqual(rows));

test("each row has a test that names it or a reason why not, and no test names a row that is none", () => {
  expect(gapsOf(SECURITY_ROWS, findProofs(resolve(import.meta.dirname, "../..")))).toEqual([]);
});

test("a row that nobody proves or explains is a gap, and so is an id without a row", () => {
  const groups = [
    {
      title: "",
      rows: [
        { id: "SEC-A-1", rule: "" },
        { id: "SEC-A-2", rule: "", open: "later" },
      ],
    },
  ];
  expect(gapsOf(groups, new Map([["SEC-B-1", []]]))).toEqual([
    "SEC-A-1 has neither a test nor a reason",
    "SEC-B-1 is named by a test and is no row",
  ]);
});
