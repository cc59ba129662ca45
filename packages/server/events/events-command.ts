import { openReader } from "@cambist/store/reader.ts";
import type { CommandIo } from "../cli/io.ts";
import type { EventsArguments, ServerConfig } from "../config/server-config.ts";
import { printEvents } from "./print-events.ts";

/**
 * `cambist events`: prints the audit log of the data folder, whether its server runs or not. Opens the database for reading only.
 * @returns the exit code
 * @throws {DataFolderUnusable} there is no database
 */
export async function eventsCommand(config: Pick<ServerConfig, "dataDirectory">, args: EventsArguments, io: CommandIo): Promise<number> {
  const reader = await openReader(config.dataDirectory);
  try {
    await printEvents(reader.audit, args, io);
    return 0;
  } finally {
    await reader.close();
  }
}
