import { auditBody } from "./audit-hash.ts";
import type { AuditRecord, Command, EncodedLineage, EncodedRecord, WriteUnit } from "./ports.ts";

/**
 * A unit as it travels to the thread that writes it: what is stored as text is text already. A copy of a text costs next to nothing, one of
 * nested objects more than writing them as JSON, and there is one writer for all.
 */
export function encodeUnit({ guards, commands, audit }: WriteUnit): WriteUnit {
  return {
    ...(guards && { guards }),
    ...(commands && { commands: commands.map(encodeCommand) }),
    ...(audit && { audit: audit.map((record) => ("body" in record ? record : encodeRecord(record))) }),
  };
}

function encodeCommand(command: Command): Command {
  return command.do === "recordLineage" ? { ...command, lineage: encodeLineage(command.lineage) } : command;
}

function encodeLineage(lineage: (Command & { readonly do: "recordLineage" })["lineage"]): EncodedLineage {
  return "text" in lineage ? lineage : { jti: lineage.jti, text: JSON.stringify(lineage) };
}

/** The columns of a record, and the text that is stored and hashed. */
export function encodeRecord(record: AuditRecord): EncodedRecord {
  const { time, realmId, type, clientId } = record;
  return { time, realmId, type, ...(clientId !== undefined && { clientId }), body: auditBody(record) };
}
