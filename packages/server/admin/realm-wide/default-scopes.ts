import type { ClientScopeRow } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { notFound } from "../admin-error.ts";

/** Lists of a realm that new clients get their scopes from; the row keeps them by name. */
type List = "defaultDefaultClientScopes" | "defaultOptionalClientScopes";
const PATHS: Readonly<Record<List, string>> = {
  defaultDefaultClientScopes: "default-default-client-scopes",
  defaultOptionalClientScopes: "default-optional-client-scopes",
};

const namesIn = (representation: Readonly<Record<string, unknown>>, list: List): readonly string[] =>
  (representation[list] ?? []) as readonly string[]; // so stored

/** `GET`: id and name of each. */
export const listDefaultScopes =
  (list: List) =>
  async ({ store, realm }: AdminCall): Promise<AdminAnswer> => {
    const names = new Set(namesIn(realm.representation, list));
    const scopes = await store.clientScopes(realm.id);
    return ok(scopes.filter(({ name }) => names.has(name)).map(({ id, name }) => ({ id, name })));
  };

/** `PUT`: a scope is in one of the two lists at most. */
export const addDefaultScope =
  (list: List) =>
  async (call: AdminCall): Promise<AdminAnswer> => {
    const scope = await findScope(call);
    const { id, name } = scope;
    const other: List = list === "defaultDefaultClientScopes" ? "defaultOptionalClientScopes" : "defaultDefaultClientScopes";
    await call.changeRealm((was) => ({
      row: {
        ...was,
        representation: {
          ...was.representation,
          [list]: [...new Set([...namesIn(was.representation, list), name])],
          [other]: namesIn(was.representation, other).filter((one) => one !== name),
        },
      },
      guards: [{ claim: "clientScopeRow", realmId: call.realm.id, row: scope }],
      event: { operation: "CREATE", resourceType: "CLIENT_SCOPE", resourcePath: `${PATHS[list]}/${id}`, representation: { name } },
    }));
    return noContent;
  };

export const removeDefaultScope =
  (list: List) =>
  async (call: AdminCall): Promise<AdminAnswer> => {
    const { id, name } = await findScope(call);
    await call.changeRealm((was) => ({
      row: { ...was, representation: { ...was.representation, [list]: namesIn(was.representation, list).filter((one) => one !== name) } },
      event: { operation: "DELETE", resourceType: "CLIENT_SCOPE", resourcePath: `${PATHS[list]}/${id}` },
    }));
    return noContent;
  };

async function findScope({ store, realm, params }: AdminCall): Promise<ClientScopeRow> {
  const scope = await store.clientScope(realm.id, params["id"] ?? "");
  if (!scope) throw notFound("Client scope not found");
  return scope;
}
