import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Canaries, type Output, secretRealm } from "./canaries.ts";
import { type RunningServer, runCambist, startServer, temporaryFolder } from "./server.ts";

/**
 * H6, SEC-LOG-02: a realm file with a secret in every member that has room for one goes through every command that reads or writes it, and through
 * files that are broken in its midst; none comes out but in a whole export, which is for its owner alone.
 */

const REALM = "imported";
const canaries = new Canaries();
const hashes = new Canaries();
const outputs: Output[] = [];
/** Commands that did not end as they should. */
const surprises: string[] = [];
const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const password = canaries.text("bootstrap password");
let server: RunningServer;

/** Runs a command that should end with this code; undefined: with any. */
async function run(where: string, should: number | undefined, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await runCambist([...args, "--log-level=all"], { timeoutMs: 60_000 });
  outputs.push({ where, text: stdout + stderr });
  if (should !== undefined && code !== should) surprises.push(`${where} ended with ${code}: ${stdout}${stderr}`);
}

beforeAll(async () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pkcs8 = canaries.privateKey("realm key", privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"));
  const realm = secretRealm(
    REALM,
    (name) => canaries.text(name),
    (name) => hashes.text(name),
    pkcs8,
  );
  const text = JSON.stringify(realm, null, 2);
  writeFileSync(at("realm.json"), text);
  // Broken in the midst of a secret, once in each: what is wrong is said by its place.
  const places = [...text.matchAll(/canary/g)].map(({ index }) => index + 3);
  for (const place of places) {
    writeFileSync(at("broken.json"), `${text.slice(0, place)}\n${text.slice(place)}`);
    await run(`import of a file that breaks at ${place}`, 1, ["import", `--data=${at("broken")}`, `--file=${at("broken.json")}`]);
  }
  // Another type where a text should be, which what is not used does not mind.
  for (const { index, 0: whole, 1: value = "" } of text.matchAll(
    /"(?:secret|password|clientSecret|value|secretData|credentialData)": ("(?:[^"\\]|\\.)*")/g,
  )) {
    const odd = `${whole.slice(0, -value.length)}{"a": [${value}]}`;
    writeFileSync(at("broken.json"), text.slice(0, index) + odd + text.slice(index + whole.length));
    await run(`import of a file with an object at ${index}`, undefined, [
      "import",
      `--data=${at("broken")}`,
      `--file=${at("broken.json")}`,
    ]);
  }

  await run("import", 0, ["import", `--data=${at("data")}`, `--file=${at("realm.json")}`]);
  const key = readFileSync(at("data/secret.key"), "latin1").trim();
  canaries.add("secret.key", key);
  for (const form of [[], ["--json"]]) await run("doctor", 1, ["doctor", `--data=${at("data")}`, ...form]);
  await run("export", 0, ["export", `--data=${at("data")}`, `--dir=${at("whole")}`, `--realm=${REALM}`]);
  await run("import of an export", 0, ["import", `--data=${at("again")}`, `--dir=${at("whole")}`]);
  server = await startServer({
    data: at("data"),
    flags: ["--log-level=all"],
    environment: { KC_BOOTSTRAP_ADMIN_USERNAME: "admin", KC_BOOTSTRAP_ADMIN_PASSWORD: password },
  });
  const migrate = ["migrate", `--from=${server.baseUrl}`, `--realm=${REALM}`, `--data=${at("migrated")}`, `--cli-password=${password}`];
  await run("migrate without an export", 2, migrate);
  await run("migrate, tried", 0, [...migrate, "--dry-run", `--export=${at("whole")}`]);
  await run("migrate", 0, [...migrate, `--export=${at("whole")}`]);
  const wrong = [...migrate.slice(0, -1), `--cli-password=${canaries.text("wrong password")}`, `--export=${at("whole")}`];
  await run("migrate with a wrong password", 2, wrong);
  for (const form of [[], ["--json"]])
    await run("doctor of the server", 1, ["doctor", `--url=${server.baseUrl}`, `--cli-password=${password}`, ...form]);
  for (const command of ["events", "verify-audit"]) await run(command, 0, [command, `--data=${at("data")}`]);
  outputs.push({ where: "the server", text: server.stdout() + server.stderr() });
}, 300_000);
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

test("no command prints a secret, of a good file or a broken one", () => {
  expect(canaries.leaksIn(outputs)).toEqual([]);
  expect(hashes.leaksIn(outputs)).toEqual([]);
  expect(surprises).toEqual([]);
  expect(canaries.size).toBeGreaterThan(25);
  expect(outputs.filter(({ text }) => text === "").map(({ where }) => where)).toEqual([]);
});

test("SEC-DB-05 what was imported, and what was taken over from another server, is sealed at rest", () => {
  const atRest = ["data", "again", "migrated"].flatMap((data) =>
    readdirSync(at(data))
      .filter((name) => name.startsWith("cambist.db"))
      .map((name) => ({ where: `${data}/${name}`, text: readFileSync(join(at(data), name), "latin1") })),
  );
  expect(atRest.length).toBeGreaterThan(2);
  expect(canaries.leaksIn(atRest)).toEqual([]);
});

test("a whole export has the secrets that something uses, and is for its owner alone", () => {
  const files = readdirSync(at("whole")).map((name) => join(at("whole"), name));
  expect(files.map((file) => statSync(file).mode & 0o077)).toEqual(files.map(() => 0));
  const found = canaries.leaksIn(files.map((file) => ({ where: "it", text: readFileSync(file, "utf8") }))).join("\n");
  for (const name of ["client secret", "provider secret", "SMTP password", "bind credential", "realm key", "OTP seed"])
    expect(found).toMatch(new RegExp(`^${name} \\d+ in it$`, "m"));
  expect(found).not.toMatch(/^(?:password|secret of a later version|old client secret) \d+/m);
});
