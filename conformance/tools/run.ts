import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { startServer, temporaryFolder } from "../server.ts";

/**
 * Tools of other languages, each unchanged and in one version, set up a realm with an exchange permission from nothing through the admin API,
 * exchange, are refused, and clean up: `npm run tools [-- NAME...]`. A tool whose language is not on this machine is left out and named;
 * one that was asked for by name has to run.
 */
interface Tool {
  readonly name: string;
  /** Programs that have to be there. */
  readonly needs: readonly string[];
  /** Command lines: get the tool (into `folder`), then run the script. */
  readonly steps: (
    folder: string,
  ) => readonly { readonly command: readonly string[]; readonly environment?: Readonly<Record<string, string>> }[];
}

const HERE = import.meta.dirname;
const KEYCLOAK = "26.7.3";
const UNPACK = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack";

const TOOLS: readonly Tool[] = [
  {
    name: "python-keycloak",
    needs: ["python3"],
    steps: (folder) => [
      { command: ["python3", "-m", "venv", folder] },
      { command: [`${folder}/bin/pip`, "install", "--quiet", "--requirement", join(HERE, "python-keycloak", "requirements.txt")] },
      { command: [`${folder}/bin/python`, join(HERE, "python-keycloak", "exchange.py")] },
    ],
  },
  {
    name: "gocloak",
    needs: ["go"],
    steps: () => [{ command: ["go", "run", "-C", join(HERE, "gocloak"), "."] }],
  },
  {
    name: "kcadm",
    needs: ["mvn", "java", "curl"],
    steps: (folder) => [
      {
        command: [
          "mvn",
          "--quiet",
          "--batch-mode",
          UNPACK,
          `-Dartifact=org.keycloak:keycloak-quarkus-dist:${KEYCLOAK}:zip`,
          `-DoutputDirectory=${folder}`,
          "-Dmdep.unpack.includes=*/bin/kcadm.sh,*/bin/client/**",
        ],
      },
      {
        command: ["sh", join(HERE, "kcadm", "exchange.sh")],
        environment: { KCADM: `${folder}/keycloak-${KEYCLOAK}/bin/kcadm.sh` },
      },
    ],
  },
];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !TOOLS.some((tool) => tool.name === name));
if (unknown.length > 0) {
  console.error(`tools: unknown tool ${unknown.join(" ")}; there are ${TOOLS.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const isThere = (program: string): boolean => spawnSync("sh", ["-c", 'command -v "$0"', program], { stdio: "ignore" }).status === 0;

async function runTool({ name, steps }: Tool, baseUrl: string): Promise<boolean> {
  const folder = temporaryFolder();
  const login = { BASE_URL: baseUrl, ADMIN_USERNAME: "admin", ADMIN_PASSWORD: "admin-password", REALM: `by-${name}` };
  try {
    for (const { command, environment } of steps(folder)) {
      const [program = "", ...args] = command;
      const child = spawn(program, args, { cwd: folder, stdio: "inherit", env: { ...process.env, ...login, ...environment } });
      const [code] = (await once(child, "exit")) as [number | null];
      if (code !== 0) return false;
    }
    return true;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await using server = await startServer({
  environment: { KC_BOOTSTRAP_ADMIN_USERNAME: "admin", KC_BOOTSTRAP_ADMIN_PASSWORD: "admin-password" },
});
for (const tool of TOOLS.filter(({ name }) => asked.length === 0 || asked.includes(name))) {
  const missing = tool.needs.filter((program) => !isThere(program));
  if (missing.length > 0) {
    console.log(`${tool.name}: left out, ${missing.join(" and ")} not on this machine`);
    if (asked.length > 0) process.exitCode = 1;
  } else if (!(await runTool(tool, server.baseUrl))) {
    console.error(`${tool.name}: failed`);
    process.exitCode = 1;
  }
}
