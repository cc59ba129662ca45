import { type AdminAnswer, type AdminCall, ok } from "../../admin-call.ts";
import { findClient } from "../find-client.ts";
import { mappersOf } from "../../protocol-mappers/read-mapper.ts";
import { requestedWords } from "./example-blueprint.ts";

/** The mappers that would take part: the client's own, those of its default scopes and of the optional ones in `scope`. */
export async function evaluatedMappers(call: AdminCall): Promise<AdminAnswer> {
  const client = await findClient(call);
  const words = requestedWords(call);
  const scopes = new Map((await call.store.clientScopes(call.realm.id)).map((scope) => [scope.id, scope]));
  const applied = [...client.defaultScopeIds, ...client.optionalScopeIds].flatMap((id) => {
    const scope = scopes.get(id);
    return scope && (client.defaultScopeIds.includes(id) || words.includes(scope.name)) ? [scope] : [];
  });
  const containers = [
    { id: client.id, name: client.clientId, type: "client", mappers: mappersOf(client.representation) },
    ...applied.map(({ id, name, representation }) => ({ id, name, type: "client-scope", mappers: mappersOf(representation) })),
  ];
  const protocol = client.representation["protocol"] ?? "openid-connect";
  return ok(
    containers.flatMap(({ id, name, type, mappers }) =>
      mappers
        .filter((mapper) => mapper.protocol === protocol)
        .map((mapper) => ({
          mapperId: mapper.id,
          mapperName: mapper.name,
          containerId: id,
          containerName: name,
          containerType: type,
          protocolMapper: mapper.protocolMapper,
        })),
    ),
  );
}
