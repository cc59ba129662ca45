import type { ClientScopeRow, ComponentRow, IdentityProviderRow, Json } from "@cambist/store/config-ports.ts";
import { maskedSettings, openSettings } from "../secrets/authenticator-settings.ts";
import { exportedFlows, readFlows } from "../admin/flows/flow-set.ts";
import { organizationFiles } from "../admin/organizations/organization-set.ts";
import { mapperView, providerView } from "../admin/identity-providers/representation.ts";
import { exportedComponent, openConfig } from "../admin/realm-wide/component-config.ts";
import { wholeRealm } from "../admin/realms/representation.ts";
import { KEYCLOAK_VERSION } from "../admin/serverinfo/keycloak-version.ts";
import { REALM_FIELDS } from "../imports/fields.ts";
import { readOrganizations } from "../realms/organizations.ts";
import { SMTP_SECRETS } from "../secrets/secret-names.ts";
import { providerSecretPlace, realmSecretPlace } from "../secrets/secret-places.ts";
import { isSealedText, openText } from "../secrets/sealed-text.ts";
import { clientRows, clientsPart } from "./client-parts.ts";
import type { ExportContext } from "./export-context.ts";
import { groupsPart, type RoleScope, rolesPart, scopeMappingParts } from "./role-parts.ts";
import { serviceAccounts, usersPart } from "./user-parts.ts";

/** One member of a realm file; lists that may be long come element by element. */
export type ExportPart =
  | { readonly member: string; readonly value: unknown }
  | { readonly member: string; readonly elements: AsyncIterable<unknown> };

export interface ExportChoice {
  readonly clients: boolean;
  readonly groupsAndRoles: boolean;
  /** `service-accounts`: those of the clients, as a partial export has them. */
  readonly users: "none" | "service-accounts" | "all";
}

/** A realm file, member by member. What it says is taken back by an import. */
export async function* realmParts(context: ExportContext, choice: ExportChoice): AsyncGenerator<ExportPart> {
  const { store, realm } = context;
  yield { member: "id", value: realm.id };
  yield { member: "realm", value: realm.name };
  const { keycloakVersion: _, organizations: __, ...settings } = settingsOf(context);
  for (const [member, value] of Object.entries(settings)) yield { member, value };
  if (choice.groupsAndRoles) {
    yield { member: "roles", value: rolesPart(context, choice.clients) };
    yield { member: "groups", value: groupsPart(context) };
  }
  if (choice.users === "all") yield { member: "users", elements: usersPart(context) };
  if (choice.users === "service-accounts") {
    const users = await serviceAccounts(context, choice.groupsAndRoles);
    if (users.length > 0) yield { member: "users", value: users };
  }
  const scopes = await store.clientScopes(realm.id);
  const mappings = scopeMappingParts(context, await roleScopes(context, scopes, choice.clients));
  yield { member: "scopeMappings", value: mappings.realm };
  if (choice.clients) {
    yield { member: "clientScopeMappings", value: mappings.client };
    yield { member: "clients", elements: clientsPart(context) };
  }
  yield { member: "clientScopes", value: scopes.map(scopeFile) };
  yield { member: "identityProviders", value: (await store.identityProviders(realm.id)).map((row) => providerFile(context, row)) };
  yield { member: "identityProviderMappers", value: await providerMappers(context) };
  yield { member: "components", value: componentsByType(context, await store.components(realm.id)) };
  if (context.whole) {
    if (readOrganizations(context.realm).length > 0) yield { member: "organizations", elements: organizationFiles(context) };
  }
  yield { member: "keycloakVersion", value: KEYCLOAK_VERSION };
}

/** Settings of the realm, its flows and texts among them. */
function settingsOf({ realm, secrets, whole }: ExportContext): Json {
  const flows = exportedFlows(readFlows(realm), (config) => (whole ? openSettings(config, realm.id, secrets) : maskedSettings(config)));
  const settings = { ...wholeRealm(realm), ...flows };
  // What an import did not know is for whoever reads the whole file; tools that read parts are strict.
  if (!whole) return Object.fromEntries(Object.entries(settings).filter(([member]) => REALM_FIELDS.has(member)));
  const server: Record<string, unknown> = { ...(realm.representation["smtpServer"] as Json | undefined) };
  for (const name of SMTP_SECRETS) {
    const value = server[name];
    if (isSealedText(value)) server[name] = openText(secrets, value, realmSecretPlace(realm.id, `smtpServer.${name}`));
  }
  return { ...settings, smtpServer: server };
}

async function roleScopes(context: ExportContext, scopes: readonly ClientScopeRow[], withClients: boolean): Promise<readonly RoleScope[]> {
  const found: RoleScope[] = [];
  if (withClients) {
    for await (const { clientId, roleScope } of clientRows(context)) {
      if (roleScope.length > 0) found.push({ holder: { client: clientId }, roleIds: roleScope });
    }
  }
  for (const { name, roleScope } of scopes) if (roleScope.length > 0) found.push({ holder: { clientScope: name }, roleIds: roleScope });
  return found;
}

const scopeFile = ({ id, name, protocol, representation }: ClientScopeRow): Json => {
  const { protocolMappers, ...members } = representation;
  const mappers = Array.isArray(protocolMappers) && protocolMappers.length > 0;
  return { id, name, protocol, ...members, ...(mappers && { protocolMappers: protocolMappers as readonly unknown[] }) };
};

/** A provider as the admin API shows it, with its secret where the file is whole. */
function providerFile({ secrets, realm, whole }: ExportContext, row: IdentityProviderRow): Json {
  const { internalId, sealedSecret } = row;
  const shown = providerView(row);
  if (!whole || sealedSecret === undefined) return shown;
  const clientSecret = secrets.open(sealedSecret, providerSecretPlace(realm.id, internalId));
  return { ...shown, config: { ...(shown["config"] as Json), clientSecret } };
}

async function providerMappers({ store, realm }: ExportContext): Promise<readonly Json[]> {
  const found: Json[] = [];
  for (const { alias } of await store.identityProviders(realm.id)) {
    for (const row of await store.identityProviderMappers(realm.id, alias)) found.push(mapperView(row));
  }
  return found;
}

/** By type; components below others stand in their `subComponents`. */
function componentsByType(context: ExportContext, rows: readonly ComponentRow[]): Json {
  const known = new Set(rows.map(({ id }) => id));
  const parentOf = ({ representation }: ComponentRow): string | undefined => {
    const parent = representation["parentId"];
    return typeof parent === "string" && known.has(parent) ? parent : undefined;
  };
  const below = (parent: string | undefined, depth: number): Json => {
    const types = new Map<string, Json[]>();
    for (const row of rows) {
      if (parentOf(row) !== parent) continue;
      const children = depth > 8 ? {} : below(row.id, depth + 1);
      const file = componentFile(context, row);
      const one = Object.keys(children).length > 0 ? { ...file, subComponents: { ...(file["subComponents"] as Json), ...children } } : file;
      const list = types.get(row.providerType);
      if (list) list.push(one);
      else types.set(row.providerType, [one]);
    }
    return Object.fromEntries(types);
  };
  return below(undefined, 0);
}

function componentFile({ realm, secrets, whole }: ExportContext, row: ComponentRow): Json {
  const shown = exportedComponent(row, realm.id, secrets);
  return whole ? { ...shown, config: openConfig(row, realm.id, secrets) } : shown;
}
