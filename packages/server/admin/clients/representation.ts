import type { ClientRow, Json } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "../admin-call.ts";
import { openClientAttributes, openClientSecret } from "./client-secrets.ts";

/** Keycloak's order on the wire. Members that a row does not have are left out. */
const MEMBERS: readonly string[] = [
  "name",
  "description",
  "type",
  "rootUrl",
  "adminUrl",
  "baseUrl",
  "surrogateAuthRequired",
  "enabled",
  "alwaysDisplayInConsole",
  "clientAuthenticatorType",
  "secret",
  "redirectUris",
  "webOrigins",
  "notBefore",
  "bearerOnly",
  "consentRequired",
  "standardFlowEnabled",
  "implicitFlowEnabled",
  "directAccessGrantsEnabled",
  "serviceAccountsEnabled",
  "authorizationServicesEnabled",
  "publicClient",
  "frontchannelLogout",
  "protocol",
  "attributes",
  "authenticationFlowBindingOverrides",
  "fullScopeAllowed",
  "nodeReRegistrationTimeout",
  "protocolMappers",
];
/** Member of a row that holds the id of the client's registration access token; nobody is shown it. */
export const REGISTRATION_TOKEN = "registrationTokenId";
const KNOWN: ReadonlySet<string> = new Set([...MEMBERS, REGISTRATION_TOKEN]);

/** Names of client scopes by id. */
export type ScopeNames = ReadonlyMap<string, string>;

export async function scopeNames({ store, realm }: Pick<AdminCall, "store" | "realm">): Promise<ScopeNames> {
  return new Map((await store.clientScopes(realm.id)).map(({ id, name }) => [id, name]));
}

/** A client as Keycloak shows it, its secret included; `access` tells what this caller may do with it. */
export function clientView(call: AdminCall, client: ClientRow, scopes: ScopeNames): Json {
  return { ...clientMembers(call, client, scopes), access: accessTo(call, client) };
}

/** The same without `access`, as clients see themselves. */
export function clientMembers(call: Pick<AdminCall, "secrets" | "realm">, client: ClientRow, scopes: ScopeNames): Json {
  const { representation } = client;
  const { protocolMappers, authorizationServicesEnabled } = representation;
  const secret = representation["publicClient"] === true ? undefined : openClientSecret(call, client);
  const members: Json = {
    ...representation,
    enabled: client.enabled,
    secret,
    attributes: openClientAttributes(call, client),
    authorizationServicesEnabled: authorizationServicesEnabled === true ? true : undefined,
    protocolMappers: Array.isArray(protocolMappers) && protocolMappers.length > 0 ? protocolMappers : undefined,
  };
  const others = Object.keys(representation).filter((name) => !KNOWN.has(name));
  const names = (ids: readonly string[]): readonly string[] => ids.flatMap((id) => scopes.get(id) ?? []);
  return {
    id: client.id,
    clientId: client.clientId,
    ...Object.fromEntries([...MEMBERS, ...others].flatMap((name) => (members[name] === undefined ? [] : [[name, members[name]]]))),
    defaultClientScopes: names(client.defaultScopeIds),
    optionalClientScopes: names(client.optionalScopeIds),
  };
}

/** Master's own admin client keeps its settings. */
function accessTo(call: AdminCall, { clientId }: ClientRow): Json {
  const manages = call.has("manage-clients");
  const isMastersOwn = call.realm.name === "master" && clientId === "master-realm";
  return { view: manages || call.has("view-clients"), configure: manages && !isMastersOwn, manage: manages };
}
