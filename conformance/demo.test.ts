import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const ANY_PORT = { CAMBIST_DEMO_PORT: "0", CAMBIST_DEMO_MANAGEMENT_PORT: "0" };
const SLOW = 90_000;

const demo = (args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess =>
  spawn("npm", ["run", "--silent", "demo", "--", ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });

const outputOf = async (child: ChildProcess): Promise<{ readonly code: number | null; readonly output: string }> => {
  const closed = once(child, "close");
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  const parts = await Promise.all(streams.map((stream) => text(stream)));
  const [code] = (await closed) as [number | null];
  return { code, output: parts.join("\n") };
};

test(
  "npm run demo -- --exit shows the exchange of the talk, finds everything as shown, and leaves nothing behind",
  async () => {
    const { code, output } = await outputOf(demo(["--exit"], ANY_PORT));
    expect(output).toMatch(/All \d+ facts were as shown/);
    expect(code).toBe(0);
    const squeezed = output.replace(/ +/g, " ");
    for (const line of [
      "POST /realms/apixion/protocol/openid-connect/token HTTP/1.1",
      "&audience=some-backend-service",
      "aud frontend, portal some-backend-service changed",
      "some-backend-service roles - viewer new",
      "act (who acts) - portal new",
      "400 not_allowed",
      "fix add a client policy that names it to the token-exchange permission of backend.",
      'error="not_allowed", reason="client not allowed to exchange to audience"',
      "The audit log is intact: 5 records",
      'client_id="portal",error="",event="token_exchange",idp="",realm="apixion"} 2.0',
      'client_id="portal",error="not_allowed",event="token_exchange",idp="",realm="apixion"} 1.0',
    ]) {
      expect(squeezed).toContain(line);
    }
    expect(output).not.toContain("\u001b["); // plain where nobody looks at a terminal
    expect(Math.max(...linesOfStory(output).map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(existsSync(dataFolderIn(output))).toBe(false);
  },
  SLOW,
);

/** Without the commands to paste, whose lines are as long as they are. */
const linesOfStory = (output: string): readonly string[] => output.slice(0, output.indexOf("Go on yourself")).split("\n");

const dataFolderIn = (output: string): string => {
  const [, folder = ""] = / --data=(\S+)/.exec(output) ?? [];
  expect(folder).toContain("cambist-demo-");
  return folder;
};

test(
  "the demo says so when its port is taken, and ends with 1",
  async () => {
    const other = createServer();
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { readonly port: number };
    const { code, output } = await outputOf(demo(["--exit"], { ...ANY_PORT, CAMBIST_DEMO_PORT: String(port) }));
    other.close();
    expect(output).toContain(`Port ${port} on 127.0.0.1 is in use by another process`);
    expect(code).toBe(1);
  },
  SLOW,
);

/**
 * The commands of the documentation, run as a reader runs them: all `sh` blocks of a page in one shell, against the demo. A `json` block behind
 * one is its answer (members may be missing, `...` stands for the rest of a text), a `text` block has lines of its output (`...` likewise).
 */
describe("the documentation", () => {
  let server: ChildProcess;
  let printed = "";

  beforeAll(async () => {
    server = spawn(join(ROOT, "scripts", "with-node"), ["node", "scripts/demo/main.ts"], {
      cwd: ROOT,
      env: { ...process.env, ...ANY_PORT },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise<void>((resolve, reject) => {
      server.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
        printed += chunk;
        if (printed.includes("Ctrl-C stops the server")) resolve();
      });
      server.once("exit", () => reject(new Error(`The demo ended:\n${printed}`)));
    });
  }, SLOW);

  afterAll(() => {
    server.kill("SIGTERM");
  });

  test.each([
    "README.md",
    "docs/guide/token-exchange.md",
    "docs/guide/permissions.md",
    "docs/guide/administration.md",
    "docs/guide/observability.md",
    "docs/guide/doctor.md",
  ])(
    "%s: every command gives the answer that stands below it",
    async (page) => {
      const steps = stepsOf(readFileSync(join(ROOT, page), "utf8"));
      expect(steps.filter(({ wanted }) => wanted.length > 0).length).toBeGreaterThan(2);
      const outputs = await runInShell(steps.map(({ command }) => command));
      for (const [index, { command, wanted }] of steps.entries()) {
        const output = outputs[index] ?? "";
        const missing = wanted.flatMap(({ kind, body }) =>
          kind === "json"
            ? differences(JSON.parse(atThisServer(body)), parseJson(output))
            : body
                .trim()
                .split("\n")
                .filter((line) => !part(line).test(output)),
        );
        expect(missing, `${command}\n→ ${output}`).toEqual([]);
      }
    },
    SLOW,
  );

  test(
    "Ctrl-C ends the demo with 0 and removes its data",
    async () => {
      const folder = dataFolderIn(printed);
      expect(existsSync(folder)).toBe(true);
      server.removeAllListeners("exit");
      const ended = once(server, "exit");
      server.kill("SIGINT");
      expect(await ended).toEqual([0, null]);
      expect(existsSync(folder)).toBe(false);
    },
    SLOW,
  );

  const address = (name: "main" | "management"): string => {
    const found = (name === "main" ? /(http:\/\/localhost:\d+) is ready/ : /(http:\/\/localhost:\d+)\/metrics \|/).exec(printed);
    return found?.[1] ?? "";
  };
  /** Pages name the usual ports; the test takes free ones. */
  const atThisServer = (page: string): string =>
    page.replaceAll("http://localhost:8080", address("main")).replaceAll("http://localhost:9000", address("management"));

  async function runInShell(commands: readonly string[]): Promise<readonly string[]> {
    const folder = mkdtempSync(join(tmpdir(), "cambist-docs-"));
    // Pages write `bin/cambist`, from the root of the repository.
    const script = commands.map(
      (command) => `${atThisServer(command).replaceAll("bin/cambist", `${ROOT}/bin/cambist`)}\necho; echo '== next'`,
    );
    const shell = spawn("sh", {
      cwd: folder,
      env: { ...process.env, DATA: dataFolderIn(printed) },
      stdio: ["pipe", "pipe", "inherit"],
      timeout: SLOW,
    });
    shell.stdin.end(script.join("\n"));
    const output = await text(shell.stdout);
    rmSync(folder, { recursive: true, force: true });
    return output.split("== next\n");
  }
});

interface Step {
  readonly command: string;
  readonly wanted: readonly { readonly kind: "json" | "text"; readonly body: string }[];
}

function stepsOf(page: string): readonly Step[] {
  const steps: { command: string; wanted: { kind: "json" | "text"; body: string }[] }[] = [];
  for (const [, kind, body = ""] of page.matchAll(/^```(sh|json|text)\n([^]*?)^```$/gm)) {
    if (kind === "sh") steps.push({ command: body.trimEnd(), wanted: [] });
    else steps.at(-1)?.wanted.push({ kind: kind === "json" ? "json" : "text", body });
  }
  return steps;
}

const parseJson = (output: string): unknown => {
  try {
    return JSON.parse(output.trim());
  } catch {
    return output;
  }
};

/**
 * Where `actual` lacks something that `wanted` has, one line per place. `expires_in` may be a moment less: the clock went on since the sign-in.
 */
function differences(wanted: unknown, actual: unknown, path = "answer"): readonly string[] {
  const differs = [`${path}: ${JSON.stringify(wanted)} is documented, ${JSON.stringify(actual)} came`];
  if (typeof wanted === "string") return typeof actual === "string" && pattern(wanted).test(actual) ? [] : differs;
  if (path.endsWith(".expires_in")) return Number(actual) <= Number(wanted) && Number(actual) > Number(wanted) - 30 ? [] : differs;
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted)) return isDeepStrictEqual(actual, wanted) ? [] : differs;
  if (typeof actual !== "object" || actual === null) return differs;
  return Object.entries(wanted).flatMap(([name, value]) =>
    differences(value, (actual as Readonly<Record<string, unknown>>)[name], `${path}.${name}`),
  );
}

/** `...` stands for anything; the whole text of a JSON member has to match, of a line only a part. */
const pattern = (wanted: string): RegExp => new RegExp(`^${anything(wanted)}$`);
const part = (line: string): RegExp => new RegExp(anything(line));
const anything = (text: string): string =>
  text
    .split("...")
    .map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join(".*");
