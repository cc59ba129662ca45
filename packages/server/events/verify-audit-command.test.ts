import type { AuditReads } from "@cambist/store/ports.ts";
import { expect, test } from "vitest";
import { printVerification } from "./verify-audit-command.ts";

type Verified = Awaited<ReturnType<AuditReads["verify"]>>;

async function verification(verified: Verified): Promise<[code: number, text: string]> {
  let text = "";
  const io = { stdout: { write: (more: string) => (text += more) }, stderr: { write: () => {} }, signal: new AbortController().signal };
  return [await printVerification({ verify: async () => verified }, io), text];
}

test("SEC-LOG-05 an intact log says how many records it holds and where it begins", async () => {
  expect(await verification({ ok: true, records: 42, from: 1, to: 42 })).toEqual([
    0,
    "The audit log is intact: 42 records, 1 to 42.\nIt begins with the first record ever written.\n",
  ]);
  expect(await verification({ ok: true, records: 2, from: 41, to: 42 })).toEqual([
    0,
    "The audit log is intact: 2 records, 41 to 42.\n" +
      "Records before 41 are gone with their segments (retention); the chain begins at the hash kept of record 40.\n",
  ]);
});

test("an empty log is intact", async () => {
  expect(await verification({ ok: true, records: 0, from: 0, to: 0 })).toEqual([0, "The audit log is intact and holds no records.\n"]);
});

test("SEC-LOG-05 a broken log is exit code 1 and names the first bad record", async () => {
  expect(await verification({ ok: false, sequence: 17, why: "the hash does not fit\n" })).toEqual([
    1,
    "The audit log is broken at record 17: the hash does not fit\\n\n",
  ]);
});
