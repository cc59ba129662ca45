import type { Json } from "@cambist/store/config-ports.ts";
import { ROLE_FIELDS } from "../../imports/fields.ts";
import type { AdminCall } from "../admin-call.ts";
import { AdminError } from "../admin-error.ts";
import { reading, readRepresentation, storableName } from "../read-representation.ts";

/** What a role representation says. */
export interface ReadRole {
  readonly name: string;
  /** Without `attributes`: these are undefined when the body does not name them. */
  readonly representation: Json;
  readonly attributes: Json | undefined;
  /** Names of contained roles: of the realm, and of clients by clientId. */
  readonly composites: { readonly realm: readonly string[]; readonly clients: Readonly<Record<string, readonly string[]>> };
}

/** @throws {AdminError} 400 no name, a wrong type, an unknown member */
export function readRole(call: AdminCall): ReadRole {
  const { node, kept } = readRepresentation(call, "RoleRepresentation", ROLE_FIELDS);
  return reading(() => {
    node.flag("composite");
    node.flag("clientRole");
    const name = node.text("name");
    if (name === undefined || name === "") throw new AdminError(400, { error: "role has no name" });
    const composites = node.node("composites");
    return {
      name: storableName("name", name),
      representation: kept,
      attributes: node.lists("attributes"),
      composites: { realm: composites?.texts("realm") ?? [], clients: composites?.lists("client") ?? {} },
    };
  });
}
