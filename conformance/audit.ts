import { expect } from "vitest";
import { decode, type Json } from "./client.ts";
import { runCambist } from "./server.ts";

/** What a client got back for one request, as far as the audit log has to know of it. */
export interface Received {
  readonly status: number;
  /** The header `Cambist-Decision`. */
  readonly decision: string;
  /** It says no, with whatever status: introspection and revocation do so with 200. */
  readonly refused: boolean;
  /** `jti` of the issued access token. */
  readonly jti?: string | undefined;
}

export interface AuditRecord {
  readonly realmName: string;
  readonly clientId?: string;
  readonly id: string;
  readonly type: string;
  readonly error?: string;
  readonly issued: readonly string[];
  readonly sequence: number;
  readonly details: Json;
  readonly facts: Json;
}

export const receivedOf = (status: number, decision: string | null | undefined, body: Json): Received => ({
  status,
  decision: decision ?? "none",
  refused: status >= 400 || body["error"] !== undefined || body["active"] === false,
  jti: decode(body["access_token"]).claims["jti"] as string | undefined,
});

/** A long log on a machine that does other things too takes its time. */
const PATIENT = { timeoutMs: 300_000 };

/** All records of a data folder, read by the command line. */
export async function auditRecords(data: string): Promise<readonly AuditRecord[]> {
  const { code, stdout, stderr } = await runCambist(["events", "--json", `--data=${data}`], PATIENT);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as AuditRecord]));
}

export async function expectIntactAudit(data: string): Promise<void> {
  const { code, stdout, stderr } = await runCambist(["verify-audit", `--data=${data}`], PATIENT);
  expect({ code, output: stdout + stderr }).toEqual({ code: 0, output: stdout });
}

/**
 * Compares what clients received with the audit log: each success has exactly one record, with its `jti` where a token was issued, and each
 * refusal exactly one, which issued nothing.
 * @returns how many exchanges are on record that nobody received
 */
export function compareWithAudit(received: readonly Received[], records: readonly AuditRecord[]): number {
  const byId = new Map<string, AuditRecord[]>();
  const byToken = new Map<string, number>();
  for (const record of records) {
    byId.set(record.id, [...(byId.get(record.id) ?? []), record]);
    for (const jti of record.issued) byToken.set(jti, (byToken.get(jti) ?? 0) + 1);
  }
  const wrong = received.filter(({ refused, decision, jti }) => {
    const found = byId.get(decision) ?? [];
    const [record] = found;
    if (found.length !== 1 || !record) return true;
    if (refused) return record.error === undefined || record.issued.length > 0;
    if (record.error !== undefined) return true;
    if (jti === undefined) return record.issued.length > 0;
    return !record.issued.includes(jti) || byToken.get(jti) !== 1;
  });
  expect(wrong).toEqual([]);
  const known = new Set(received.map(({ decision }) => decision));
  return records.filter(({ id, type }) => type === "TOKEN_EXCHANGE" && !known.has(id)).length;
}
