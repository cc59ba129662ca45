import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CAMBIST = fileURLToPath(new URL("../bin/cambist", import.meta.url));
const READY = /is ready: \S+:(\d+)/;

export interface ServerOptions {
  readonly flags?: readonly string[];
  /** Realm representation to import at the first start. */
  readonly realm?: object;
  /** A data folder that is there already and stays; absent: a new one that goes with the server. */
  readonly data?: string;
  /** Module that every thread loads first. */
  readonly preload?: string;
}

/** A `bin/cambist` of its own, as an operator starts it, and what the operating system says about it. */
export class Server implements AsyncDisposable {
  readonly base: string;
  /** From the start of the command to its word that it is ready, milliseconds. */
  readonly readyMs: number;
  readonly #child: ChildProcess;
  readonly #scratch: string;

  private constructor(child: ChildProcess, scratch: string, port: number, readyMs: number) {
    this.#child = child;
    this.#scratch = scratch;
    this.base = `http://127.0.0.1:${port}`;
    this.readyMs = readyMs;
  }

  static async start({ flags = [], realm, data, preload }: ServerOptions): Promise<Server> {
    const scratch = mkdtempSync(join(tmpdir(), "cambist-bench-"));
    const file = join(scratch, "realm.json");
    if (realm) writeFileSync(file, JSON.stringify(realm));
    const args = ["start-dev", `--data=${data ?? join(scratch, "data")}`, "--http-port=0", "--http-management-port=0", ...flags];
    const started = performance.now();
    const child = spawn(CAMBIST, realm ? [...args, `--import-realm=${file}`] : args, {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...ADMINISTRATOR, ...(preload !== undefined && { NODE_OPTIONS: `--import=${preload}` }) },
    });
    const port = await new Promise<number>((resolve, reject) => {
      let text = "";
      child.stdout.on("data", (chunk) => {
        const match = READY.exec((text += String(chunk)));
        if (match) resolve(Number(match[1]));
      });
      child.once("exit", (code) => reject(new Error(`cambist ended with ${code}:\n${text}`)));
    });
    return new Server(child, scratch, port, performance.now() - started);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** CPU time of all threads so far, microseconds. */
  cpuMicros(): number {
    const [, fields = ""] = readFileSync(`/proc/${this.#child.pid}/stat`, "utf8").split(") ");
    const [user, system] = fields.split(" ").slice(11, 13).map(Number);
    return ((user ?? 0) + (system ?? 0)) * MICROS_PER_TICK;
  }

  /** Resident memory, MB. */
  residentMb(): number {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.#child.pid}/status`, "utf8"))?.[1]) / 1024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
    rmSync(this.#scratch, { recursive: true, force: true });
  }
}

export const ADMINISTRATOR = { KC_BOOTSTRAP_ADMIN_USERNAME: "admin", KC_BOOTSTRAP_ADMIN_PASSWORD: "admin" } as const;
/** Linux counts CPU time in hundredths of a second (`USER_HZ`), whatever the kernel ticks at. */
const MICROS_PER_TICK = 10_000;
