import { type AdminAnswer, type AdminCall, type AdminRoute, created, noContent, ok } from "../admin-call.ts";
import { AdminError, invalid, notFound } from "../admin-error.ts";
import { NEEDS } from "../admin-roles.ts";
import { listBody, objectBody } from "../read-json.ts";
import { effectiveMapper } from "./effective-mapper.ts";
import { needMapperRoles } from "./mapper-rights.ts";
import { clientAsOwner, type FindMapperOwner, type MapperOwner, scopeAsOwner } from "./mapper-owner.ts";
import { type MapperRepresentation, mappersOf, nameTaken, readMapper } from "./read-mapper.ts";

const RESOURCE = "PROTOCOL_MAPPER";

function findMapper(owner: MapperOwner, call: AdminCall): MapperRepresentation {
  const mapper = mappersOf(owner.representation).find(({ id }) => id === call.params["mapper"]);
  if (!mapper) throw notFound("Model not found");
  return mapper;
}

const list = async (owner: MapperOwner): Promise<AdminAnswer> => ok(mappersOf(owner.representation).map(effectiveMapper));

const listOfProtocol = async (owner: MapperOwner, call: AdminCall): Promise<AdminAnswer> =>
  ok(
    mappersOf(owner.representation)
      .filter(({ protocol }) => protocol === call.params["protocol"])
      .map(effectiveMapper),
  );

const read = async (owner: MapperOwner, call: AdminCall): Promise<AdminAnswer> => ok(effectiveMapper(findMapper(owner, call)));

/** @throws {AdminError} 409 the name is taken */
async function create(owner: MapperOwner, call: AdminCall): Promise<AdminAnswer> {
  const mappers = mappersOf(owner.representation);
  const mapper = readMapper(call, call.body);
  if (mappers.some(({ name }) => name === mapper.name)) throw nameTaken();
  if (mappers.some(({ id }) => id === mapper.id)) throw new AdminError(409, { error: "unknown_error" });
  await needMapperRoles(call, [mapper]);
  const path = `${owner.path}/protocol-mappers/models/${mapper.id}`;
  const { id, ...nameless } = mapper;
  await call.commit({
    ...owner.save([...mappers, mapper]),
    event: {
      operation: "CREATE",
      resourceType: RESOURCE,
      resourcePath: path.slice(1),
      // As it was sent: an id that it only gets now is in the path.
      representation: objectBody(call.body)["id"] === id ? mapper : nameless,
    },
  });
  return created(call, path);
}

/** All of the list or nothing. @throws {AdminError} 409 a name is taken */
async function createSeveral(owner: MapperOwner, call: AdminCall): Promise<AdminAnswer> {
  const mappers = listBody(call.body).map((body) => readMapper(call, body));
  const all = [...mappersOf(owner.representation), ...mappers];
  const distinct = (member: "id" | "name"): boolean => new Set(all.map((mapper) => mapper[member])).size === all.length;
  if (!distinct("name") || !distinct("id")) throw new AdminError(409, { error: "unknown_error" });
  await needMapperRoles(call, mappers);
  await call.commit({
    ...owner.save(all),
    event: {
      operation: "CREATE",
      resourceType: RESOURCE,
      resourcePath: `${owner.path.slice(1)}/protocol-mappers/add-models`,
      representation: mappers,
    },
  });
  return noContent;
}

/** Replaces the mapper, its config too; a mapper stays of its type (SEC-ADM-06). */
async function update(owner: MapperOwner, call: AdminCall): Promise<AdminAnswer> {
  const known = findMapper(owner, call);
  const mapper = readMapper(call, call.body, [known]);
  if (mapper.id !== known.id) throw invalid("The id of the protocol mapper is missing in the body, or another one");
  if (mapper.protocolMapper !== known.protocolMapper) throw invalid("The type of a protocol mapper cannot be changed");
  const mappers = mappersOf(owner.representation);
  if (mappers.some(({ id, name }) => id !== mapper.id && name === mapper.name)) throw nameTaken();
  await needMapperRoles(call, [mapper]);
  await call.commit({
    ...owner.save(mappers.map((other) => (other.id === mapper.id ? mapper : other))),
    event: {
      operation: "UPDATE",
      resourceType: RESOURCE,
      resourcePath: `${owner.path.slice(1)}/protocol-mappers/models/${mapper.id}`,
      representation: mapper,
    },
  });
  return noContent;
}

async function remove(owner: MapperOwner, call: AdminCall): Promise<AdminAnswer> {
  const mapper = findMapper(owner, call);
  await call.commit({
    ...owner.save(mappersOf(owner.representation).filter(({ id }) => id !== mapper.id)),
    event: {
      operation: "DELETE",
      resourceType: RESOURCE,
      resourcePath: `${owner.path.slice(1)}/protocol-mappers/models/${mapper.id}`,
      representation: mapper,
    },
  });
  return noContent;
}

type OfOwner = (owner: MapperOwner, call: AdminCall) => Promise<AdminAnswer>;

function ownerRoutes(path: string, find: FindMapperOwner): readonly AdminRoute[] {
  const row = (method: AdminRoute["method"], below: string, handle: OfOwner): AdminRoute => ({
    method,
    path: `${path}/protocol-mappers${below}`,
    needs: method === "GET" ? NEEDS.viewClients : NEEDS.manageClients,
    noCache: true,
    handle: async (call) => handle(await find(call), call),
  });
  return [
    row("GET", "/models", list),
    row("POST", "/models", create),
    row("GET", "/models/:mapper", read),
    row("PUT", "/models/:mapper", update),
    row("DELETE", "/models/:mapper", remove),
    row("POST", "/add-models", createSeveral),
    row("GET", "/protocol/:protocol", listOfProtocol),
  ];
}

export const protocolMapperRoutes: readonly AdminRoute[] = [
  ...ownerRoutes("/clients/:client", clientAsOwner),
  ...ownerRoutes("/client-scopes/:scope", scopeAsOwner),
];
