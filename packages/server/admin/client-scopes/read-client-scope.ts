import type { ClientScopeRow, Json } from "@cambist/store/config-ports.ts";
import { SCOPE_FIELDS } from "../../imports/fields.ts";
import type { AdminCall } from "../admin-call.ts";
import { invalid } from "../admin-error.ts";
import { type MapperRepresentation, mappersOf, readMappers } from "../protocol-mappers/read-mapper.ts";
import { reading, readRepresentation } from "../read-representation.ts";

/** What a client scope representation says; undefined is what it does not name. */
export interface ReadClientScope {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly protocol: string | undefined;
  readonly kept: Json;
  /** Undefined as a value: the attribute is to be taken away. */
  readonly attributes: Readonly<Record<string, string | undefined>> | undefined;
  readonly mappers: readonly MapperRepresentation[] | undefined;
}

/** A scope token (RFC 6749 §3.3), as long as can be stored. */
const NAME = /^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/;
const PROTOCOLS: ReadonlySet<string> = new Set(["openid-connect", "saml"]);

/** Unknown members are dropped here, as in Keycloak. @throws {AdminError} 400 a wrong type, a name that is no scope token, an unknown protocol */
export function readClientScope(call: AdminCall, stored?: ClientScopeRow): ReadClientScope {
  const { node, kept } = readRepresentation(call, "ClientScopeRepresentation", SCOPE_FIELDS, true);
  const known = Object.fromEntries(Object.entries(kept).filter(([member]) => SCOPE_FIELDS.has(member)));
  const read = reading((): ReadClientScope => {
    const attributes = node.node("attributes");
    return {
      id: node.text("id"),
      name: node.text("name"),
      protocol: node.text("protocol"),
      kept: known,
      attributes:
        attributes &&
        Object.fromEntries(Object.keys(attributes.members).map((name) => [name, attributes.text(name) || undefined] as const)),
      mappers: readMappers(call, node, stored && mappersOf(stored.representation)),
    };
  });
  const { id, name, protocol } = read;
  if (protocol !== undefined && !PROTOCOLS.has(protocol)) throw invalid("Unexpected protocol");
  if (name !== undefined && !NAME.test(name)) throw invalid(`Unexpected name "${name.slice(0, 100)}" for ClientScope`);
  if (id !== undefined && !/^[\w.~-]{1,255}$/.test(id)) throw invalid("Client scope id cannot be used");
  return read;
}
