import type { Client } from "../model.ts";

const namesOf = new WeakMap<Client, ReadonlySet<string>>();

/** Names of the client scopes that a client has, default or optional; put together once for each compiled client. */
export function clientScopeNames(client: Client): ReadonlySet<string> {
  let names = namesOf.get(client);
  if (!names) namesOf.set(client, (names = new Set([...client.defaultScopes, ...client.optionalScopes].map(({ name }) => name))));
  return names;
}
