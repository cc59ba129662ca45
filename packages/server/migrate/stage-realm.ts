import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { UserTallies } from "@cambist/core/migration/facts.ts";
import type { Json } from "@cambist/store/config-ports.ts";
import { CommandFailure } from "../cli/command-failure.ts";
import type { CommandVoice } from "../cli/progress.ts";
import { JsonFile } from "../exports/json-file.ts";
import { MASK } from "../secrets/masked.ts";
import { settingsOf } from "../imports/realm-document.ts";
import type { FoundRealm } from "../imports/import-sources.ts";
import type { AdminConnection } from "../remote/admin-connection.ts";
import { type ExportedRealm, readExportedRealm } from "./exported-realm.ts";
import { completeComponents, unmasked } from "./fill-in.ts";
import { Notes } from "./notes.ts";
import { readClientSecrets, readFrame, readOrganizations } from "./realm-frame.ts";
import { RoleHolders, rolesAndGroups } from "./role-holders.ts";
import { type SourceReading, readSource } from "./source-facts.ts";
import { countUsers, NOTED, stageUsers } from "./stage-users.ts";
import { attributesAreHidden } from "./user-profile.ts";

/** A realm read and put together, in files that an import takes. */
export interface StagedRealm {
  readonly realm: string;
  /** What changed between the export and now. */
  readonly notes: Notes;
  readonly clients: number;
  readonly users: number;
  /** The users of clients; they are among neither the users that a server counts nor its lists. */
  readonly serviceAccounts: number;
  /** What the server tells beside the realm. */
  readonly source: SourceReading;
  readonly tallies: UserTallies;
}

/**
 * Reads one realm from the server, fills in from the export what its API hides, and leaves `R-realm.json` and `R-users-0.json` in the folder.
 * @throws {CommandFailure} whatever keeps it from being read; an export of another realm
 */
export async function stageRealm(api: AdminConnection, source: FoundRealm, folder: string, voice: CommandVoice): Promise<StagedRealm> {
  const { realm } = source;
  const path = (name: string): string => join(folder, `${encodeURIComponent(realm)}${name}`);
  const raw = path("-frame.part");
  const frame = await readFrame(api, realm, raw);
  const settings = await settingsOf(frame);
  const exported = await readExportedRealm(source);
  await using _users = exported.users; // its files are open until the users are written
  checkSameRealm(realm, settings, exported, source.main.file, api.base);
  const notes = new Notes();
  const secrets = await readClientSecrets(api, realm);
  const organizations = settings["organizationsEnabled"] === true ? await readOrganizations(api, realm) : [];
  const organizationOf = new Map(organizations.flatMap(({ id, aliases }) => aliases.map((alias) => [alias, id] as const)));

  const clientUuids = new Map<string, string>();
  let hasConsents = false;
  let serviceAccounts = 0;
  {
    await using file = await JsonFile.create(path("-realm.json"));
    await file.open("{");
    for (const [member, value] of Object.entries(settings))
      await file.member(member, completed(member, value, { exported, notes, organizationOf }));
    await file.openMember("clients", "[");
    for await (const { index, value } of frame.parts(only("clients"))) {
      if (index === undefined) continue;
      const client = value as Json;
      clientUuids.set(String(client["clientId"]), String(client["id"]));
      hasConsents ||= client["consentRequired"] === true;
      await file.value(withSecret(client, secrets, exported, notes));
    }
    await file.close("]");
    await file.openMember("users", "[");
    for await (const { index, value } of frame.parts(only("users"))) {
      if (index === undefined) continue;
      serviceAccounts += 1;
      await file.value(value);
    }
    await file.close("]");
    if (organizations.length > 0)
      await file.member(
        "organizations",
        organizations.map(({ representation }) => representation),
      );
    await file.close("}");
    await file.finish();
  }
  await rm(raw);
  const known = rolesAndGroups(settings, clientUuids);
  const holders = await RoleHolders.read(api, realm, known, voice.begin, { users: await countUsers(api, realm) });
  const questions = {
    consents: hasConsents,
    roles: holders.isUnread("roles"),
    groups: holders.isUnread("groups"),
    groupPaths: new Map(known.groups.map(({ id, path: groupPath }) => [id, groupPath])),
  };
  const providers = (Array.isArray(settings["identityProviders"]) ? (settings["identityProviders"] as readonly Json[]) : []).map(
    ({ alias }) => String(alias),
  );
  const isHidden = attributesAreHidden(settings["components"]);
  const clientIds = new Set(clientUuids.keys());
  const sources = { api, realm, exported, holders, providers, clientIds, questions, isHidden, notes };
  const { count: users, tallies } = await stageUsers(sources, path("-users-0.json"), voice);
  return { realm, notes, clients: clientUuids.size, users, serviceAccounts, tallies, source: await readSource(api, realm) };
}

const only = (wanted: string) => (member: string) => (member === wanted ? ("elements" as const) : ("skip" as const));

/** Two realms of one name on two servers have different ids: one's password hashes are none of the other's. */
function checkSameRealm(realm: string, settings: Json, exported: ExportedRealm, file: string, base: string): void {
  if (exported.id === undefined || exported.id === settings["id"]) return;
  throw new CommandFailure(
    `${file} is an export of another realm ${JSON.stringify(realm)} than the one at ${base}: their ids differ. Export it from that server.`,
  );
}

interface Completion {
  readonly exported: ExportedRealm;
  readonly notes: Notes;
  /** Ids of organizations by alias of their providers; a partial export leaves them out. */
  readonly organizationOf: ReadonlyMap<string, string>;
}

function completed(member: string, value: unknown, { exported, notes, organizationOf }: Completion): unknown {
  switch (member) {
    case "components":
      return completeComponents(value, exported.components, ({ name, providerId }) => notes.add(NOTED.keys, String(name ?? providerId)));
    case "identityProviders":
      if (!Array.isArray(value)) return value;
      return (value as readonly Json[]).map((provider) => {
        const alias = String(provider["alias"]);
        const organizationId = organizationOf.get(alias);
        return { ...(unmasked(provider, exported.providers.get(alias)) as Json), ...(organizationId !== undefined && { organizationId }) };
      });
    case "smtpServer":
    case "attributes":
      return unmasked(value, exported.settings[member]);
    default:
      return value;
  }
}

/** What the server says counts: a secret may have been rotated since the export. */
function withSecret(client: Json, secrets: ReadonlyMap<string, string>, exported: ExportedRealm, notes: Notes): Json {
  const clientId = String(client["clientId"]);
  const known = exported.clients.get(clientId);
  const whole = unmasked(client, known?.["id"] === client["id"] ? known : undefined) as Json; // an object stays one
  const now = secrets.get(clientId);
  const before = known?.["secret"];
  if (now !== undefined) {
    if (typeof before === "string" && before !== now && before !== MASK) notes.add(NOTED.otherSecret, clientId);
    return { ...whole, secret: now };
  }
  if (whole["secret"] === MASK && whole["publicClient"] !== true && whole["bearerOnly"] !== true) notes.add(NOTED.noSecret, clientId);
  return whole;
}
