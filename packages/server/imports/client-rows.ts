import type { AddedClientScope, ClientRow, Json } from "@cambist/store/config-ports.ts";
import { hashSecret } from "../secrets/secret-box.ts";
import { CLIENT_SECRET_ATTRIBUTES } from "../secrets/secret-names.ts";
import { clientAttributePlace, clientSecretPlace } from "../secrets/secret-places.ts";
import { sealText } from "../secrets/sealed-text.ts";
import type { ClientTemplate } from "../realm-template/built-in-clients.ts";
import { originsOf } from "../realms/web-origins.ts";
import { checkSettings, settingsNotEnforced } from "./cambist-settings.ts";
import { CLIENT_FIELDS, readFields } from "./fields.ts";
import { type ImportContext, protocolMappers, WARNED, warnUnknown } from "./import-context.ts";
import { isMasked, isVaultReference } from "../secrets/masked.ts";
import type { ClientEntry } from "./realm-names.ts";
import type { RealmNode } from "./realm-node.ts";

/** What a client has that does not say otherwise (Keycloak 26.1.3). */
export const CLIENT_DEFAULTS: Json = {
  surrogateAuthRequired: false,
  alwaysDisplayInConsole: false,
  clientAuthenticatorType: "client-secret",
  redirectUris: [],
  notBefore: 0,
  bearerOnly: false,
  consentRequired: false,
  standardFlowEnabled: true,
  implicitFlowEnabled: false,
  directAccessGrantsEnabled: false,
  serviceAccountsEnabled: false,
  publicClient: false,
  protocol: "openid-connect",
  authenticationFlowBindingOverrides: {},
  nodeReRegistrationTimeout: -1,
};
/** An import fills in more than the admin API does. */
const IMPORT_DEFAULTS: Json = { ...CLIENT_DEFAULTS, webOrigins: [], frontchannelLogout: false };

/** Kinds of client authentication that need a shared secret. */
const WITH_SECRET: ReadonlySet<unknown> = new Set(["client-secret", "client-secret-jwt"]);

/** The scope that service accounts carry their client's name in. */
const SERVICE_ACCOUNT_SCOPE = "service_account";

/** What all clients of one import share. */
export interface ClientsOfRealm {
  /** Names of the realm's default and optional client scopes. */
  readonly defaults: readonly string[];
  readonly optionals: readonly string[];
  /** Role ids of a client's scope mappings. */
  readonly roleScope: (clientId: string) => readonly string[];
  /** True: written by no Keycloak version; attributes that Keycloak adds to such files are added. */
  readonly handWritten: boolean;
}

/**
 * What the first reading of a client notes: enough for others to refer to it.
 * @throws {ImportError} no clientId, or a wrong type
 */
export function clientEntry(node: RealmNode, newId: () => string): ClientEntry {
  return {
    uuid: node.name("id") ?? newId(),
    clientId: node.needName("clientId"),
    protocol: node.name("protocol"),
    serviceAccountsEnabled: node.flag("serviceAccountsEnabled") ?? false,
    isResourceServer: node.has("authorizationSettings") || (node.flag("authorizationServicesEnabled") ?? false),
    builtIn: false,
    defaultRoles: node.names("defaultRoles") ?? [],
  };
}

/**
 * A client of the file as a row. A built-in client that the file names keeps what the file does not say.
 * @throws {ImportError} a wrong type, an invalid `cambist.*` attribute
 */
export function clientRow(
  context: ImportContext,
  node: RealmNode,
  entry: ClientEntry,
  builtIn: ClientTemplate | undefined,
  realm: ClientsOfRealm,
): ClientRow {
  const { clientId, uuid } = entry;
  const { kept, unknown } = readFields(node, CLIENT_FIELDS);
  warnUnknown(context, `client ${clientId}`, unknown);
  const mappers = protocolMappers(context, `client ${clientId}`, node) ?? templateMappers(context, builtIn);
  const base = builtIn ? templateMembers(builtIn) : IMPORT_DEFAULTS;
  const redirectUris = node.names("redirectUris");
  const merged: Json = { ...base, ...(redirectUris && !builtIn && { webOrigins: originsOf(redirectUris) }), ...kept };
  const representation: Json = {
    ...merged,
    ...(node.has("authorizationSettings") && { authorizationServicesEnabled: true }),
    fullScopeAllowed: merged["fullScopeAllowed"] ?? merged["consentRequired"] !== true,
    attributes: attributes(context, node, entry, builtIn, realm.handWritten),
    ...(mappers ? { protocolMappers: mappers } : {}),
  };
  return {
    id: uuid,
    clientId,
    enabled: node.flag("enabled") ?? true,
    ...secretColumns(context, node, entry, representation),
    representation,
    ...scopeColumns(context, node, entry, builtIn, realm),
    roleScope: realm.roleScope(clientId),
  };
}

const OWN_COLUMNS: ReadonlySet<string> = new Set([
  "clientId",
  "enabled",
  "attributes",
  "protocolMappers",
  "defaultClientScopes",
  "optionalClientScopes",
]);
const templateMembers = (client: ClientTemplate): Json =>
  Object.fromEntries(Object.entries(client).filter(([member]) => !OWN_COLUMNS.has(member)));

const templateMappers = ({ tools }: ImportContext, client: ClientTemplate | undefined): readonly Json[] | undefined =>
  client?.protocolMappers?.map((mapper) => ({ id: tools.newId(), ...mapper }));

function attributes(
  context: ImportContext,
  node: RealmNode,
  entry: ClientEntry,
  builtIn: ClientTemplate | undefined,
  handWritten: boolean,
): Json {
  const given = node.map("attributes") ?? {};
  checkSettings("client", node, "attributes", given);
  for (const name of settingsNotEnforced(given)) context.warnings.add(WARNED.settings, `${entry.clientId} ${name}`);
  const base = builtIn
    ? (builtIn["attributes"] as Readonly<Record<string, string>>)
    : { realm_client: "false", ...(handWritten && entry.protocol === "openid-connect" ? { "post.logout.redirect.uris": "+" } : {}) };
  const all: Record<string, string> = { ...base, ...given };
  for (const name of CLIENT_SECRET_ATTRIBUTES) {
    const secret = all[name];
    if (secret) all[name] = sealText(context.tools.box, secret, clientAttributePlace(context.realmId, entry.uuid, name));
  }
  return all;
}

/** Sealed for the admin API and hashed for the comparison; made where a confidential client has none that can be used. */
function secretColumns(
  context: ImportContext,
  node: RealmNode,
  { clientId, uuid }: ClientEntry,
  representation: Json,
): Pick<ClientRow, "sealedSecret" | "secretHash"> {
  const given = node.text("secret");
  const confidential =
    representation["publicClient"] !== true &&
    representation["bearerOnly"] !== true &&
    WITH_SECRET.has(representation["clientAuthenticatorType"]);
  let secret: string | undefined = given;
  if (given !== undefined && (given === "" || isMasked(given))) {
    if (confidential) context.warnings.add(WARNED.secrets, clientId);
    secret = undefined;
  } else if (given !== undefined && isVaultReference(given)) {
    // Taken literally it would be a secret that everybody with the file knows.
    context.warnings.add(WARNED.vault, `client ${clientId}`);
    secret = undefined;
  }
  if (secret === undefined && confidential) secret = newSecret(context);
  if (secret === undefined) return {};
  return { sealedSecret: context.tools.box.seal(secret, clientSecretPlace(context.realmId, uuid)), secretHash: hashSecret(secret) };
}

/** 32 characters, 192 bits. */
const newSecret = ({ tools }: ImportContext): string => tools.randomBytes(24).toString("base64url");

/** A client that names neither list gets the realm's scopes of its protocol; naming one means naming both. */
function scopeColumns(
  { names, warnings }: ImportContext,
  node: RealmNode,
  entry: ClientEntry,
  builtIn: ClientTemplate | undefined,
  { defaults, optionals: realmOptionals }: ClientsOfRealm,
): Pick<ClientRow, "defaultScopeIds" | "optionalScopeIds"> {
  const given = (member: "defaultClientScopes" | "optionalClientScopes"): readonly string[] | undefined =>
    node.names(member) ?? (builtIn?.[member] as readonly string[] | undefined);
  const [namedDefaults, namedOptionals] = [given("defaultClientScopes"), given("optionalClientScopes")];
  const named = namedDefaults !== undefined || namedOptionals !== undefined;
  const ofProtocol = (scope: string): boolean => names.scope(scope)?.protocol === (entry.protocol ?? "openid-connect");
  const ids = (list: readonly string[]): string[] =>
    list.flatMap((scope) => {
      const known = names.scope(scope);
      if (!known) warnings.add(WARNED.unknownScopes, `${scope} of client ${entry.clientId}`);
      return known?.id ?? [];
    });
  const defaultScopeIds = [...new Set(ids(named ? (namedDefaults ?? []) : defaults.filter(ofProtocol)))];
  const optionals = ids(named ? (namedOptionals ?? []) : realmOptionals.filter(ofProtocol));
  return { defaultScopeIds, optionalScopeIds: [...new Set(optionals)].filter((id) => !defaultScopeIds.includes(id)) };
}

/** The scope that a client gets when its service account is made here, and not when the file brings the account; as in Keycloak. */
export function accountScope(
  { names }: ImportContext,
  entry: ClientEntry,
  { defaultScopeIds, optionalScopeIds }: ClientRow,
): AddedClientScope | undefined {
  const scope = names.scope(SERVICE_ACCOUNT_SCOPE);
  if (!entry.serviceAccountsEnabled || !scope || scope.protocol !== (entry.protocol ?? "openid-connect")) return undefined;
  if ([...defaultScopeIds, ...optionalScopeIds].includes(scope.id)) return undefined;
  return { clientUuid: entry.uuid, scopeId: scope.id, position: defaultScopeIds.length };
}
