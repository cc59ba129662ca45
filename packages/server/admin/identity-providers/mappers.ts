import { StorageConflict } from "@cambist/store/admin-ports.ts";
import type { IdentityProviderMapperRow, IdentityProviderRow } from "@cambist/store/config-ports.ts";
import { PROVIDER_MAPPER_FIELDS } from "../../imports/fields.ts";
import { type AdminAnswer, type AdminCall, created, noContent, ok } from "../admin-call.ts";
import { AdminError, invalid, notFound } from "../admin-error.ts";
import { needRolesToHandOut } from "../hand-out.ts";
import { roleIdsOf } from "../protocol-mappers/mapper-rights.ts";
import { reading, readRepresentation, storableName } from "../read-representation.ts";
import { policyLookups } from "../authorization/lookups.ts";
import { findProvider } from "./find-provider.ts";
import { mapperTypesOf } from "./mapper-types.ts";
import { mapperView } from "./representation.ts";

export async function listMapperTypes(call: AdminCall): Promise<AdminAnswer> {
  return ok(mapperTypesOf((await findProvider(call)).representation["providerId"]));
}

export async function listMappers(call: AdminCall): Promise<AdminAnswer> {
  const { alias } = await findProvider(call);
  return ok((await call.store.identityProviderMappers(call.realm.id, alias)).map(mapperView));
}

export const readMapper = async (call: AdminCall): Promise<AdminAnswer> => ok(mapperView((await findMapper(call)).mapper));

export async function createMapper(call: AdminCall): Promise<AdminAnswer> {
  const provider = await findProvider(call);
  const row: IdentityProviderMapperRow = { id: call.newId(), ...readBody(call, provider).row };
  await save(call, provider, row, "CREATE");
  return created(call, `/identity-provider/instances/${encodeURIComponent(provider.alias)}/mappers/${row.id}`);
}

/** Replaces the mapper, config too; the body says its id. */
export async function updateMapper(call: AdminCall): Promise<AdminAnswer> {
  const { provider, mapper } = await findMapper(call);
  const { id, row } = readBody(call, provider);
  if (id !== mapper.id) throw invalid("The id of the mapper is missing, or another one");
  const type = mapper.representation["identityProviderMapper"];
  const sent = row.representation["identityProviderMapper"] ?? type;
  // What a mapper does may change, what it is may not (SEC-ADM-06).
  if (sent !== type) throw invalid("The type of a mapper cannot change");
  await save(call, provider, { ...row, id: mapper.id, representation: { ...row.representation, identityProviderMapper: type } }, "UPDATE");
  return noContent;
}

export async function deleteMapper(call: AdminCall): Promise<AdminAnswer> {
  const { provider, mapper } = await findMapper(call);
  await call.commit({
    commands: [{ do: "deleteIdentityProviderMapper", realmId: call.realm.id, id: mapper.id }],
    event: { operation: "DELETE", resourceType: "IDENTITY_PROVIDER_MAPPER", resourcePath: mapperPath(provider, mapper.id) },
  });
  return noContent;
}

const mapperPath = ({ alias }: IdentityProviderRow, id: string): string => `identity-provider/instances/${alias}/mappers/${id}`;

/** @throws {AdminError} 404 the provider has no such mapper */
async function findMapper(
  call: AdminCall,
): Promise<{ readonly provider: IdentityProviderRow; readonly mapper: IdentityProviderMapperRow }> {
  const provider = await findProvider(call);
  const mappers = await call.store.identityProviderMappers(call.realm.id, provider.alias);
  const mapper = mappers.find(({ id }) => id === call.params["id"]);
  if (!mapper) throw notFound("Model not found");
  return { provider, mapper };
}

interface SentMapper {
  readonly id: string | undefined;
  readonly row: Omit<IdentityProviderMapperRow, "id">;
}

/** @throws {AdminError} 400; 409 no name, as Keycloak's database answers */
function readBody(call: AdminCall, { alias }: IdentityProviderRow): SentMapper {
  const { node, kept } = readRepresentation(call, "IdentityProviderMapperRepresentation", PROVIDER_MAPPER_FIELDS);
  const name = reading(() => node.text("name"));
  if (name === undefined || name === "") throw new AdminError(409, { error: "unknown_error" });
  return { id: reading(() => node.text("id")), row: { alias, name: storableName("name", name), representation: kept } };
}

async function save(
  call: AdminCall,
  provider: IdentityProviderRow,
  row: IdentityProviderMapperRow,
  operation: "CREATE" | "UPDATE",
): Promise<void> {
  await needGrantable(call, row);
  const word = operation === "CREATE" ? "add" : "update";
  const { id, ...created } = mapperView(row);
  try {
    await call.commit({
      commands: [{ do: "saveIdentityProviderMapper", realmId: call.realm.id, row }],
      event: {
        operation,
        resourceType: "IDENTITY_PROVIDER_MAPPER",
        resourcePath: mapperPath(provider, row.id),
        representation: operation === "CREATE" ? created : { id, ...created },
      },
    });
  } catch (error) {
    if (!(error instanceof AdminError && error.cause instanceof StorageConflict)) throw error;
    throw invalid(`Failed to ${word} mapper '${row.name}' to identity provider [${String(provider.representation["providerId"])}].`);
  }
}

/** A mapper that grants a role, or a group with its roles, hands them out: the caller must hold them (SEC-ADM-05). @throws {AdminError} 403 */
export async function needGrantable(call: AdminCall, { representation }: IdentityProviderMapperRow): Promise<void> {
  const { role, group } = (representation["config"] ?? {}) as Readonly<Record<string, string | undefined>>; // read as a map of texts
  if (role) await needRolesToHandOut(call, await roleIdsOf(call, role));
  const groupId = group ? await policyLookups(call).groupId(group) : undefined;
  if (groupId === undefined) return;
  const view = (await call.services.realms.get(call.realm.name))?.view;
  if (view) await needRolesToHandOut(call, view.effectiveRoles({ roleIds: [], groupIds: [groupId] }));
}
