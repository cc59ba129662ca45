import type { ClientFacts, RealmFacts } from "@cambist/core/doctor/facts.ts";
import type { ClientScope, RealmView } from "@cambist/core/model.ts";
import type { AdminReads } from "@cambist/store/admin-ports.ts";
import type { ClientRow, ComponentRow, RealmRow } from "@cambist/store/config-ports.ts";
import type { AuditReads, EpochMillis, StateReads } from "@cambist/store/ports.ts";
import type { Passwords } from "../../passwords/passwords.ts";
import { builtInClients } from "../../realm-template/built-in-clients.ts";
import { compileClient } from "../../realms/compile-client.ts";
import type { LoadedRealm } from "../../realms/compile-realm.ts";
import { configOf, providerView } from "../identity-providers/representation.ts";
import { readExchangeUse } from "./exchange-use.ts";
import { readGuessablePasswords } from "./guessable-passwords.ts";
import { readImpersonators } from "./impersonators.ts";
import { keyFacts } from "./key-facts.ts";
import { holdersOf, type RoleGraph, roleGraph } from "./role-holders.ts";
import { jsonTexts } from "../../realms/json-object.ts";

/** What a realm's facts are read from. */
export interface FactSources {
  readonly store: AdminReads;
  readonly state: Pick<StateReads, "findUserById" | "passwordCredentials">;
  readonly audit: Pick<AuditReads, "list">;
  readonly passwords: Pick<Passwords, "verify">;
  readonly matchesRegex: RealmFacts["matchesRegex"];
  readonly now: EpochMillis;
}
export interface GatheredRealm {
  readonly row: RealmRow;
  readonly loaded: Pick<LoadedRealm, "view" | "clientScopes">;
  /** Whether the asker may learn that an administrator's password is a bad one. Only `master` has such users. */
  readonly mayTryPasswords: boolean;
}

/** What was read for the facts, for whoever needs more of it. */
export interface RealmReading {
  readonly facts: RealmFacts;
  readonly clientRows: readonly ClientRow[];
  readonly components: readonly ComponentRow[];
  readonly graph: RoleGraph;
}

/** Reads everything that the checks of a realm look at; changes nothing. */
export const gatherFacts = async (sources: FactSources, realm: GatheredRealm): Promise<RealmFacts> =>
  (await readRealm(sources, realm)).facts;

export async function readRealm(sources: FactSources, { row, loaded, mayTryPasswords }: GatheredRealm): Promise<RealmReading> {
  const { store, state, audit, passwords, matchesRegex, now } = sources;
  const { view } = loaded;
  const graph = await roleGraph(store, row.id, view);
  const defaultRole = defaultRoleOf(row, view);
  const clientRows = await store.clients(row.id);
  const clientIds = new Map(clientRows.map(({ id, clientId }) => [id, clientId]));
  const exchangeRoles = await readExchangeRoles(graph, clientRows);
  const scopes = new Map(loaded.clientScopes.map((scope) => [scope.id, scope]));
  const components = await store.components(row.id);
  const facts: RealmFacts = {
    now: Math.floor(now / 1000),
    view,
    adminEventsEnabled: row.representation["adminEventsEnabled"] === true,
    adminClientUuid: clientRows.find(({ clientId }) => clientId === view.adminClientId)?.id,
    defaultRole,
    defaultRoles: view.expandRoles(defaultRole ? [defaultRole.id] : []),
    clients: clientRows.map((client) => clientFacts(client, { view, scopes, exchangeRoles: exchangeRoles.get(client.id) ?? [] })),
    impersonators: await readImpersonators({ graph, state, clientIds }),
    keys: keyFacts(components),
    guessablePasswords: mayTryPasswords && row.name === "master" ? await readGuessablePasswords(graph, state, passwords) : undefined,
    providers: (await store.identityProviders(row.id)).map((provider) => ({
      internalId: provider.internalId,
      alias: provider.alias,
      enabled: provider.enabled,
      config: configOf(provider),
      representation: providerView(provider),
    })),
    use: await readExchangeUse(audit, row.id, now),
    matchesRegex,
  };
  return { facts, clientRows, components, graph };
}

function defaultRoleOf({ representation }: RealmRow, view: RealmView): RealmFacts["defaultRole"] {
  const role = representation["defaultRole"] as { readonly id?: unknown } | undefined;
  return typeof role?.id === "string" ? view.role(role.id) : undefined;
}

interface ClientContext {
  readonly view: RealmView;
  readonly scopes: ReadonlyMap<string, ClientScope>;
  readonly exchangeRoles: readonly string[];
}

function clientFacts(row: ClientRow, { view, scopes, exchangeRoles }: ClientContext): ClientFacts {
  const { representation } = row;
  const uris = representation["redirectUris"];
  return {
    ...compileClient({ ...row, ownRoles: [] }, scopes),
    builtIn: isBuiltIn(view, row),
    standardFlowEnabled: representation["standardFlowEnabled"] !== false,
    implicitFlowEnabled: representation["implicitFlowEnabled"] === true,
    redirectUris: jsonTexts(uris),
    exchangeRoles,
  };
}

/** Keycloak's own clients; in master also those that hold the admin roles of the other realms. */
function isBuiltIn({ realm, adminClientId }: RealmView, { clientId, representation }: ClientRow): boolean {
  const isMaster = realm.name === "master";
  if (clientId === adminClientId || builtInClients(realm.name, isMaster).some((client) => client.clientId === clientId)) return true;
  return isMaster && clientId.endsWith("-realm") && representation["bearerOnly"] === true;
}

/** By the UUID of a client: the clients whose role `token-exchange` its service account holds. */
async function readExchangeRoles(graph: RoleGraph, clients: readonly ClientRow[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  if (graph.view.realm.dialect !== "native") return found; // the role means nothing there
  for (const { clientId } of clients) {
    const role = graph.view.clientRole(clientId, "token-exchange");
    for (const { user } of role ? await holdersOf(graph, role.id) : []) {
      const uuid = user.serviceAccountClientUuid;
      if (uuid !== undefined) found.set(uuid, [...(found.get(uuid) ?? []), clientId]);
    }
  }
  return found;
}
