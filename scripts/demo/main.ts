import { spawn, spawnSync } from "node:child_process";
import { text } from "node:stream/consumers";
import { Checks } from "./checks.ts";
import { goOnWith, type PastedCommand } from "./go-on.ts";
import { REALM_FILES } from "./platform.ts";
import { type DemoServer, startDemoServer } from "./server.ts";
import { tellStory } from "./story.ts";
import { Terminal } from "./terminal.ts";

/**
 * `npm run demo`: starts a server with the platform of `examples/apixion`, shows one exchange from the request to the metric, and keeps the
 * server running for the reader's own requests. `-- --exit` ends after showing: 0, or 1 when something was not as shown.
 */
const ROOT = new URL("../..", import.meta.url);
const terminal = new Terminal(process.stdout);
const unknown = process.argv.slice(2).filter((argument) => argument !== "--exit");
if (unknown.length > 0) {
  console.error(`demo: unknown argument ${unknown.join(" ")}; the only one is --exit`);
  process.exit(2);
}
// The reader of a pipe has seen enough (`npm run demo | head`).
process.stdout.on("error", () => process.exit(1));

let server: DemoServer | undefined;
let stopping = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (stopping || !server) process.exit(130);
    stopping = true;
    void server.stop();
  });
}
const checks = new Checks();

terminal.line(`\n${terminal.paint("bold", "Cambist")}: a token for exactly one audience, on the record\n`);
try {
  server = await startDemoServer(REALM_FILES);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
terminal.text(`${server.url} is ready with the realms apixion and myrealm, ${(server.startedInMs / 1000).toFixed(1)} s after the command.`);
try {
  await tellStory(server, terminal, checks);
  const commands = goOnWith(server);
  showCommands(commands, server.managementUrl);
  checks.equal("status of /health", (await fetch(`${server.managementUrl}/health`)).status, 200);
  if (!stopping) await tryCommands(commands);
} catch (error) {
  checks.problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
if (!stopping) {
  report();
  if (process.argv.includes("--exit")) await server.stop();
  else await keepRunning(server);
}
await server.ended;
process.exit(checks.problems.length === 0 ? 0 : 1);

async function keepRunning({ follow, ended }: DemoServer): Promise<void> {
  terminal.line(`\n   ${terminal.paint("bold", "Ctrl-C stops the server and removes its data.")} Its log from here on:\n`);
  follow((line) => terminal.line(terminal.paint("dim", line)));
  const code = await ended;
  if (stopping) return;
  checks.problems.push("the server ended by itself");
  console.error(`The server ended by itself with exit code ${code}.`);
}

function showCommands(commands: readonly PastedCommand[], managementUrl: string): void {
  terminal.line(`\n${terminal.paint(["bold", "cyan"], "→")}  ${terminal.paint("bold", "Go on yourself")}`);
  for (const { about, command } of commands) terminal.line(`\n   ${terminal.paint("dim", `${about}:`)}\n${command}`);
  terminal.line();
  terminal.text("Passwords are <username>-password, secrets <clientId>-secret; the realm files are in examples/.");
  terminal.text(`Health and metrics: ${managementUrl}/health, ${managementUrl}/metrics. More to paste: docs/guide/token-exchange.md`);
}

/** Runs the commands as they were printed. Without curl nobody can paste them either. */
async function tryCommands(commands: readonly PastedCommand[]): Promise<void> {
  if (spawnSync("curl", ["--version"]).status !== 0) return;
  const script = commands.map(({ command }, index) => `${command}\necho; echo "== ${index}"`).join("\n");
  const shell = spawn("sh", { cwd: ROOT, stdio: ["pipe", "pipe", "ignore"], timeout: 60_000 });
  shell.stdin.end(script);
  const outputs = (await text(shell.stdout)).split(/^== \d+$/m);
  for (const [index, { about, gives }] of commands.entries()) {
    const output = outputs[index] ?? "";
    if (gives) checks.holds(`"${about}" gave: ${output.trim().slice(0, 300)}`, gives.test(output));
  }
}

function report(): void {
  const { made, problems } = checks;
  terminal.line();
  if (problems.length === 0) terminal.text(`All ${made} facts were as shown.`, 3, "green");
  else {
    terminal.text(`${problems.length} of ${made} facts were not as shown:`, 3, "red");
    for (const problem of problems) terminal.text(`- ${problem}`);
  }
}
