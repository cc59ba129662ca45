import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHECKS } from "@cambist/core/doctor/checks.ts";
import { afterEach, describe, expect, test } from "vitest";
import { CommandFailure } from "../cli/command-failure.ts";
import { readConfig } from "../config/read-config.ts";
import { importCommand } from "../imports/command.ts";
import { adminOf, masterRealm } from "../testing/admin.ts";
import { testServer, type TestServer } from "../testing/test-server.ts";
import { type Ask, doctorCommand } from "./command.ts";

const EXAMPLES = join(import.meta.dirname, "..", "..", "..", "examples");
const CARELESS = join(import.meta.dirname, "fixtures", "careless-realm.json");
const MASTER = masterRealm({
  users: [{ username: "admin", enabled: true, realmRoles: ["admin"], credentials: [{ type: "password", value: "admin" }] }],
});

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function doctor(args: readonly string[], { env = {}, ask }: { env?: Record<string, string>; ask?: Ask } = {}): Promise<Outcome> {
  const { config, doctorArguments } = readConfig({ argv: ["doctor", ...args], env, cwd: "/", installDir: "/", readFile: () => undefined });
  const written = { out: "", err: "" };
  const io = { stdout: { write: (text: string) => (written.out += text) }, stderr: { write: (text: string) => (written.err += text) } };
  try {
    return { code: await doctorCommand(config, doctorArguments, io, ask), ...written };
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return { code: error.exitCode, out: written.out, err: `${written.err}${error.message}` };
  }
}

async function dataFolder(file: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "cambist-doctor-"));
  ends.push(() => rmSync(folder, { recursive: true }));
  const argv = ["import", `--data=${folder}`, `--file=${file}`];
  const { config } = readConfig({ argv, env: {}, cwd: "/", installDir: "/", readFile: () => undefined });
  const silent = { write: () => true };
  expect(await importCommand(config, { stdout: silent, stderr: silent, signal: AbortSignal.abort() })).toBe(0);
  return folder;
}

async function running(): Promise<{ readonly url: string; readonly server: TestServer }> {
  const realm = JSON.parse(readFileSync(CARELESS, "utf8")) as Readonly<Record<string, unknown>>;
  const server = await testServer([MASTER, realm]);
  ends.push(() => server.close());
  return { server, url: await server.app.listen({ port: 0, host: "127.0.0.1" }) };
}
const PASSWORD = { KC_CLI_PASSWORD: "admin" };

describe("on a data folder", () => {
  test("the example platform has nothing but hints: exit code 0", async () => {
    const folder = await dataFolder(join(EXAMPLES, "apixion", "apixion-realm.json"));
    const { code, out } = await doctor([`--data=${folder}`, "--realm=apixion"]);
    expect(out).toMatch(/^Realm apixion: 0 critical, 0 warnings, 3 hints\n/);
    expect(out).toContain(`kcadm.sh update realms/apixion -b '{"adminEventsEnabled":true}'\n`);
    expect(code).toBe(0);
  });

  test("a careless realm has findings, each with its reason and its fix: exit code 1", async () => {
    const folder = await dataFolder(CARELESS);
    const { code, out } = await doctor([`--data=${folder}`]);
    expect(code).toBe(1);
    expect(out).toMatch(/^CRITICAL {2}permission-open: permission token-exchange\.permission\.client\.billing$/m);
    expect(out).toMatch(/^ +Why: One stolen client secret/m);
    expect(out).toMatch(/^ +Fix: Turn events on\. \(safe: --fix does it\)$/m);
    expect(out).toMatch(/^ +PUT \/admin\/realms\/careless \{"eventsEnabled":true\}$/m);
    expect(out).not.toMatch(/-secret/);
  });

  test("JSON is one object with a report per realm", async () => {
    const folder = await dataFolder(CARELESS);
    const { out } = await doctor([`--data=${folder}`, "--json"]);
    const { reports } = JSON.parse(out) as { reports: { realm: string; findings: { check: string }[] }[] };
    expect(reports.map(({ realm }) => realm)).toEqual(["careless"]);
    expect(reports[0]?.findings.length).toBeGreaterThan(15);
  });

  test.each([
    ["a realm that is not there", ["--realm=nowhere"], 'There is no realm "nowhere"'],
    ["--fix, for which a server is needed", ["--fix"], "--fix changes a realm through the admin API of its server: add --url"],
  ])("%s: exit code 2", async (_title, args, message) => {
    const folder = await dataFolder(CARELESS);
    const { code, err } = await doctor([`--data=${folder}`, ...args]);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  test("a folder without a database: exit code 2", async () => {
    expect((await doctor(["--data=/nowhere/at/all"])).code).toBe(2);
  });
});

describe("on a running server", () => {
  test("it asks the admin API, for all realms the administrator sees", async () => {
    const { url } = await running();
    const { code, out } = await doctor([`--url=${url}`], { env: PASSWORD });
    expect(code).toBe(1);
    expect(out).toMatch(/^Realm careless:/m);
    expect(out).toMatch(/^CRITICAL {2}admin-password: user admin$/m);
  });

  test("--fix shows the safe changes, asks, makes them, and looks again", async () => {
    const { url, server } = await running();
    const questions: string[] = [];
    const ask = async (question: string): Promise<boolean> => {
      questions.push(question);
      return true;
    };
    const { code, out, err } = await doctor([`--url=${url}/`, "--realm=careless", "--fix"], { env: PASSWORD, ask });
    expect(questions).toEqual(["Make these 5 changes? [y/N] "]);
    expect(err).toContain('PUT /admin/realms/careless {"eventsEnabled":true}\n');
    expect(err.match(/^Done: /gm)).toHaveLength(5);
    expect(out).not.toMatch(/events-off|token-lifetime/);
    expect(code).toBe(1); // what is left is for people
    const admin = await adminOf(server, { password: "admin" });
    expect((await admin.get("/careless")).json()).toMatchObject({ eventsEnabled: true, adminEventsEnabled: true });
    expect((await admin.get("/careless/clients/orders")).json()).toMatchObject({
      attributes: { "access.token.lifespan": "300", "cambist.plane": "data" },
      fullScopeAllowed: false,
    });
  });

  test("--fix changes nothing when the answer is no, or there is nobody to ask", async () => {
    const { url, server } = await running();
    const args = [`--url=${url}`, "--realm=careless", "--fix"];
    expect((await doctor(args, { env: PASSWORD, ask: async () => false })).err).toMatch(/Nothing was changed\.\n$/);
    expect(await doctor(args, { env: PASSWORD })).toMatchObject({ code: 2, err: expect.stringContaining("add --yes") as string });
    const admin = await adminOf(server, { password: "admin" });
    expect((await admin.get("/careless")).json()).toMatchObject({ eventsEnabled: false });
  });

  test("--yes makes them unasked", async () => {
    const { url } = await running();
    const { err } = await doctor([`--url=${url}`, "--realm=careless", "--fix", "--yes", "--json"], { env: PASSWORD });
    expect(err.match(/^Done: /gm)).toHaveLength(5);
  });

  test.each([
    ["no credentials", {}, "set KC_CLI_PASSWORD"],
    [
      "a wrong password",
      { KC_CLI_PASSWORD: "wrong-password" },
      "The server refused to sign in at realm master through admin-cli: 400 invalid_grant",
    ],
  ])("%s: exit code 2 and no secret in the message", async (_title, env, message) => {
    const { url } = await running();
    const { code, err } = await doctor([`--url=${url}`], { env });
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    expect(err).not.toContain("wrong-password");
  });

  test("an address that is none: exit code 2", async () => {
    const message = expect.stringContaining("must be the base address of a server") as string;
    expect(await doctor(["--url=sso.example.com"], { env: PASSWORD })).toMatchObject({ code: 2, err: message });
  });

  test("a server that does not answer: exit code 2", async () => {
    const { url, server } = await running();
    await server.app.close();
    expect(await doctor([`--url=${url}`], { env: PASSWORD })).toMatchObject({ code: 2, err: `${url} cannot be reached: ECONNREFUSED` });
  });
});

test("the guide explains every check", () => {
  const guide = readFileSync(join(EXAMPLES, "..", "docs", "guide", "doctor.md"), "utf8");
  expect(CHECKS.map(({ id }) => id).filter((id) => !guide.includes(`| \`${id}\` |`))).toEqual([]);
});
