import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

interface Manifest {
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface LockEntry {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly license?: string;
  readonly engines?: unknown;
}

const EXACT_VERSION = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;
/** Licences that allow this project to be shipped under Apache-2.0 without asking its users for more than a notice. */
const LICENCES = new Set([
  "MIT",
  "MIT-0",
  "Apache-2.0",
  "ISC",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "BlueOak-1.0.0",
  "MPL-2.0",
  "CC0-1.0",
]);

const read = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

/** Every package.json of this repository, from its root. */
function manifests(root: string): string[] {
  const folders = existsSync(join(root, "packages")) ? readdirSync(join(root, "packages")).map((name) => `packages/${name}`) : [];
  return ["package.json", "conformance/package.json", ...folders.toSorted().map((folder) => `${folder}/package.json`)].filter((path) =>
    existsSync(join(root, path)),
  );
}

function checkManifest(root: string, path: string, adrs: string): string[] {
  const manifest = read(join(root, path)) as Manifest;
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  return Object.entries(all).flatMap(([name, version]) => [
    ...(EXACT_VERSION.test(version) ? [] : [`${path}: ${name} is "${version}"; write one exact version`]),
    ...(name.startsWith("@cambist/") || adrs.includes(`\`${name}\``) ? [] : [`${path}: ${name} has no line in docs/adr`]),
  ]);
}

function checkLockEntry(path: string, entry: LockEntry): string[] {
  if (!path.includes("node_modules/") || entry.link === true) return [];
  const offences: string[] = [];
  if (entry.hasInstallScript === true) offences.push("runs a script when it is installed");
  if (entry.integrity === undefined) offences.push("has no integrity");
  if (entry.resolved !== undefined) offences.push("names a host; keep omit-lockfile-registry-resolved in .npmrc");
  if (entry.engines !== undefined) offences.push('names engines; run "npm run lock" (docs/adr/0002)');
  if (entry.license !== undefined && !LICENCES.has(entry.license))
    offences.push(`has the licence ${entry.license}, which is not on our list`);
  return offences.map((offence) => `package-lock.json: ${path} ${offence}`);
}

/**
 * The promises of docs/adr/0001-dependencies.md: exact versions, a reason for each, nothing that runs at install, nothing without a
 * checksum, no registry host. One line per offence.
 */
export function checkDependencies(root: string): string[] {
  const adrFolder = join(root, "docs/adr");
  const adrs = existsSync(adrFolder)
    ? readdirSync(adrFolder)
        .map((name) => readFileSync(join(adrFolder, name), "utf8"))
        .join("\n")
    : "";
  const lock = read(join(root, "package-lock.json")) as { readonly packages: Readonly<Record<string, LockEntry>> };
  return [
    ...manifests(root).flatMap((path) => checkManifest(root, path, adrs)),
    ...Object.entries(lock.packages).flatMap(([path, entry]) => checkLockEntry(path, entry)),
  ];
}

if (import.meta.main) {
  const offences = checkDependencies(resolve(import.meta.dirname, ".."));
  for (const offence of offences) console.error(offence);
  if (offences.length > 0) process.exitCode = 1;
  else console.log("dependencies: exact, explained, locked, without install scripts");
}
