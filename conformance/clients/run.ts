import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { MYREALM, startServer, temporaryFolder } from "../server.ts";

/**
 * Clients of other languages, each a Maven project of its own here with pinned versions, against the guide's realm in both dialects: an exchange
 * and a refusal through each. `npm run clients [-- NAME...]`; without Java or Maven they are left out and named, unless asked for.
 */

const HERE = import.meta.dirname;
const CLIENTS = readdirSync(HERE, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !CLIENTS.includes(name));
if (unknown.length > 0) {
  console.error(`clients: unknown client ${unknown.join(" ")}; there are ${CLIENTS.join(", ")}`);
  process.exit(2);
}

const missing = ["java", "mvn"].filter((program) => spawnSync("sh", ["-c", 'command -v "$0"', program], { stdio: "ignore" }).status !== 0);
if (missing.length > 0) {
  console.log(`clients: left out, ${missing.join(" and ")} not on this machine`);
  process.exit(asked.length > 0 ? 1 : 0);
}

/** What the server is called here, where it is, and its error for an audience that nobody has. */
interface Target {
  readonly server: string;
  readonly variables: Readonly<Record<"BASE_URL" | "UNKNOWN_AUDIENCE_ERROR", string>>;
}

async function runClient(name: string, { server, variables }: Target): Promise<boolean> {
  console.log(`${name}: against ${server}`);
  const target = temporaryFolder();
  const args = [
    "--quiet",
    "--batch-mode",
    "-Dstyle.color=never",
    "--file",
    join(HERE, name, "pom.xml"),
    `-Dtarget=${target}`,
    "compile",
    "exec:java",
  ];
  const child = spawn("mvn", args, { stdio: "inherit", env: { ...process.env, ...variables } });
  const [code] = (await once(child, "exit")) as [number | null];
  rmSync(target, { recursive: true, force: true });
  return code === 0;
}

await using native = await startServer({ realms: [MYREALM] });
await using keycloak = await startServer({ realms: [MYREALM], flags: ["--compatibility=keycloak"] });
const targets: readonly Target[] = [
  { server: "the native dialect", variables: { BASE_URL: native.baseUrl, UNKNOWN_AUDIENCE_ERROR: "invalid_target" } },
  { server: "Keycloak's dialect", variables: { BASE_URL: keycloak.baseUrl, UNKNOWN_AUDIENCE_ERROR: "invalid_client" } },
];
for (const name of asked.length > 0 ? asked : CLIENTS) {
  for (const target of targets) {
    if (!(await runClient(name, target))) {
      console.error(`${name}: failed`);
      process.exitCode = 1;
    }
  }
}
