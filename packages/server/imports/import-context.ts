import { unsupportedMappers } from "@cambist/core/claims/mapper-plan.ts";
import type { ProtocolMapper } from "@cambist/core/model.ts";
import type { ImportSink } from "@cambist/store/config-ports.ts";
import type { HashPolicy } from "../passwords/policy.ts";
import type { ImportTools } from "./import-tools.ts";
import type { ImportWarnings } from "./import-warnings.ts";
import { holdsSecret } from "../secrets/secret-names.ts";
import { MAPPER_FIELDS, readFields } from "./fields.ts";
import { ImportError } from "./import-error.ts";
import type { RealmNames } from "./realm-names.ts";
import type { RealmNode } from "./realm-node.ts";

/** One import under way. */
export interface ImportContext {
  /** Name of the realm's file, for messages. */
  readonly file: string;
  readonly sink: ImportSink;
  readonly tools: ImportTools;
  readonly warnings: ImportWarnings;
  readonly names: RealmNames;
  readonly realmId: string;
  readonly realmName: string;
  /** How plain passwords of the file are hashed. */
  readonly hashPolicy: HashPolicy;
}

/** Kinds of warnings, one wording each. */
export const WARNED = {
  unknownMembers: "unknown members, kept for export only",
  unusedSecrets: "secrets in what is not used, left out",
  unknownRoles: "unknown roles left out",
  createdRoles: "roles named in scope mappings only, made",
  unknownScopes: "unknown client scopes left out",
  unknownProviders: "identity provider mappers of unknown providers left out",
  mappers: "protocol mappers that will do nothing",
  policies: "policies that will deny",
  members: "organization members that are no users, left out",
  unresolved: "policies that name something unknown",
  secrets: "masked or empty secrets, a new one made",
  vault: "vault references, not resolved",
  masked: "masked secrets left out",
  keys: "key providers that give no key",
  settings: "cambist settings that are kept and not enforced by this version",
  passwords: "passwords in a form that cannot be verified",
} as const;

/** Notes members nobody here knows. `owner` says whose they are. */
export function warnUnknown(context: Pick<ImportContext, "warnings">, owner: string, unknown: readonly string[]): void {
  for (const name of unknown)
    context.warnings.add(holdsSecret(name) ? WARNED.unusedSecrets : WARNED.unknownMembers, owner ? `${owner}.${name}` : name);
}

/** The ids of client roles `{"clientId": ["role"]}`. A client that does not exist is an error, an unknown role is left out. */
export function clientRoleIds(context: ImportContext, node: RealmNode, member: string): readonly string[] {
  const lists = node.lists(member) ?? {};
  return Object.entries(lists).flatMap(([clientId, roles]) => {
    if (!context.names.client(clientId))
      throw new ImportError(node.file, `${node.path}.${member}`, `there is no client ${shown(clientId)}`);
    return roleIds(context, clientId, roles);
  });
}

/** The ids of realm roles (or roles of a client) by name; unknown ones are left out and named in the warning. */
export function roleIds(context: ImportContext, clientId: string | undefined, roles: readonly string[]): readonly string[] {
  return roles.flatMap((name) => {
    const id = context.names.roleId(clientId, name);
    if (id === undefined) context.warnings.add(WARNED.unknownRoles, clientId === undefined ? name : `${clientId}/${name}`);
    return id ?? [];
  });
}

/** `protocolMappers` of a client or client scope, complete and in their proper types. */
export function protocolMappers(
  context: ImportContext,
  owner: string,
  node: RealmNode,
): readonly Readonly<Record<string, unknown>>[] | undefined {
  return node.nodes("protocolMappers")?.map((mapper) => {
    const { kept, unknown } = readFields(mapper, MAPPER_FIELDS);
    const name = mapper.needName("name");
    const protocolMapper = mapper.needName("protocolMapper");
    const config = mapper.map("config") ?? {};
    const protocol = mapper.name("protocol") ?? "openid-connect";
    const id = mapper.name("id") ?? context.tools.newId();
    warnUnknown(context, `${owner}.${name}`, unknown);
    if (protocol === "openid-connect") warnMapper(context, owner, { id, name, type: protocolMapper, config });
    return { id, name, protocol, protocolMapper, consentRequired: false, ...kept, config };
  });
}

/** Names a mapper that is of an unknown type, or aims at a claim that only typed mappers may write. */
function warnMapper({ warnings }: ImportContext, owner: string, mapper: ProtocolMapper): void {
  for (const { problem } of unsupportedMappers({ mappers: [mapper], defaultScopes: [], optionalScopes: [] })) {
    warnings.add(WARNED.mappers, `${owner}/${mapper.name} (${problem})`);
  }
}

/** Names from the file in messages: short and on one line. */
export const shown = (name: string): string => JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
