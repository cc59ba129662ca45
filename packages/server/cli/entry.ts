import { readFileSync } from "node:fs";
import { join } from "node:path";
import { takeSignals } from "./signals.ts";

const installDir = join(import.meta.dirname, "..", "..", "..");

// `cambist events | head`: the reader has seen enough. A server goes on without the reader of its log, and what was begun with realms is finished.
const words = process.argv.slice(2);
const command = words.find((word) => !word.startsWith("-")) ?? "";
const goesOn = words.includes("start") || words.includes("start-dev") || ["import", "export", "migrate"].includes(command);
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  if (!goesOn) process.exit(0);
});

const { version } = JSON.parse(readFileSync(join(installDir, "package.json"), "utf8")) as { version: string };
const { main } = await import("./main.ts");
process.exit(
  await main({
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    installDir,
    version,
    stdout: process.stdout,
    stderr: process.stderr,
    takeSignals: () => takeSignals(process),
  }),
);
