import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const ROOT = join(import.meta.dirname, "..", "..");
const CAMBIST = join(ROOT, "bin", "cambist");
/** Of the realm `master`, for readers who go on with the admin API. */
const ADMINISTRATOR = { KC_BOOTSTRAP_ADMIN_USERNAME: "admin", KC_BOOTSTRAP_ADMIN_PASSWORD: "admin" };
/** For a server to start or to stop, in milliseconds. */
const PATIENCE_MS = 30_000;

export interface DemoServer {
  /** Base URL for callers. */
  readonly url: string;
  readonly managementUrl: string;
  readonly dataFolder: string;
  /** From the command line to the ready line. */
  readonly startedInMs: number;
  /** Lines of the server's log that hold `text`, as soon as there is one; none when it does not come in time. */
  readonly findLines: (text: string) => Promise<readonly string[]>;
  /** From now on every line goes there too. */
  readonly follow: (show: (line: string) => void) => void;
  /** Runs another command of Cambist's on the same data. */
  run(command: string): Promise<{ readonly code: number | null; readonly output: string }>;
  /** Resolves with the exit code when the server ends, asked to or not. */
  readonly ended: Promise<number | null>;
  /** Ends the server and removes its data. When this process ends first, both happen all the same. */
  stop(): Promise<void>;
}

/**
 * Starts `bin/cambist start-dev` on a data folder of its own with the realm files, away from any configuration of this machine. Ports: those
 * of `CAMBIST_DEMO_PORT` and `CAMBIST_DEMO_MANAGEMENT_PORT` (0: any), else 8080 and 9000, else free ones.
 * @throws {Error} with what the server said, when it does not start
 */
export async function startDemoServer(realmFiles: readonly string[]): Promise<DemoServer> {
  const folder = mkdtempSync(join(tmpdir(), "cambist-demo-"));
  const dataFolder = join(folder, "data");
  const forget = (): void => rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(dataFolder, "import"), { recursive: true });
  for (const file of realmFiles) cpSync(file, join(dataFolder, "import", basename(file)));
  const configFile = join(folder, "cambist.conf");
  writeFileSync(configFile, "");

  const options = [
    `--config-file=${configFile}`,
    `--data=${dataFolder}`,
    `--http-port=${await port("CAMBIST_DEMO_PORT", 8080)}`,
    `--http-management-port=${await port("CAMBIST_DEMO_MANAGEMENT_PORT", 9000)}`,
    "--log-level=info,org.keycloak.events:debug",
    "--import-realm",
  ];
  const started = performance.now();
  // In a process group of its own: Ctrl-C reaches the demo alone, which then stops the server once.
  const child = spawn(CAMBIST, ["start-dev", ...options], {
    cwd: folder,
    env: { ...plainEnvironment(), ...ADMINISTRATOR },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  // However this process ends, it leaves nothing behind.
  process.once("exit", () => {
    if (child.exitCode === null) child.kill("SIGTERM");
    forget();
  });
  const ended = once(child, "exit").then(([code]) => code as number | null);
  const log = gather(child);
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await Promise.race([ended, sleep(PATIENCE_MS, undefined, { ref: false }).then(() => child.kill("SIGKILL"))]);
    forget();
  };
  try {
    const [ready] = await Promise.race([log.find(" is ready: "), ended.then((): string[] => [])]);
    const found = ready === undefined ? null : / is ready: (\S+) .*management port (\d+)/.exec(ready);
    if (!found) throw new Error(`The server did not start:\n${log.lines.join("\n")}`);
    const [, url = "", managementPort] = found;
    return {
      url,
      managementUrl: `http://localhost:${managementPort}`,
      dataFolder,
      startedInMs: performance.now() - started,
      findLines: log.find,
      follow: log.follow,
      run: (command) => runCambist([command, `--config-file=${configFile}`, `--data=${dataFolder}`]),
      ended,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** This environment without options for a server: the demo shows defaults. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:KC_|KEYCLOAK_)/.test(name)));
}

interface Log {
  readonly lines: readonly string[];
  readonly find: (text: string) => Promise<readonly string[]>;
  readonly follow: (show: (line: string) => void) => void;
}

function gather(child: ChildProcess): Log {
  const lines: string[] = [];
  let show: ((line: string) => void) | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      show?.(line);
    });
  }
  return {
    lines,
    async find(text) {
      const giveUp = performance.now() + PATIENCE_MS;
      for (;;) {
        const found = lines.filter((line) => line.includes(text));
        if (found.length > 0 || performance.now() > giveUp) return found;
        await sleep(10);
      }
    },
    follow(listener) {
      show = listener;
    },
  };
}

async function runCambist(args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(CAMBIST, args, { env: plainEnvironment(), stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output: output.trimEnd() };
}

/** The wanted port where it is free, else 0. */
async function port(variable: string, wanted: number): Promise<number> {
  const given = process.env[variable];
  if (given !== undefined && given !== "") {
    if (!/^\d{1,5}$/.test(given) || Number(given) > 65_535) throw new Error(`${variable} must be a port number, or 0 for any free port`);
    return Number(given);
  }
  const free = await Promise.all(["127.0.0.1", "::1"].map((host) => isFree(host, wanted)));
  return free.every(Boolean) ? wanted : 0;
}

/** `localhost` may mean either address, so somebody else on one of them would get our reader's requests. */
function isFree(host: string, wanted: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "EADDRNOTAVAIL" || error.code === "EAFNOSUPPORT"));
    server.listen({ host, port: wanted, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
