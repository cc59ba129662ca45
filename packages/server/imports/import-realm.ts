import type { AddedClientScope, ClientRow, ImportSink, Json, UserRow } from "@cambist/store/config-ports.ts";
import { readHashPolicy } from "../passwords/policy.ts";
import type { ClientTemplate } from "../realm-template/built-in-clients.ts";
import { newRealmRepresentation } from "../realm-template/new-realm.ts";
import { authorizationRows } from "./authorization-rows.ts";
import { accountScope, clientEntry, clientRow, type ClientsOfRealm } from "./client-rows.ts";
import { componentRows } from "./component-rows.ts";
import { groupIds, groupRows } from "./group-rows.ts";
import type { ImportContext } from "./import-context.ts";
import { at, ImportError } from "./import-error.ts";
import type { ImportCounts, ImportTools } from "./import-tools.ts";
import { ImportWarnings } from "./import-warnings.ts";
import type { Treatment } from "./json-scanner.ts";
import { identityProviderMapperRows, identityProviderRows } from "./provider-rows.ts";
import { addRealmClient, MASTER } from "./realm-client.ts";
import { organizationJson, storeMembers } from "./organization-rows.ts";
import type { RealmDocument } from "./realm-document.ts";
import { type ClientEntry, RealmNames } from "./realm-names.ts";
import { RealmNode } from "./realm-node.ts";
import { realmRoles } from "./role-rows.ts";
import { realmRow } from "./realm-row.ts";
import { scopeMappings } from "./scope-mappings.ts";
import { realmScopes } from "./scope-rows.ts";
import { serviceAccountRow, type UsersOfRealm, userRow } from "./user-rows.ts";

/** A realm to import: its document, and documents `{"realm": …, "users": […]}` beside it. */
export interface RealmSource {
  readonly main: RealmDocument;
  readonly users: readonly RealmDocument[];
}

export interface ImportedRealm {
  readonly realm: string;
  readonly id: string;
  readonly clients: number;
  readonly users: number;
  readonly warnings: ImportWarnings;
}

/** Rows that go to the store at once; few, so that they die young and the heap stays small. */
const BATCH = 100;
/** Users that are worked on at once. */
const AT_ONCE = 16;

/**
 * Stores a realm representation: everything it says, and what a new realm has where it says nothing. Ids of the file are kept, references
 * by name become ids. Read twice: first all but clients and users (and who the clients are), then these one by one.
 *
 * @param otherRealms names of the realms that master has to have a client for, when it is master that is imported
 * @throws {ImportError} whatever keeps it from being imported; the transaction must then be undone
 */
export async function importRealm(
  source: RealmSource,
  sink: ImportSink,
  tools: ImportTools,
  otherRealms: readonly string[] = [],
): Promise<ImportedRealm> {
  const frame = await storeFrame(source.main, sink, tools);
  const counts = await storeClientsAndUsers(frame, source);
  const { realmId, realmName, warnings } = frame.context;
  for (const realm of realmName === MASTER ? otherRealms : [realmName]) await addRealmClient(sink, tools, realm);
  return { realm: realmName, id: realmId, ...counts, warnings };
}

/** What clients and users need of the rest of the realm. Small beside it: the rest can go from memory once it is stored. */
interface Frame {
  readonly context: ImportContext;
  readonly builtIns: ReadonlyMap<string, ClientTemplate>;
  readonly clients: ClientsOfRealm;
  readonly users: UsersOfRealm;
  readonly defaultRoleId: string;
  /** In the order of the file. */
  readonly organizationIds: readonly string[];
}

/** Stores everything but clients, users and permissions. */
async function storeFrame(document: RealmDocument, sink: ImportSink, tools: ImportTools): Promise<Frame> {
  const { file, clients, organizations } = await readFrame(document, tools.newId);
  const realmName = realmNameOf(file);
  const template = newRealmRepresentation(realmName, { master: realmName === MASTER });
  const builtIns = new Map(template.clients.map((client) => [client.clientId, client]));
  const realmId = file.name("id") ?? tools.newId();
  const context: ImportContext = {
    file: document.file,
    sink,
    tools,
    names: new RealmNames(),
    warnings: new ImportWarnings(),
    realmId,
    realmName,
    hashPolicy: readHashPolicy(file.text("passwordPolicy")),
  };
  nameClients(context, clients, builtIns);

  const scopes = realmScopes(context, file, template);
  const roles = realmRoles(context, file, template);
  const groups = groupRows(context, file);
  const mappings = scopeMappings(context, file, template);
  const components = await componentRows(context, file, template);
  const providers = identityProviderRows(context, file);
  const { description } = roles.rows.find(({ id }) => id === roles.defaultRole.id)?.representation ?? {};
  const defaultRole = { ...roles.defaultRole, ...(description !== undefined && { description }) };
  const { defaults, optionals } = scopes;

  groupIds(context, file, "defaultGroups"); // each must be there
  const defaultGroups = file.names("defaultGroups") ?? [];
  const references = {
    defaultRole,
    defaultGroups,
    defaultDefaultClientScopes: defaults,
    defaultOptionalClientScopes: optionals,
    ...(organizations.length > 0 && { organizations }),
  };
  await sink.realm(realmRow(context, file, template, references));
  await inBatches([...roles.rows, ...mappings.madeRoles], (rows) => sink.roles(realmId, rows));
  await inBatches(roles.composites(), (pairs) => sink.composites(realmId, pairs));
  await inBatches(groups, (rows) => sink.groups(realmId, rows));
  await sink.clientScopes(realmId, scopes.rows(mappings.ofScope));
  await sink.components(realmId, components);
  await sink.identityProviders(realmId, providers);
  await sink.identityProviderMappers(realmId, identityProviderMapperRows(context, file, providers));
  return {
    context,
    builtIns,
    clients: { defaults, optionals, roleScope: mappings.ofClient, handWritten: !file.has("keycloakVersion") },
    users: { emailAsUsername: file.flag("registrationEmailAsUsername") ?? false, serviceAccounts: new Set() },
    defaultRoleId: defaultRole.id,
    organizationIds: organizations.map(({ id }) => String(id)),
  };
}

const frameTreatment = (member: string): Treatment =>
  member === "clients" || member === "organizations" ? "elements" : member === "users" ? "skip" : "whole";

interface FoundClient {
  readonly entry: ClientEntry;
  readonly path: string;
}

interface FoundFrame {
  readonly file: RealmNode;
  readonly clients: readonly FoundClient[];
  readonly organizations: readonly Json[];
}

/** Everything but clients, users and members of organizations, and who the clients are. */
async function readFrame(document: RealmDocument, newId: () => string): Promise<FoundFrame> {
  const members: [string, unknown][] = [];
  const clients: FoundClient[] = [];
  const organizations: Json[] = [];
  for await (const { member, index, path, value } of document.parts(frameTreatment)) {
    if (index === undefined) members.push([member, value]);
    else if (member === "organizations") organizations.push(organizationJson(new RealmNode(document.file, path, value), newId));
    else clients.push({ path, entry: clientEntry(new RealmNode(document.file, path, value), newId) });
  }
  const file = new RealmNode(document.file, "", Object.fromEntries(members));
  for (const list of ["clients", "organizations"]) if (file.has(list)) file.fail(list, "a list should be here");
  return { file, clients, organizations };
}

/** The elements of one member of the document. */
async function* nodesOf(document: RealmDocument, member: string): AsyncGenerator<RealmNode> {
  for await (const part of document.parts((name) => (name === member ? "elements" : "skip"))) {
    if (part.index !== undefined) yield new RealmNode(document.file, part.path, part.value);
    else if (part.value !== null) throw new ImportError(document.file, part.path, "a list should be here");
  }
}

/** A realm's name stands in URLs. */
function realmNameOf(file: RealmNode): string {
  const name = file.needName("realm");
  if (/[/\\?#%;]/.test(name)) file.fail("realm", "a realm name may not hold any of / \\ ? # % ;");
  if (name === "." || name === "..") file.fail("realm", "this cannot be a realm name");
  return name;
}

/** Master's clients for realms have none. */
const protocolOf = (template: ClientTemplate): string | undefined => ("protocol" in template ? "openid-connect" : undefined);

/** Who the clients are, those of the template included, so that everything else can refer to them. */
function nameClients(
  { names, tools, ...context }: ImportContext,
  clients: readonly FoundClient[],
  builtIns: ReadonlyMap<string, ClientTemplate>,
): void {
  for (const { entry, path } of clients) {
    const template = builtIns.get(entry.clientId);
    const known = { ...entry, protocol: entry.protocol ?? (template ? protocolOf(template) : "openid-connect") };
    if (!names.addClient(known)) throw new ImportError(context.file, at(path, "clientId"), "this clientId or id is there twice");
  }
  for (const [clientId, template] of builtIns) {
    const protocol = protocolOf(template);
    names.addClient({
      uuid: tools.newId(),
      clientId,
      protocol,
      serviceAccountsEnabled: false,
      isResourceServer: false,
      builtIn: true,
      defaultRoles: [],
    });
  }
}

async function storeClientsAndUsers(
  { context, builtIns, clients: clientsOfRealm, users: usersOfRealm, defaultRoleId, organizationIds }: Frame,
  { main, users: userFiles }: RealmSource,
): Promise<ImportCounts> {
  const { sink, names, realmId, tools } = context;
  const counts = { clients: 0, users: 0 };
  const clients = new Batch<ClientRow>(BATCH, async (rows) => {
    await sink.clients(realmId, rows);
    counts.clients += rows.length;
    tools.progress?.({ ...counts });
  });
  const users = new Batch<UserRow>(BATCH, async (rows) => {
    await sink.users(realmId, rows);
    counts.users += rows.length;
    tools.progress?.({ ...counts });
  });
  // Plain passwords are hashed in threads: several users at a time keep these busy.
  const userNodes = new Batch<RealmNode>(AT_ONCE, async (nodes) => {
    for (const row of await Promise.all(nodes.map((node) => userRow(context, node, usersOfRealm)))) await users.add(row);
  });
  const accountScopes = new Map<string, AddedClientScope>();
  const settings: { readonly clientId: string; readonly node: RealmNode }[] = [];

  const storeClient = async (node: RealmNode): Promise<void> => {
    const entry = names.client(node.needName("clientId"));
    if (!entry) throw changed(node);
    const row = clientRow(context, node, entry, builtIns.get(entry.clientId), clientsOfRealm);
    const scope = accountScope(context, entry, row);
    if (scope) accountScopes.set(entry.uuid, scope);
    await clients.add(row);
    const authorization = node.node("authorizationSettings");
    if (authorization) settings.push({ clientId: entry.clientId, node: authorization });
    else if (node.flag("authorizationServicesEnabled"))
      settings.push({ clientId: entry.clientId, node: new RealmNode(node.file, node.path, {}) });
  };
  for await (const part of main.parts((member) => (member === "clients" || member === "users" ? "elements" : "skip"))) {
    if (part.index === undefined) {
      if (part.value !== null) throw new ImportError(main.file, part.path, "a list should be here");
      continue;
    }
    const node = new RealmNode(main.file, part.path, part.value);
    if (part.member === "clients") await storeClient(node);
    else await userNodes.add(node);
  }
  for (const { clientId, builtIn } of names.clients()) {
    const template = builtIn ? builtIns.get(clientId) : undefined;
    if (template) await storeClient(new RealmNode("the template", "clients", { clientId: template.clientId }));
  }
  await clients.flush();

  for (const document of userFiles) {
    for await (const node of nodesOf(document, "users")) await userNodes.add(node);
  }
  await userNodes.flush();
  for (const client of names.clients()) {
    if (client.serviceAccountsEnabled && !usersOfRealm.serviceAccounts.has(client.uuid)) {
      await users.add(serviceAccountRow(context, client, defaultRoleId));
    } else accountScopes.delete(client.uuid);
  }
  await users.flush();
  await sink.moreClientScopes(realmId, [...accountScopes.values()]);

  if (organizationIds.length > 0) {
    let index = 0;
    for await (const node of nodesOf(main, "organizations")) {
      const id = organizationIds[index];
      if (id === undefined) throw changed(node);
      await storeMembers(context, id, node);
      index += 1;
    }
  }

  for (const { clientId, node } of settings) {
    const owner = names.client(clientId);
    if (owner) await sink.authorization(realmId, await authorizationRows(context, node, owner));
  }
  return counts;
}

const changed = (node: RealmNode): ImportError => new ImportError(node.file, node.path, "the file changed while it was read");

/** Collects rows and hands them on in numbers that a store takes at once. */
class Batch<Row> {
  #rows: Row[] = [];
  readonly #size: number;
  readonly #store: (rows: readonly Row[]) => Promise<void>;
  constructor(size: number, store: (rows: readonly Row[]) => Promise<void>) {
    this.#size = size;
    this.#store = store;
  }
  async add(row: Row): Promise<void> {
    this.#rows.push(row);
    if (this.#rows.length >= this.#size) await this.flush();
  }
  async flush(): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    if (rows.length > 0) await this.#store(rows);
  }
}

async function inBatches<Row>(rows: readonly Row[], store: (rows: readonly Row[]) => Promise<void>): Promise<void> {
  for (let start = 0; start < rows.length; start += BATCH) await store(rows.slice(start, start + BATCH));
}
