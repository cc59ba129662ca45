import { open } from "node:fs/promises";
import type { Json } from "@cambist/store/config-ports.ts";
import { CommandFailure } from "../cli/command-failure.ts";
import { MASK } from "../secrets/masked.ts";
import { fileDocument, type RealmDocument } from "../imports/realm-document.ts";
import { type AdminConnection, causeOf, readAnswer } from "../remote/admin-connection.ts";
import { eachOf, pages, type WithId } from "./pages.ts";
import { isJsonObject } from "../realms/json-object.ts";

/** A server with thousands of clients works on its answer for a while. */
const FRAME_TIMEOUT_MS = 15 * 60_000;
const never = (): boolean => false;

/**
 * Everything of a realm but its users, as the server's partial export gives it: settings, roles, groups, scopes, clients with their permissions,
 * providers, components, flows. Written to `path` as it arrives: it may be big.
 * @throws {CommandFailure} no such realm, not allowed
 */
export async function readFrame(api: AdminConnection, realm: string, path: string): Promise<RealmDocument> {
  const query = "exportClients=true&exportGroupsAndRoles=true";
  const answer = await api.send("POST", `${realmPath(realm)}/partial-export?${query}`, undefined, FRAME_TIMEOUT_MS);
  if (answer.status === 404) throw new CommandFailure(`There is no realm ${JSON.stringify(realm)} at ${api.base}`);
  if (answer.status !== 200 || !answer.body) await readAnswer(answer, `to show the realm ${JSON.stringify(realm)}`, never);
  await using file = await open(path, "wx", 0o600);
  try {
    for await (const chunk of answer.body ?? []) await file.writeFile(chunk as Uint8Array);
  } catch (error) {
    throw new CommandFailure(`The realm ${JSON.stringify(realm)} could not be read to its end: ${causeOf(error)}`, { cause: error });
  }
  return fileDocument(path);
}

export const realmPath = (realm: string): string => `/admin/realms/${encodeURIComponent(realm)}`;

/** Secrets of clients by clientId, as far as the administrator may see them. */
export async function readClientSecrets(api: AdminConnection, realm: string): Promise<ReadonlyMap<string, string>> {
  const secrets = new Map<string, string>();
  const path = `${realmPath(realm)}/clients`;
  for await (const { clientId, secret } of pages<ClientView>(api, path, "to list the clients")) {
    if (typeof secret === "string" && secret !== "" && secret !== MASK) secrets.set(clientId, secret);
  }
  return secrets;
}

interface ClientView extends WithId {
  readonly clientId: string;
  readonly secret?: string;
}

interface OrganizationView extends WithId, Json {}
interface MemberView extends WithId {
  readonly username: string;
  readonly membershipType?: string;
}

/** An organization as realm files have it, with its members. */
export interface ReadOrganization {
  readonly id: string;
  /** Of its identity providers. */
  readonly aliases: readonly string[];
  readonly representation: Json;
}

export async function readOrganizations(api: AdminConnection, realm: string): Promise<readonly ReadOrganization[]> {
  const path = `${realmPath(realm)}/organizations`;
  const ids: string[] = [];
  for await (const { id } of pages<WithId>(api, `${path}?briefRepresentation=true`, "to list the organizations", 100)) ids.push(id);
  const found = new Map<string, ReadOrganization>();
  await eachOf(ids, 4, async (id) => {
    const one = `${path}/${encodeURIComponent(id)}`;
    const organization = await api.get<OrganizationView>(one, "to show an organization", isJsonObject);
    const members: Json[] = [];
    for await (const { username, membershipType } of pages<MemberView>(api, `${one}/members`, "to list the members of an organization"))
      members.push({ username, membershipType: membershipType ?? "UNMANAGED" });
    const providers = await api.get<readonly Json[]>(
      `${one}/identity-providers`,
      "to list the providers of an organization",
      Array.isArray,
    );
    found.set(id, { id, aliases: providers.map(({ alias }) => String(alias)), representation: { ...organization, members } });
  });
  return ids.flatMap((id) => found.get(id) ?? []);
}
