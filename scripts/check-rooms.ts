import { readdirSync, readFileSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, relative, resolve, sep } from "node:path";
import { type Finding, type ImportFact, readModule } from "./module-facts.ts";
import { type Room, ROOMS, TEST_PACKAGES } from "./rooms.ts";

const SKIPPED_FOLDERS = new Set(["node_modules", "fixtures", "dist", "coverage", "data"]);
const SOURCE_FILE = /\.(?:ts|tsx|mts|js|mjs|jsx)$/;
const TEST_FILE = /\.test(?:-d)?\.tsx?$|(?:^|\/)testing\//;

const FORBIDDEN: Readonly<Record<Finding["kind"], string>> = {
  pure: "clock, randomness and waiting stay out of this room; take the value as an argument",
  logic: "this room holds vocabulary only; logic belongs in core or server",
  sql: "SQL text belongs in store",
};

/** Paths of the source files below a folder, relative to it, with `/`. */
function sourceFiles(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && SOURCE_FILE.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => !path.split("/").some((part) => SKIPPED_FOLDERS.has(part) || (part.startsWith(".") && part !== ".")))
    .toSorted();
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** `@scope/name/file.ts` → `@scope/name`, `name/file.ts` → `name`. */
const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

const allows = (patterns: readonly string[], specifier: string): boolean =>
  patterns.some((pattern) =>
    pattern.endsWith("/*") ? specifier.startsWith(pattern.slice(0, -1)) : specifier === pattern || packageOf(specifier) === pattern,
  );

function declaredDependencies(packageFile: string): ReadonlySet<string> {
  if (!statSync(packageFile, { throwIfNoEntry: false })) return new Set();
  const manifest = JSON.parse(readFileSync(packageFile, "utf8")) as Record<string, Record<string, string> | undefined>;
  return new Set(["dependencies", "devDependencies", "peerDependencies"].flatMap((kind) => Object.keys(manifest[kind] ?? {})));
}

interface SourceFile {
  readonly room: Room;
  /** From the room's folder. */
  readonly path: string;
  readonly isTest: boolean;
  readonly declared: ReadonlySet<string>;
}

/** Why an import is not allowed, or `undefined`. */
function importRefusal(root: string, file: SourceFile, { specifier, typeOnly }: ImportFact): string | undefined {
  const { room, isTest } = file;
  if (specifier === undefined) {
    // Scripts load what they find; a room that ships must say what it loads.
    return room.name === "scripts" || isTest ? undefined : "imports a computed module name, which nobody can check";
  }
  if (specifier.startsWith(".") || specifier.startsWith("/") || specifier.startsWith("file:")) {
    const folder = resolve(root, room.folder);
    const target = relative(folder, resolve(folder, file.path, "..", specifier));
    if (target.startsWith("..")) return `reaches out of the room with "${specifier}"; import the package by its name`;
    return !isTest && TEST_FILE.test(target.split(sep).join("/")) ? `imports test code "${specifier}"` : undefined;
  }
  if (isBuiltin(specifier)) {
    if (!specifier.startsWith("node:")) return `imports "${specifier}"; write "node:${specifier}"`;
    if (isTest) return undefined;
    return room.builtins === "none" || room.builtins.except.includes(specifier) ? `may not import "${specifier}"` : undefined;
  }
  const name = packageOf(specifier);
  const ours = ROOMS.find((candidate) => candidate.packageName === name);
  if (ours || name.startsWith("@cambist/")) {
    const access = ours && (ours === room ? "values" : room.rooms[ours.name]);
    if (!access) return `may not import "${name}"`;
    if (access === "types" && !typeOnly && !isTest) return `may import only types from "${name}"`;
    if (!isTest && TEST_FILE.test(specifier)) return `imports test code "${specifier}"`;
  } else {
    if (isTest && allows(TEST_PACKAGES, specifier)) return undefined;
    if (!allows(room.packages, specifier)) return `may not import "${name}"`;
  }
  // npm lifts every package to the root, so an undeclared one would work here and fail for others.
  const linked = room.packageName === undefined && ours !== undefined;
  return linked || ours === room || file.declared.has(name) ? undefined : `imports "${name}" without declaring it in package.json`;
}

function checkFile(root: string, file: SourceFile): string[] {
  const path = `${file.room.folder}/${file.path}`;
  const { imports, findings } = readModule(path, readFileSync(join(root, path), "utf8"));
  const refusedImports = imports.flatMap((fact) => {
    const refusal = importRefusal(root, file, fact);
    return refusal === undefined ? [] : [`${path}:${fact.line}: ${file.room.name} ${refusal}`];
  });
  const forbidden = file.isTest ? [] : (file.room.freeOf ?? []);
  const refusedFindings = findings
    .filter(({ kind }) => forbidden.includes(kind))
    .map(({ kind, line, what }) => `${path}:${line}: ${file.room.name} has ${what}: ${FORBIDDEN[kind]}`);
  return [...refusedImports, ...refusedFindings];
}

/** Compares every source file below `root` with the table of rooms. One line per offence; none when all is well. */
export function checkRooms(root: string): string[] {
  const packages = isFolder(join(root, "packages")) ? readdirSync(join(root, "packages")) : [];
  const strangers = packages
    .map((name) => `packages/${name}`)
    .filter((folder) => isFolder(join(root, folder)) && !ROOMS.some((room) => room.folder === folder))
    .map((folder) => `${folder}: no such room; a new package needs an ADR and a row in scripts/rooms.ts`);
  const offences = ROOMS.filter((room) => isFolder(join(root, room.folder))).flatMap((room) => {
    const own = declaredDependencies(join(root, room.folder, "package.json"));
    const declared = new Set([...own, ...(room.packageName === undefined ? declaredDependencies(join(root, "package.json")) : [])]);
    return sourceFiles(join(root, room.folder)).flatMap((path) => {
      const isTest = TEST_FILE.test(path) || (room.testFiles ?? []).includes(path);
      return checkFile(root, { room, path, isTest, declared });
    });
  });
  return [...strangers, ...offences];
}

if (import.meta.main) {
  const offences = checkRooms(resolve(import.meta.dirname, ".."));
  for (const offence of offences) console.error(offence);
  if (offences.length > 0) process.exitCode = 1;
  else console.log("rooms: every import is where it may be");
}
