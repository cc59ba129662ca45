import type { ClientScopeRow } from "@cambist/store/config-ports.ts";
import { OFFLINE_ACCESS } from "../realm-template/client-scopes.ts";
import type { NewRealm } from "../realm-template/new-realm.ts";
import { readFields, SCOPE_FIELDS } from "./fields.ts";
import { type ImportContext, protocolMappers, shown, WARNED, warnUnknown } from "./import-context.ts";
import { RealmNode } from "./realm-node.ts";

/** Client scopes of a realm and which of them its clients get. */
export interface RealmScopes {
  readonly defaults: readonly string[];
  readonly optionals: readonly string[];
  /** Call once scope mappings are known. */
  rows(roleScope: (name: string) => readonly string[]): readonly ClientScopeRow[];
}

/**
 * Without `clientScopes` a realm gets the built-in ones; with them exactly those, and `offline_access` if it is not among them, as
 * Keycloak does. The lists of default scopes follow the same rule, so a file with scopes and without lists has no default scopes.
 */
export function realmScopes(context: ImportContext, file: RealmNode, template: NewRealm): RealmScopes {
  const pending: Omit<ClientScopeRow, "roleScope">[] = [];
  const add = (node: RealmNode): void => {
    const { kept, unknown } = readFields(node, SCOPE_FIELDS);
    const name = node.needName("name");
    const id = node.name("id") ?? context.tools.newId();
    const protocol = node.name("protocol") ?? "openid-connect";
    if (!context.names.addScope({ id, name, protocol })) node.fail("name", `there are two client scopes ${shown(name)}`);
    warnUnknown(context, `client scope ${name}`, unknown);
    const mappers = protocolMappers(context, name, node);
    pending.push({
      id,
      name,
      protocol,
      representation: { ...kept, attributes: node.map("attributes") ?? {}, ...(mappers ? { protocolMappers: mappers } : {}) },
    });
  };
  const own = file.nodes("clientScopes");
  const scopes = own ?? template.clientScopes.map((scope) => new RealmNode("the template", "clientScopes", scope));
  for (const node of scopes) add(node);
  const brought = !context.names.hasScope(OFFLINE_ACCESS.name);
  if (brought) add(new RealmNode("the template", "clientScopes", OFFLINE_ACCESS));

  const list = (member: "defaultDefaultClientScopes" | "defaultOptionalClientScopes"): readonly string[] => {
    const names = file.names(member) ?? (own ? [] : template[member]);
    return names.filter((name) => {
      const known = context.names.hasScope(name);
      if (!known) context.warnings.add(WARNED.unknownScopes, name);
      return known;
    });
  };
  const optionals = list("defaultOptionalClientScopes");
  return {
    defaults: list("defaultDefaultClientScopes"),
    optionals: brought ? [...new Set([...optionals, OFFLINE_ACCESS.name])] : optionals,
    rows: (roleScope) => pending.map((row) => ({ ...row, roleScope: roleScope(row.name) })),
  };
}
