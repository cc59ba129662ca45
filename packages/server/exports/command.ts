import { join } from "node:path";
import type { RealmRow } from "@cambist/store/config-ports.ts";
import { openReader } from "@cambist/store/reader.ts";
import { makeFolder } from "@cambist/store/own-folder.ts";
import { CommandFailure } from "../cli/command-failure.ts";
import type { CommandIo } from "../cli/io.ts";
import { commandVoice, type CommandVoice } from "../cli/progress.ts";
import type { ExportTarget, ServerConfig } from "../config/server-config.ts";
import { withLeanHeap } from "../imports/lean-heap.ts";
import { SecretBox } from "../secrets/secret-box.ts";
import { loadSecretKey } from "../secrets/secret-key.ts";
import { exportContext, type ExportContext } from "./export-context.ts";
import { type ExportPart, realmParts } from "./realm-parts.ts";
import { JsonFile } from "./json-file.ts";
import { usersPart } from "./user-parts.ts";

type ExportConfig = Pick<ServerConfig, "dataDirectory" | "secretKeyFile" | "exportTarget">;

/**
 * `cambist export`: realms of a data folder as files that an import takes, here or in Keycloak. Reads only, so the server may be running;
 * what changes while it reads may be in one part and not in another.
 * @returns the exit code
 * @throws {CommandFailure} no target, no such realm, a name that cannot be a file's
 */
export async function exportCommand({ exportTarget: target, dataDirectory, secretKeyFile }: ExportConfig, io: CommandIo): Promise<number> {
  if (!target) throw new CommandFailure("export needs --file=FILE.json or --dir=FOLDER", { exitCode: 2 });
  const reader = await openReader(dataDirectory);
  try {
    const secrets = new SecretBox(await loadSecretKey(secretKeyFile ?? join(dataDirectory, "secret.key")));
    const realms = (await reader.admin.realms()).filter(({ name }) => target.realm === undefined || name === target.realm);
    if (realms.length === 0) {
      const name = target.realm === undefined ? "" : ` ${JSON.stringify(target.realm)}`;
      throw new CommandFailure(`There is no realm${name} in ${dataDirectory}`);
    }
    const contextOf = (realm: RealmRow): Promise<ExportContext> => exportContext({ store: reader.admin, realm, secrets }, true);
    const voice = commandVoice(io);
    await withLeanHeap(() => (target.kind === "file" ? exportToFile : exportToFolder)(target, realms, contextOf, voice));
    voice.info(`Exported ${realms.map(({ name }) => JSON.stringify(name)).join(", ")} to ${target.path}`);
    return 0;
  } finally {
    await reader.close();
  }
}

type ContextOf = (realm: RealmRow) => Promise<ExportContext>;

/** One realm as an object, several as an array; users stand in it unless they are left out. */
async function exportToFile(target: ExportTarget, realms: readonly RealmRow[], contextOf: ContextOf, voice: CommandVoice): Promise<void> {
  await using file = await JsonFile.create(target.path);
  const many = target.realm === undefined && realms.length > 1;
  if (many) await file.open("[");
  for (const realm of realms) {
    await file.element();
    await writeRealm(file, await contextOf(realm), target.users === "skip" ? "none" : "all", voice);
  }
  if (many) await file.close("]");
  await file.finish();
}

/** `R-realm.json`, and users beside it as the target says. */
async function exportToFolder(target: ExportTarget, realms: readonly RealmRow[], contextOf: ContextOf, voice: CommandVoice): Promise<void> {
  makeFolder(target.path);
  for (const realm of realms) {
    if (/[/\\\0]/.test(realm.name)) throw new CommandFailure(`The realm ${JSON.stringify(realm.name)} cannot name a file; use --file`);
    const context = await contextOf(realm);
    const path = (name: string): string => join(target.path, `${realm.name}-${name}.json`);
    await using file = await JsonFile.create(path("realm"));
    await writeRealm(file, context, target.users === "realm_file" ? "all" : "none", voice);
    await file.finish();
    if (target.users === "skip" || target.users === "realm_file") continue;
    const perFile = target.users === "same_file" ? Infinity : target.usersPerFile;
    const files = await writeUsers(withProgress(usersPart(context), context, voice), context, perFile, (number) => path(`users-${number}`));
    voice.info(`Realm ${JSON.stringify(realm.name)}: ${files} user file${files === 1 ? "" : "s"}`);
  }
}

async function writeRealm(file: JsonFile, context: ExportContext, users: "none" | "all", voice: CommandVoice): Promise<void> {
  await file.open("{");
  for await (const part of realmParts(context, { clients: true, groupsAndRoles: true, users })) {
    const isLong = "elements" in part && part.member === "users";
    await writePart(file, isLong ? { ...part, elements: withProgress(part.elements, context, voice) } : part);
  }
  await file.close("}");
}

/** The same users, with a word now and then about how many of all there were. */
async function* withProgress(users: AsyncIterable<unknown>, { store, realm }: ExportContext, voice: CommandVoice): AsyncGenerator {
  const total = await store.countUsers(realm.id, { withServiceAccounts: true });
  const progress = voice.begin({ label: `Realm ${JSON.stringify(realm.name)}`, total });
  let count = 0;
  try {
    for await (const user of users) {
      yield user;
      count += 1;
      progress.reach(count, { users: count });
    }
  } finally {
    progress.end();
  }
}

async function writePart(file: JsonFile, part: ExportPart): Promise<void> {
  if ("value" in part) {
    if (part.value !== undefined) await file.member(part.member, part.value);
    return;
  }
  await file.openMember(part.member, "[");
  for await (const element of part.elements) await file.value(element);
  await file.close("]");
}

/** @returns how many files; a realm without users has one, so that an older one of a former export does not stay in its place. */
async function writeUsers(
  users: AsyncGenerator,
  { realm }: ExportContext,
  perFile: number,
  path: (number: number) => string,
): Promise<number> {
  let next = await users.next();
  for (let number = 0; ; number += 1) {
    await using file = await JsonFile.create(path(number));
    await file.open("{");
    await file.member("realm", realm.name);
    await file.openMember("users", "[");
    for (let count = 0; count < perFile && !next.done; count += 1) {
      await file.value(next.value);
      next = await users.next();
    }
    await file.close("]");
    await file.close("}");
    await file.finish();
    if (next.done) return number + 1;
  }
}
