import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { AuthorizationRows, ClientRow } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, ok } from "../admin-call.ts";
import { AdminError, notFound } from "../admin-error.ts";
import { commitAuthorization } from "../authorization/commit-authorization.ts";
import { adminClientIdOf, DEFAULT_SETTINGS, type PolicyRow, type ResourceServer } from "../authorization/resource-server.ts";
import { permissionObjects } from "../permission-objects.ts";
import { reading, readRepresentation } from "../read-representation.ts";
import { type PermissionKind, permissionTarget, type PermissionTarget } from "./targets.ts";

/** What a path's permissions are about, and how admin events name it. */
export interface Permitted {
  readonly kind: PermissionKind;
  readonly id?: string;
  readonly path: string;
}

const REFERENCE_FIELDS = new Map([
  ["enabled", "flag"],
  ["resource", "dropped"],
  ["scopePermissions", "dropped"],
] as const);

/** Attempts when others change the same settings meanwhile. */
const MAX_ATTEMPTS = 5;

/** Where the realm's fine-grained permissions are kept; without rows there are none yet. */
interface PermissionStore {
  readonly client: ClientRow;
  readonly rows: AuthorizationRows | undefined;
}

/** `GET …/management/permissions`: `{"enabled": false}`, or the resource and the permissions by scope. */
export async function readPermissions(call: AdminCall, { kind, id }: Permitted): Promise<AdminAnswer> {
  needFeature(call);
  const { rows } = await permissionStore(call);
  return ok(reference(rows, permissionTarget(kind, id)));
}

/**
 * `PUT …/management/permissions`: makes what is missing of the objects behind the permissions, once, or (`enabled` false or absent) deletes
 * them; the scopes stay, they are shared.
 */
export async function switchPermissions(call: AdminCall, { kind, id, path }: Permitted): Promise<AdminAnswer> {
  needFeature(call);
  const { node } = readRepresentation(call, "ManagementPermissionReference", REFERENCE_FIELDS);
  const enabled = reading(() => node.flag("enabled")) ?? false;
  const target = permissionTarget(kind, id);
  for (let attempt = 1; ; attempt++) {
    const store = await permissionStore(call);
    const commands = enabled ? creation(call, store, target) : store.rows ? permissionObjects(call.realm.id, store.rows, target) : [];
    if (commands.length === 0) return ok(reference(store.rows, target));
    const server: ResourceServer = { client: store.client, rows: store.rows ?? emptyRows(store.client.id) };
    try {
      // Keycloak lists no event of it; whoever audits wants to know all the same.
      const event = {
        operation: "UPDATE",
        resourceType: "AUTHORIZATION_RESOURCE_SERVER",
        resourcePath: path,
        representation: { enabled },
        hidden: true,
      } as const;
      const guards = commands.some((command) => command.do === "saveClient")
        ? [{ claim: "clientRow", realmId: call.realm.id, row: store.client } as const]
        : [];
      await commitAuthorization(call, server, { commands, event, guards });
    } catch (error) {
      if (error instanceof AdminError && error.status === 409 && attempt < MAX_ATTEMPTS) continue;
      throw error;
    }
    return ok(reference(await call.store.authorization(call.realm.id, store.client.id), target));
  }
}

/** @throws {AdminError} 501 fine-grained permissions are switched off (SEC-ADM-17) */
function needFeature({ services }: AdminCall): void {
  if (!services.config.features.fineGrainedAdminPermissions) throw new AdminError(501, { error: "Feature not enabled" });
}

async function permissionStore({ store, realm }: AdminCall): Promise<PermissionStore> {
  const client = await store.clientByClientId(realm.id, adminClientIdOf(realm.name));
  if (!client) throw notFound("Could not find client");
  return { client, rows: await store.authorization(realm.id, client.id) };
}

const emptyRows = (clientUuid: string): AuthorizationRows => ({
  clientUuid,
  settings: DEFAULT_SETTINGS,
  scopes: [],
  resources: [],
  policies: [],
});

function reference(rows: AuthorizationRows | undefined, { resource, permissions }: PermissionTarget): object {
  const row = rows?.resources.find(({ name }) => name === resource);
  if (!rows || !row) return { enabled: false };
  const ids = Object.entries(permissions).flatMap(([scope, name]) => {
    const permission = rows.policies.find((policy) => policy.name === name);
    return permission ? [[scope, permission.id] as const] : [];
  });
  return { enabled: true, resource: row.id, scopePermissions: Object.fromEntries(ids) };
}

/** What is missing: the resource server itself, scopes, the resource, its permissions. */
function creation(
  { realm, newId }: AdminCall,
  { client, rows = emptyRows(client.id) }: PermissionStore,
  target: PermissionTarget,
): readonly ConfigCommand[] {
  const of = { realmId: realm.id, clientUuid: client.id };
  const commands: ConfigCommand[] = [];
  const scopeId = new Map(rows.scopes.map(({ id, name }) => [name, id]));
  for (const name of Object.keys(target.permissions)) {
    if (scopeId.has(name)) continue;
    const row = { id: newId(), name, representation: {} };
    scopeId.set(name, row.id);
    commands.push({ do: "saveAuthorizationScope", ...of, row });
  }
  const scopeIds = Object.keys(target.permissions).map((name) => scopeId.get(name) ?? "");

  let resourceId = rows.resources.find(({ name }) => name === target.resource)?.id;
  if (resourceId === undefined) {
    resourceId = newId();
    const { resourceType: type } = target;
    const representation = { ...(type !== undefined && { type }), ownerManagedAccess: false, attributes: {}, uris: [] };
    commands.push({ do: "saveAuthorizationResource", ...of, row: { id: resourceId, name: target.resource, representation, scopeIds } });
  }
  for (const [scope, name] of Object.entries(target.permissions)) {
    if (rows.policies.some((policy) => policy.name === name)) continue;
    const row: PolicyRow = {
      id: newId(),
      name,
      type: "scope",
      logic: "POSITIVE",
      decisionStrategy: target.decisionStrategy,
      representation: { config: {} },
      resourceIds: [resourceId],
      scopeIds: [scopeId.get(scope) ?? ""],
      policyIds: [],
    };
    commands.push({ do: "saveAuthorizationPolicy", ...of, row });
  }
  return commands.length > 0 || client.representation["authorizationServicesEnabled"] !== true
    ? [...serverCommands(realm.id, client, rows), ...commands]
    : [];
}

/** The admin client becomes a resource server, and says so. */
function serverCommands(realmId: string, client: ClientRow, { settings }: AuthorizationRows): readonly ConfigCommand[] {
  const server: ConfigCommand = { do: "saveResourceServer", realmId, clientUuid: client.id, settings };
  if (client.representation["authorizationServicesEnabled"] === true) return [server];
  const row: ClientRow = { ...client, representation: { ...client.representation, authorizationServicesEnabled: true } };
  return [{ do: "saveClient", realmId, row }, server];
}
