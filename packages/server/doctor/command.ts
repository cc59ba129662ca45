import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { needsWork } from "@cambist/core/doctor/checks.ts";
import type { AdminRequest } from "@cambist/core/doctor/finding.ts";
import type { DoctorReport } from "../admin/doctor/report.ts";
import { CommandFailure } from "../cli/command-failure.ts";
import type { CommandIo } from "../cli/io.ts";
import type { DoctorArguments, ServerConfig } from "../config/server-config.ts";
import { escapeControls } from "../events/safe-text.ts";
import { reportText, requestText } from "./print-report.ts";
import { readDataFolder } from "./read-data-folder.ts";
import { RemoteServer } from "./remote-server.ts";

/** Asks whoever sits at the terminal; undefined: nobody does. */
export type Ask = ((question: string) => Promise<boolean>) | undefined;
type DoctorConfig = Pick<ServerConfig, "dataDirectory" | "features" | "compatibility">;
type DoctorIo = Pick<CommandIo, "stdout" | "stderr">;

/** The exit code of a doctor who could not look. */
const COULD_NOT_LOOK = 2;

/**
 * `cambist doctor`: examines realms, of the data folder or of a running server, and with `--fix` makes the safe changes there.
 * @returns the exit code: 0 nothing but hints, 1 findings
 * @throws {CommandFailure} exit code 2: it could not look
 */
export async function doctorCommand(config: DoctorConfig, args: DoctorArguments, io: DoctorIo, ask: Ask = askTerminal()): Promise<number> {
  try {
    if (args.fix && args.url === undefined)
      throw new CommandFailure("--fix changes a realm through the admin API of its server: add --url; the data folder is only read");
    if (args.fix && !args.yes && !ask)
      throw new CommandFailure("--fix asks before it changes anything, and there is nobody to ask: add --yes");
    const reports =
      args.url === undefined ? await readDataFolder(config, args.realm, Date.now()) : await examineRemote(args.url, args, io, ask);
    io.stdout.write(args.json ? `${escapeControls(JSON.stringify({ reports }))}\n` : reports.map(reportText).join("\n"));
    return reports.some(({ findings }) => needsWork(findings)) ? 1 : 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(escapeControls(message), { exitCode: COULD_NOT_LOOK, cause: error });
  }
}

async function examineRemote(url: string, args: DoctorArguments, io: DoctorIo, ask: Ask): Promise<readonly DoctorReport[]> {
  const server = new RemoteServer(url, args.login);
  if (server.isExposed)
    io.stderr.write("Warning: --url is plain HTTP to another machine: whoever is on the way can read the credentials.\n");
  const reports = await server.reports(args.realm);
  if (!args.fix) return reports;
  const requests = reports.flatMap(({ findings }) => findings.flatMap(({ fix }) => (fix.safe && fix.request ? [fix.request] : [])));
  const say = (line: string): unknown => io.stderr.write(`${escapeControls(line)}\n`);
  if (requests.length === 0) {
    say("Nothing that --fix may change.");
    return reports;
  }
  for (const request of requests) say(requestText(request));
  const changes = requests.length === 1 ? "this change" : `these ${requests.length} changes`;
  if (!args.yes && !(await ask?.(`Make ${changes}? [y/N] `))) {
    say("Nothing was changed.");
    return reports;
  }
  await makeChanges(server, requests, say);
  return server.reports(args.realm);
}

async function makeChanges(server: RemoteServer, requests: readonly AdminRequest[], say: (line: string) => unknown): Promise<void> {
  const outcomes = await server.apply(requests);
  for (const [index, request] of requests.entries()) {
    const problem = outcomes[index];
    say(`${problem === undefined ? "Done" : "Failed"}: ${request.method} ${request.path}${problem === undefined ? "" : `: ${problem}`}`);
  }
}

function askTerminal(): Ask {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    // Ctrl-C and Ctrl-D close it without an answer: that is a no.
    const closed = once(terminal, "close").then(() => "");
    try {
      const answer = await Promise.race([terminal.question(question).catch(() => ""), closed]);
      return /^y(?:es)?$/i.test(answer.trim());
    } finally {
      terminal.close();
    }
  };
}
