import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { GIVEN_BASE_URL, startServer, temporaryFolder } from "../server.ts";

/**
 * Tools of other languages, each unchanged and in one version, set up a realm with an exchange permission from nothing through the admin API,
 * exchange, are refused, and clean up, in both dialects: `npm run tools [-- NAME...]`. A tool whose language is not on this machine is left out
 * and named; one that was asked for by name has to run. `CONFORMANCE_BASE_URL`, `CONFORMANCE_ADMIN_USERNAME` and `CONFORMANCE_ADMIN_PASSWORD`
 * name a server that runs already, such as a real Keycloak with its token exchange and fine-grained permissions.
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
const MAVEN_DEPENDENCY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";

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
    name: "ansible",
    needs: ["python3"],
    steps: (folder) => [
      { command: ["python3", "-m", "venv", folder] },
      { command: [`${folder}/bin/pip`, "install", "--quiet", "--requirement", join(HERE, "ansible", "requirements.txt")] },
      {
        command: ["sh", join(HERE, "ansible", "platform.sh")],
        environment: { PATH: `${folder}/bin:${process.env["PATH"]}` },
      },
    ],
  },
  {
    name: "gocloak",
    needs: ["go"],
    steps: () => [{ command: ["go", "run", "-C", join(HERE, "gocloak"), "."] }],
  },
  {
    name: "java-admin-client",
    needs: ["mvn", "javac"],
    steps: (folder) => [
      {
        command: [
          "mvn",
          "--quiet",
          "--batch-mode",
          `--file=${join(HERE, "java-admin-client", "pom.xml")}`,
          `${MAVEN_DEPENDENCY}:copy-dependencies`,
          `-DoutputDirectory=${folder}`,
        ],
      },
      { command: ["java", "--class-path", `${folder}/*`, join(HERE, "java-admin-client", "PlatformTeam.java")] },
    ],
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
          `${MAVEN_DEPENDENCY}:unpack`,
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

/** What the server is called here; where to, as whom, and how that server says no to an exchange. */
interface Target {
  readonly server: string;
  readonly variables: Readonly<Record<"BASE_URL" | "ADMIN_USERNAME" | "ADMIN_PASSWORD" | "REFUSED_STATUS" | "REFUSED_ERROR", string>>;
}
const REFUSALS = {
  native: { REFUSED_STATUS: "400", REFUSED_ERROR: "not_allowed" },
  keycloak: { REFUSED_STATUS: "403", REFUSED_ERROR: "access_denied" },
} as const;

async function run(command: readonly string[], folder: string, environment: Readonly<Record<string, string>>): Promise<boolean> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { cwd: folder, stdio: "inherit", env: { ...process.env, ...environment } });
  const [code] = (await once(child, "exit")) as [number | null];
  return code === 0;
}

/** Gets the tool once, and runs its script, which is the last step, against each target. */
async function runTool({ name, steps }: Tool, targets: readonly Target[]): Promise<boolean> {
  const folder = temporaryFolder();
  try {
    const all = steps(folder);
    for (const { command, environment = {} } of all.slice(0, -1)) if (!(await run(command, folder, environment))) return false;
    const { command = [], environment = {} } = all.at(-1) ?? {};
    for (const { server, variables } of targets) {
      console.log(`${name}: against ${server}`);
      if (!(await run(command, folder, { ...variables, REALM: `by-${name}`, ...environment }))) return false;
    }
    return true;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runAll(targets: readonly Target[]): Promise<void> {
  for (const tool of TOOLS.filter(({ name }) => asked.length === 0 || asked.includes(name))) {
    const missing = tool.needs.filter((program) => !isThere(program));
    if (missing.length > 0) {
      console.log(`${tool.name}: left out, ${missing.join(" and ")} not on this machine`);
      if (asked.length > 0) process.exitCode = 1;
    } else if (!(await runTool(tool, targets))) {
      console.error(`${tool.name}: failed`);
      process.exitCode = 1;
    }
  }
}

const login = {
  ADMIN_USERNAME: process.env["CONFORMANCE_ADMIN_USERNAME"] ?? "admin",
  ADMIN_PASSWORD: process.env["CONFORMANCE_ADMIN_PASSWORD"] ?? "admin-password",
};
if (GIVEN_BASE_URL !== undefined) {
  await runAll([{ server: GIVEN_BASE_URL, variables: { BASE_URL: GIVEN_BASE_URL, ...login, ...REFUSALS.keycloak } }]);
} else {
  const environment = { KC_BOOTSTRAP_ADMIN_USERNAME: login.ADMIN_USERNAME, KC_BOOTSTRAP_ADMIN_PASSWORD: login.ADMIN_PASSWORD };
  await using native = await startServer({ environment });
  await using keycloak = await startServer({ environment, flags: ["--compatibility=keycloak"] });
  await runAll([
    { server: "the native dialect", variables: { BASE_URL: native.baseUrl, ...login, ...REFUSALS.native } },
    { server: "Keycloak's dialect", variables: { BASE_URL: keycloak.baseUrl, ...login, ...REFUSALS.keycloak } },
  ]);
}
