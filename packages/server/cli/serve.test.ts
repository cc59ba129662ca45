import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readConfig } from "../config/read-config.ts";
import type { RunningServer } from "./io.ts";
import { serveUntilStopped } from "./serve.ts";

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "cambist-serve-"));
});
afterEach(() => rmSync(data, { recursive: true }));

/** Runs a server that answers nothing until it is told to stop; gives what was printed, in order. */
async function serve(args: readonly string[], server: Partial<RunningServer> = {}) {
  const { config } = readConfig({
    argv: ["start-dev", `--data=${data}`, ...args],
    env: {},
    cwd: "/",
    installDir: "/",
    readFile: () => undefined,
    version: "0.1.0",
  });
  const printed: string[] = [];
  const stop = new AbortController();
  const write = (text: string): unknown => printed.push(text);
  const running: RunningServer = { port: 8080, managementPort: 9000, stop: async () => void printed.push("stopped"), ...server };
  const code = serveUntilStopped(config, async () => running, { stdout: { write }, stderr: { write }, signal: stop.signal });
  await new Promise(setImmediate);
  printed.push("signal");
  stop.abort();
  return { code: await code, printed };
}

const READY = "Cambist 0.1.0 is ready: http://localhost:8080 (development mode, listens on 127.0.0.1, management port 9000)\n";
const NO_ADMINISTRATOR =
  "There is no administrator. To make one, set KC_BOOTSTRAP_ADMIN_USERNAME and KC_BOOTSTRAP_ADMIN_PASSWORD and start again.\n";

test("a start says where it listens, waits for the signal, stops and ends with 0", async () => {
  expect(await serve(["--bootstrap-admin-password=x"])).toEqual({ code: 0, printed: [READY, "signal", "stopped"] });
});

test("a first start without an administrator says how to make one, a later one does not", async () => {
  expect((await serve([])).printed).toEqual([READY, NO_ADMINISTRATOR, "signal", "stopped"]);
  writeFileSync(join(data, "cambist.db"), "");
  expect((await serve([])).printed).not.toContain(NO_ADMINISTRATOR);
  expect((await serve([], { lacksAdministrator: true })).printed).toContain(NO_ADMINISTRATOR);
});

test("the line names the port that was opened, the path and the address", async () => {
  const { printed } = await serve(["--http-port=0", "--http-relative-path=/auth", "--http-host=::1"], {
    port: 40_001,
    managementPort: undefined,
  });
  expect(printed[0]).toBe("Cambist 0.1.0 is ready: http://localhost:40001/auth (development mode, listens on ::1)\n");
});

test("with JSON log lines it is one JSON object", async () => {
  const { printed } = await serve(["--log-console-output=json", "--http-host=10.0.0.7"]);
  const line = JSON.parse(printed[0] ?? "") as Readonly<Record<string, unknown>>;
  expect(line).toMatchObject({ message: "ready", url: "http://10.0.0.7:8080", port: 8080, managementPort: 9000 });
  // SEC-LOG-09: as every other line of that log.
  expect(line["timestamp"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test("a signal during the start stops the server once it stands", async () => {
  const { config } = readConfig({ argv: ["start-dev"], env: {}, cwd: data, installDir: "/", readFile: () => undefined });
  let stopped = false;
  const io = { stdout: { write: () => true }, stderr: { write: () => true }, signal: AbortSignal.abort() };
  const start = async (): Promise<RunningServer> => ({ port: 1, stop: async () => void (stopped = true) });
  expect(await serveUntilStopped(config, start, io)).toBe(0);
  expect(stopped).toBe(true);
});
