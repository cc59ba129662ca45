import type { ClientScopeRow, Json } from "@cambist/store/config-ports.ts";

/** A client scope as Keycloak shows it. */
export function clientScopeView({ id, name, protocol, representation }: ClientScopeRow): Json {
  const { description, attributes, protocolMappers, ...others } = representation;
  return {
    id,
    name,
    ...(description !== undefined && { description }),
    protocol,
    attributes: attributes ?? {},
    ...others,
    ...(Array.isArray(protocolMappers) && protocolMappers.length > 0 && { protocolMappers }),
  };
}
