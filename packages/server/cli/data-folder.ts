import { makeFolder } from "@cambist/store/own-folder.ts";
import { CommandFailure } from "./command-failure.ts";

/** Makes the data folder unless it is there. @throws {CommandFailure} it cannot be made */
export function makeDataFolder(path: string): void {
  try {
    makeFolder(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new CommandFailure(`The data folder ${path} cannot be made: ${code}`, { cause: error });
  }
}
