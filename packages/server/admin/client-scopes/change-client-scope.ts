import type { ClientScopeRow } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, created, noContent } from "../admin-call.ts";
import { AdminError, conflict, invalid } from "../admin-error.ts";
import { needMapperRoles } from "../protocol-mappers/mapper-rights.ts";
import { findClientScope } from "./find-client-scope.ts";
import { readClientScope } from "./read-client-scope.ts";
import { namesScope, withoutScope } from "./realm-scope-lists.ts";

const RESOURCE = "CLIENT_SCOPE";

/** `POST A/client-scopes`. @throws {AdminError} 409 the name or id is taken */
export async function createClientScope(call: AdminCall): Promise<AdminAnswer> {
  const { name, protocol, id = call.newId(), kept, attributes, mappers } = readClientScope(call);
  if (protocol === undefined) throw invalid("Unexpected protocol");
  if (name === undefined) throw invalid("Client scope has no name");
  await checkName(call, name);
  if (await call.store.clientScope(call.realm.id, id)) throw new AdminError(409, { error: "unknown_error" });
  await needMapperRoles(call, mappers ?? []);
  const row: ClientScopeRow = {
    id,
    name,
    protocol,
    representation: { ...kept, attributes: present(attributes), ...(mappers && mappers.length > 0 && { protocolMappers: mappers }) },
    roleScope: [],
  };
  await call.commit({
    commands: [{ do: "saveClientScope", realmId: call.realm.id, row }],
    event: { operation: "CREATE", resourceType: RESOURCE, resourcePath: `client-scopes/${id}`, representation: call.body },
  });
  return created(call, `/client-scopes/${id}`);
}

/** `PUT A/client-scopes/:scope`: changes what is named, attributes key by key; mappers have endpoints of their own. */
export async function updateClientScope(call: AdminCall): Promise<AdminAnswer> {
  const scope = await findClientScope(call);
  const { name, protocol, kept, attributes } = readClientScope(call, scope);
  if (name === undefined) throw invalid("Client scope has no name");
  if (name !== scope.name) await checkName(call, name);
  const stored = Object.entries((scope.representation["attributes"] ?? {}) as Readonly<Record<string, string>>);
  const keptAttributes = stored.filter(([key]) => !attributes || !Object.hasOwn(attributes, key));
  const row: ClientScopeRow = {
    ...scope,
    name,
    protocol: protocol ?? scope.protocol,
    representation: { ...scope.representation, ...kept, attributes: { ...Object.fromEntries(keptAttributes), ...present(attributes) } },
  };
  const event = {
    operation: "UPDATE",
    resourceType: RESOURCE,
    resourcePath: `client-scopes/${scope.id}`,
    representation: call.body,
  } as const;
  const commands = [{ do: "saveClientScope", realmId: call.realm.id, row } as const];
  const guards = [{ claim: "clientScopeRow", realmId: call.realm.id, row: scope } as const];
  if (name === scope.name) await call.commit({ commands, event, guards });
  // The realm lists scopes by name. Its row is guarded also when it does not list this one, so that nobody does so meanwhile.
  else if (!namesScope(call.realm, scope.name))
    await call.commit({ commands, event, guards: [...guards, { claim: "realmRow", row: call.realm }] });
  else await call.changeRealm((realm) => ({ row: withoutScope(realm, scope.name, name), commands, guards, event }));
  return noContent;
}

/** `DELETE A/client-scopes/:scope`, from all clients that have it and from the realm's lists. */
export async function deleteClientScope(call: AdminCall): Promise<AdminAnswer> {
  const scope = await findClientScope(call);
  const { id, name } = scope;
  const guards = [{ claim: "clientScopeRow", realmId: call.realm.id, row: scope } as const];
  const event = { operation: "DELETE", resourceType: RESOURCE, resourcePath: `client-scopes/${id}` } as const;
  const commands = [{ do: "deleteClientScope", realmId: call.realm.id, id } as const];
  if (namesScope(call.realm, name)) await call.changeRealm((realm) => ({ row: withoutScope(realm, name), commands, guards, event }));
  else await call.commit({ commands, event, guards: [...guards, { claim: "realmRow", row: call.realm }] });
  return noContent;
}

async function checkName({ store, realm }: AdminCall, name: string): Promise<void> {
  const scopes = await store.clientScopes(realm.id);
  if (scopes.some((scope) => scope.name === name)) throw conflict(`Client Scope ${name} already exists`);
}

const present = (attributes: Readonly<Record<string, string | undefined>> = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(attributes).filter((entry): entry is [string, string] => entry[1] !== undefined));
