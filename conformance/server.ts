import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Realms of the talk and the guide, as a real Keycloak 26.1.3 exported them. */
export const APIXION = "keycloak-26.1.3/apixion-realm.json";
export const MYREALM = "keycloak-26.1.3/myrealm-realm.json";
/** A small realm written by hand, for what only Cambist has. */
export const WORKSHOP = "native-realm.json";

/** A server that runs already, for the suites that need nothing but requests: `CONFORMANCE_BASE_URL=http://localhost:8080`. */
export const GIVEN_BASE_URL: string | undefined = process.env["CONFORMANCE_BASE_URL"]?.replace(/\/$/, "");

const CAMBIST = fileURLToPath(new URL("../bin/cambist", import.meta.url));
const FIXTURES = fileURLToPath(new URL("fixtures/", import.meta.url));
const READY = /is ready: (\S+) \(.*?(?:management port (\d+))?\)\n/;
/** On a machine that does other things too; no test asserts on it. */
const READY_WITHIN_MS = 90_000;

export interface StartOptions {
  /** Files below `fixtures/`; each becomes a realm at the first start. */
  readonly realms?: readonly string[];
  /** More of the command line, such as `--compatibility=keycloak`. */
  readonly flags?: readonly string[];
  /** A data folder that outlives the server; absent: a new one that goes with it. */
  readonly data?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface RunningServer extends AsyncDisposable {
  readonly baseUrl: string;
  readonly managementUrl: string;
  readonly data: string;
  /** What it has printed so far. */
  stdout(): string;
  stderr(): string;
  isAlive(): boolean;
  /** Waits until the output matches. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Asks it to end (SIGTERM) and waits. @returns its exit code */
  stop(): Promise<number | null>;
  /** Ends it as a power cut would (SIGKILL), and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts Cambist on free ports and waits until it says that it is ready. @throws {Error} with its output when it ends or hangs instead */
export async function startServer({ realms = [], flags = [], data, environment = {} }: StartOptions = {}): Promise<RunningServer> {
  const scratch = temporaryFolder();
  const folder = data ?? join(scratch, "data");
  const imports = realms.length > 0 ? [`--import-realm=${importFolder(scratch, realms)}`] : [];
  const args = ["start-dev", "--http-port=0", "--http-management-port=0", `--data=${folder}`, ...imports, ...flags];
  const child = launch(args, scratch, environment);
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const ended = once(child, "exit");
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  const sweep = (): void => rmSync(scratch, { recursive: true, force: true });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (isAlive()) child.kill(signal);
    await ended;
    // A data folder of its own is looked into after the end; whoever brought one may never come back to this server.
    if (data !== undefined) sweep();
  };
  const failed = (what: string): Error => new Error(`cambist ${args.join(" ")} ${what}\n${stdout.text()}${stderr.text()}`);
  let ready: RegExpExecArray;
  try {
    ready = await within(READY_WITHIN_MS, Promise.race([stdout.matched(READY), ended.then(() => Promise.reject(failed("ended")))]), () =>
      failed("is not ready in time"),
    );
  } catch (error) {
    await end("SIGKILL");
    sweep();
    throw error;
  }
  const port = new URL(ready[1] ?? "").port;
  return {
    // Numbers, so that no look-up decides between IPv4 and IPv6.
    baseUrl: `http://127.0.0.1:${port}`,
    managementUrl: `http://127.0.0.1:${ready[2]}`,
    data: folder,
    stdout: () => stdout.text(),
    stderr: () => stderr.text(),
    isAlive,
    printed: (pattern) => within(5000, stdout.matched(pattern), () => failed(`did not print ${pattern}`)),
    async stop() {
      await end("SIGTERM");
      return child.exitCode;
    },
    kill: () => end("SIGKILL"),
    async [Symbol.asyncDispose]() {
      await end("SIGKILL");
      sweep();
    },
  };
}

/** The server to test by requests alone: the given one, or a new one. */
export async function serverUnderTest(options: StartOptions): Promise<Pick<RunningServer, "baseUrl"> & AsyncDisposable> {
  if (GIVEN_BASE_URL === undefined) return startServer(options);
  return { baseUrl: GIVEN_BASE_URL, [Symbol.asyncDispose]: () => Promise.resolve() };
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of Cambist to its end; one that does not end in time is killed and has no code. */
export async function runCambist(args: readonly string[], { timeoutMs = 20_000 } = {}): Promise<Finished> {
  const scratch = temporaryFolder();
  const child = launch(args, scratch, {});
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  await once(child, "close");
  clearTimeout(timer);
  rmSync(scratch, { recursive: true, force: true });
  return { code: child.exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

/** A folder of its own; whoever asked removes it. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), "cambist-conformance-"));

function launch(args: readonly string[], cwd: string, environment: Readonly<Record<string, string>>): ChildProcess {
  // Nothing of the caller's KC_* variables, and no configuration file of the caller's folder.
  const inherited = Object.fromEntries(["PATH", "HOME", "LANG"].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
  return spawn(CAMBIST, args, { cwd, env: { ...inherited, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
}

/** A folder with these realm files and nothing else. */
function importFolder(scratch: string, realms: readonly string[]): string {
  const folder = join(scratch, "import");
  if (!existsSync(folder)) mkdirSync(folder);
  for (const realm of realms) copyFileSync(join(FIXTURES, realm), join(folder, basename(realm)));
  return folder;
}

interface Collected {
  text(): string;
  matched(pattern: RegExp): Promise<RegExpExecArray>;
}

function collect(stream: NodeJS.ReadableStream | null): Collected {
  let text = "";
  const waiting = new Set<() => void>();
  stream?.setEncoding("utf8");
  stream?.on("data", (chunk: string) => {
    text += chunk;
    for (const look of waiting) look();
  });
  return {
    text: () => text,
    matched: (pattern) =>
      new Promise((resolve) => {
        const look = (): void => {
          const match = pattern.exec(text);
          if (!match) return;
          waiting.delete(look);
          resolve(match);
        };
        waiting.add(look);
        look();
      }),
  };
}

async function within<T>(timeoutMs: number, work: Promise<T>, error: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(error()), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
