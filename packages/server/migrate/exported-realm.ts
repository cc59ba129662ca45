import { type FileHandle, open } from "node:fs/promises";
import type { Json } from "@cambist/store/config-ports.ts";
import type { FilePlace } from "../imports/realm-document.ts";
import type { FoundRealm } from "../imports/import-sources.ts";
import type { Treatment } from "../imports/json-scanner.ts";
import { isJsonObject, jsonObjects } from "../realms/json-object.ts";

/** What an export knows of a user and the admin API does not show. */
export interface ExportedUser extends Json {
  readonly id?: string;
  readonly username?: string;
}

/** What of a realm's export fills in what its admin API hides. Of users only their places in the file are kept in memory. */
export interface ExportedRealm {
  readonly id: string | undefined;
  /** Top-level members but clients and users. */
  readonly settings: Json;
  readonly clients: ReadonlyMap<string, Json>;
  /** By alias. */
  readonly providers: ReadonlyMap<string, Json>;
  /** By id, those below others included. */
  readonly components: ReadonlyMap<string, Json>;
  readonly users: ExportedUsers;
}

const WANTED: ReadonlySet<string> = new Set(["id", "identityProviders", "components", "smtpServer", "attributes"]);
const treatment = (member: string): Treatment =>
  member === "clients" || member === "users" ? "elements" : WANTED.has(member) ? "whole" : "skip";

/** @throws {ImportError} a file that cannot be read */
export async function readExportedRealm({ main, users: userFiles }: FoundRealm): Promise<ExportedRealm> {
  const settings: Record<string, unknown> = {};
  const clients = new Map<string, Json>();
  const users = new ExportedUsers();
  for await (const { member, index, value, place } of main.parts(treatment)) {
    if (index === undefined) settings[member] = value;
    else if (member === "users") users.add(value, place);
    else if (isJsonObject(value) && typeof value["clientId"] === "string") {
      const { id, secret, attributes } = value;
      clients.set(value["clientId"], { id, secret, attributes });
    }
  }
  for (const file of userFiles) {
    for await (const { index, value, place } of file.parts((name) => (name === "users" ? "elements" : "skip"))) {
      if (index !== undefined) users.add(value, place);
    }
  }
  const components = new Map<string, Json>();
  const collect = (byType: unknown): void => {
    if (!isJsonObject(byType)) return;
    for (const one of Object.values(byType).flatMap(jsonObjects)) {
      if (typeof one["id"] === "string") components.set(one["id"], one);
      collect(one["subComponents"]);
    }
  };
  collect(settings["components"]);
  return {
    id: typeof settings["id"] === "string" ? settings["id"] : undefined,
    settings,
    clients,
    providers: new Map(jsonObjects(settings["identityProviders"]).map((provider) => [String(provider["alias"]), provider])),
    components,
    users,
  };
}

/** The users of an export: where each stands, so that 100,000 of them take a few megabytes. */
export class ExportedUsers implements AsyncDisposable {
  /** Index of a user by id; of one without an id by its name. */
  readonly #byId = new Map<string, number>();
  readonly #byName = new Map<string, number>();
  readonly #paths: string[] = [];
  /** Three numbers per user: path, offset, length. */
  readonly #places: number[] = [];
  /** Of files that are read as a whole. */
  readonly #inMemory = new Map<number, ExportedUser>();
  readonly #handles = new Map<string, Promise<FileHandle>>();
  #count = 0;

  add(value: unknown, place: FilePlace | undefined): void {
    // Those of clients come with the clients, which the admin API shows.
    if (!isJsonObject(value) || value["serviceAccountClientId"] !== undefined) return;
    const index = this.#count;
    this.#count += 1;
    if (typeof value["id"] === "string") this.#byId.set(value["id"], index);
    else if (typeof value["username"] === "string") this.#byName.set(value["username"].toLowerCase(), index);
    if (place === undefined) {
      this.#inMemory.set(index, value);
      this.#places.push(0, 0, 0);
      return;
    }
    if (this.#paths.at(-1) !== place.path) this.#paths.push(place.path);
    this.#places.push(this.#paths.length - 1, place.offset, place.length);
  }

  get size(): number {
    return this.#count;
  }

  /** Ids of users that have one. */
  ids(): Iterable<string> {
    return this.#byId.keys();
  }

  /**
   * The user with this id. A name counts only where the file has no ids: an account that was deleted and made again under its name is another one
   * and must not get the old password.
   */
  async find(id: string, username: string): Promise<ExportedUser | undefined> {
    const index = this.#byId.get(id) ?? this.#byName.get(username.toLowerCase());
    if (index === undefined) return undefined;
    const known = this.#inMemory.get(index);
    if (known) return known;
    const [path = 0, offset = 0, length = 0] = this.#places.slice(index * 3, index * 3 + 3);
    const handle = await this.#open(this.#paths[path] ?? "");
    const { buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset);
    return JSON.parse(buffer.toString("utf8")) as ExportedUser; // parsed once before, when its place was noted
  }

  #open(path: string): Promise<FileHandle> {
    const known = this.#handles.get(path);
    if (known) return known;
    const opened = open(path, "r");
    this.#handles.set(path, opened);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const handle of this.#handles.values()) await (await handle).close();
    this.#handles.clear();
  }
}
