import type { Lineage } from "@cambist/core/model.ts";
import { auditBody } from "./audit-hash.ts";
import type { AuditRecord, Command, EncodedLineage, EncodedRecord, WriteUnit } from "./ports.ts";

/**
 * A unit as it travels to the thread that writes it: what is stored as text is text already. A copy of a text costs next to nothing, one of
 * nested objects more than writing them as JSON, and there is one writer for all.
 */
export function encodeUnit({ guards, commands, audit }: WriteUnit): WriteUnit {
  return { guards, commands: commands?.map(encodeCommand), audit: audit?.map(encodeRecord) };
}

function encodeCommand(command: Command): Command {
  if (command.do !== "recordLineage") return command;
  return { do: command.do, realmId: command.realmId, lineage: encodeLineage(command.lineage), expiresAt: command.expiresAt };
}

/** A lineage with the text that is stored. */
export function encodeLineage(lineage: Lineage | EncodedLineage): EncodedLineage {
  return "text" in lineage ? lineage : { jti: lineage.jti, text: JSON.stringify(lineage) };
}

/** The columns of a record, and the text that is stored and hashed. */
export function encodeRecord(record: AuditRecord | EncodedRecord): EncodedRecord {
  if ("body" in record) return record;
  const { time, realmId, type, clientId } = record;
  return { time, realmId, type, clientId, body: auditBody(record) };
}
