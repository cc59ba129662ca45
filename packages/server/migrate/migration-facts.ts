import type {
  AccountFacts,
  AdministratorFacts,
  ImportedOtherwise,
  MigratedClient,
  MigrationFacts,
  SourceFacts,
  UserTallies,
} from "@cambist/core/migration/facts.ts";
import type { Permission, RealmView } from "@cambist/core/model.ts";
import type { AdminReads } from "@cambist/store/admin-ports.ts";
import type { ClientRow, RealmRow, UserRow } from "@cambist/store/config-ports.ts";
import type { RealmReading } from "../admin/doctor/gather-facts.ts";
import { holdersOf } from "../admin/doctor/role-holders.ts";
import { WARNED } from "../imports/import-context.ts";
import type { ImportWarnings } from "../imports/import-warnings.ts";
import { ALGORITHMS } from "../keys/algorithms.ts";
import { isJsonObject } from "../realms/json-object.ts";
import { settingFacts } from "./setting-facts.ts";

export interface MigrationSources {
  readonly store: AdminReads;
  readonly row: RealmRow;
  /** What the doctor reads of it. */
  readonly reading: RealmReading;
  readonly source: SourceFacts;
  readonly users: UserTallies;
  readonly warnings: ImportWarnings;
}

/** The doctor's facts, what the realm brings that does nothing here, who its service accounts are, and what was learned on the way. */
export async function gatherMigrationFacts({ store, row, reading, source, users, warnings }: MigrationSources): Promise<MigrationFacts> {
  const { facts, components } = reading;
  const accounts = await readAccounts(store, row.id, facts.view);
  return {
    ...facts,
    clients: migratedClients(reading, accounts),
    permissions: await readPermissions(store, row.id, reading),
    accounts,
    administrators: await readAdministrators(store, reading),
    settings: settingFacts(row.representation, { components, providers: await store.identityProviders(row.id) }),
    users,
    source,
    use: { ...facts.use, pairs: pairsOf(source) },
    imported: importedOtherwise(warnings),
    isAlgorithm: (name) => ALGORITHMS.has(name),
  };
}

/** Exchanges at the old server, as the doctor takes them. Its events do not say for whom a subject token was. */
const pairsOf = ({ exchanges = [] }: SourceFacts): MigrationFacts["use"]["pairs"] =>
  exchanges.map(({ requester, target, count, last }) => ({ requester, target, count, last, mismatch: false }));

const ACCOUNT = "service-account-";
const PAGE = 500;

/** By the UUID of their client. They are named after it, so they stand side by side. */
async function readAccounts(store: AdminReads, realmId: string, view: RealmView): Promise<ReadonlyMap<string, AccountFacts>> {
  const found = new Map<string, AccountFacts>();
  for (let after = ACCOUNT; ;) {
    const page = (await store.usersAfterName(realmId, after, PAGE)).filter(({ username }) => username.startsWith(ACCOUNT));
    for (const user of page)
      if (user.serviceAccountClientUuid !== undefined) found.set(user.serviceAccountClientUuid, accountFacts(view, user));
    const last = page[PAGE - 1];
    if (!last) return found;
    after = last.username;
  }
}

const accountFacts = (view: RealmView, user: UserRow): AccountFacts => ({
  userId: user.id,
  roles: view.effectiveRoles(user),
  groupIds: user.groupIds,
  attributes: user.attributes,
});

/** With their exchange roles in either dialect: what the other one makes of them is asked too. */
function migratedClients({ facts, clientRows }: RealmReading, accounts: ReadonlyMap<string, AccountFacts>): readonly MigratedClient[] {
  const { view, clients } = facts;
  const rows = new Map(clientRows.map((row) => [row.id, row]));
  const targetOf = new Map(
    clients.flatMap(({ clientId }) => {
      const role = view.clientRole(clientId, "token-exchange");
      return role ? [[role.id, clientId] as const] : [];
    }),
  );
  return clients.map((client) => ({
    ...client,
    exchangeRoles: [...(accounts.get(client.id)?.roles ?? [])].flatMap((id) => targetOf.get(id) ?? []),
    ...rowFacts(view, rows.get(client.id)),
  }));
}

type RowFacts = Pick<MigratedClient, "authorizationServicesEnabled" | "adminUrl" | "ownFlows">;

function rowFacts({ adminClientId }: RealmView, row: ClientRow | undefined): RowFacts {
  const { authorizationServicesEnabled, adminUrl, authenticationFlowBindingOverrides: flows } = row?.representation ?? {};
  return {
    authorizationServicesEnabled: authorizationServicesEnabled === true && row?.clientId !== adminClientId,
    ...(typeof adminUrl === "string" && adminUrl !== "" && { adminUrl }),
    ownFlows: isJsonObject(flows) ? Object.keys(flows).filter((place) => flows[place] !== "") : [],
  };
}

/** Those with policies. Where fine-grained permissions are off, what is stored of them. */
async function readPermissions(store: AdminReads, realmId: string, { facts }: RealmReading): Promise<readonly Permission[]> {
  const { view, adminClientUuid } = facts;
  const stored = adminClientUuid === undefined ? undefined : await store.authorization(realmId, adminClientUuid);
  return (stored?.policies ?? [])
    .filter(({ type, policyIds }) => type === "scope" && policyIds.length > 0)
    .map(({ id, name }) => view.permissions?.find(name) ?? { id, name, logic: "POSITIVE", strategy: "UNANIMOUS", policies: [] });
}

/** Whoever holds a role of the admin client. */
async function readAdministrators(store: AdminReads, { facts, graph, clientRows }: RealmReading): Promise<readonly AdministratorFacts[]> {
  const { realmId, view } = graph;
  if (facts.adminClientUuid === undefined) return [];
  const ids = new Set<string>();
  for (const { id } of await store.roles(realmId, facts.adminClientUuid))
    for (const { user } of await holdersOf(graph, id)) if (user.enabled) ids.add(user.id);
  const clientIds = new Map(clientRows.map(({ id, clientId }) => [id, clientId]));
  return (await store.usersByIds(realmId, [...ids])).map((user) => {
    const clientId = user.serviceAccountClientUuid === undefined ? undefined : clientIds.get(user.serviceAccountClientUuid);
    return { ...accountFacts(view, user), username: user.username, ...(clientId !== undefined && { clientId }) };
  });
}

/** Kinds that no other fact tells of: mappers and policies are looked at where they stand. */
const KINDS: Readonly<Record<ImportedOtherwise, readonly (keyof typeof WARNED)[]>> = {
  passwords: ["passwords"],
  keys: ["keys"],
  secretsMade: ["secrets"],
  secretsMissing: ["masked"],
  vault: ["vault"],
  references: ["unknownRoles", "unknownScopes", "unknownProviders", "members", "unresolved"],
  members: ["unknownMembers"],
  settings: ["settings"],
};

function importedOtherwise(warnings: ImportWarnings): MigrationFacts["imported"] {
  const entries = new Map(warnings.entries());
  return Object.fromEntries(
    Object.entries(KINDS).map(([kind, warned]) => [
      kind,
      warned.flatMap((one) => (entries.get(WARNED[one]) ?? []).map((name) => (kind === "references" ? `${name} (${WARNED[one]})` : name))),
    ]),
  );
}
