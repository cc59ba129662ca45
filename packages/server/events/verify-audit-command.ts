import { openReader } from "@cambist/store/reader.ts";
import type { AuditReads } from "@cambist/store/ports.ts";
import type { CommandIo } from "../cli/io.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { escapeControls } from "./safe-text.ts";

/**
 * `cambist verify-audit`: walks the hash chain of the audit log and says what it found.
 * @returns the exit code: 0 intact, 1 broken
 * @throws {DataFolderUnusable} there is no database
 */
export async function verifyAuditCommand(config: Pick<ServerConfig, "dataDirectory">, io: CommandIo): Promise<number> {
  const reader = await openReader(config.dataDirectory);
  try {
    return await printVerification(reader.audit, io);
  } finally {
    await reader.close();
  }
}

export async function printVerification(audit: Pick<AuditReads, "verify">, io: CommandIo): Promise<number> {
  const verified = await audit.verify();
  if (!verified.ok) {
    io.stdout.write(`The audit log is broken at record ${verified.sequence}: ${escapeControls(verified.why)}\n`);
    return 1;
  }
  const { records, from, to } = verified;
  if (records === 0) {
    io.stdout.write("The audit log is intact and holds no records.\n");
    return 0;
  }
  io.stdout.write(`The audit log is intact: ${records} records, ${from} to ${to}.\n`);
  io.stdout.write(
    from <= 1
      ? "It begins with the first record ever written.\n"
      : `Records before ${from} are gone with their segments (retention); the chain begins at the hash kept of record ${from - 1}.\n`,
  );
  return 0;
}
