import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { AdminError } from "../admin-error.ts";
import { flagOf, pageOf } from "../read-query.ts";
import { IDENTITY_PROVIDERS } from "../serverinfo/serverinfo.ts";
import { findProvider } from "./find-provider.ts";
import { briefProviderView, providerView } from "./representation.ts";

/** `GET identity-provider/instances`, by alias. `search` is a prefix; `*` stands for anything, quotes make it exact. */
export async function listProviders(call: AdminCall): Promise<AdminAnswer> {
  const { query, store, realm } = call;
  const search = query.get("search")?.trim();
  const matches = search ? searchPattern(search) : undefined;
  const all = await store.identityProviders(realm.id);
  const found = all.filter(({ alias }) => !matches || matches(alias)).toSorted((a, b) => (a.alias < b.alias ? -1 : 1));
  const { first = 0, max } = pageOf(query);
  const page = found.slice(first, max === undefined ? undefined : first + max);
  return ok(page.map(flagOf(query, "briefRepresentation") ? briefProviderView : providerView));
}

/** In any case; no regular expression, as the words come from outside. */
function searchPattern(search: string): (alias: string) => boolean {
  const quoted = /^"(.*)"$/.exec(search)?.[1];
  if (quoted !== undefined) return (alias) => alias === quoted;
  const [start = "", ...rest] = search.toLowerCase().split("*");
  return (alias) => {
    const text = alias.toLowerCase();
    if (!text.startsWith(start)) return false;
    let position = start.length;
    for (const [index, piece] of rest.entries()) {
      if (index === rest.length - 1 && piece !== "") return text.length - piece.length >= position && text.endsWith(piece);
      const at = text.indexOf(piece, position);
      if (at === -1) return false;
      position = at + piece.length;
    }
    return true;
  };
}

export const readProvider = async (call: AdminCall): Promise<AdminAnswer> => ok(providerView(await findProvider(call)));

/** `GET …/export`: nothing for OpenID Connect, whose partner needs no file. */
export async function exportProvider(call: AdminCall): Promise<AdminAnswer> {
  await findProvider(call);
  return noContent;
}

/** `GET …/reload-keys`: whether there were keys to forget. Keys are read when they are needed, so there never are. */
export async function reloadKeys(call: AdminCall): Promise<AdminAnswer> {
  await findProvider(call);
  return ok(false);
}

/** `GET identity-provider/providers/:provider`. @throws {AdminError} 400 there is no such type */
export async function readProviderType(call: AdminCall): Promise<AdminAnswer> {
  const type = IDENTITY_PROVIDERS.find(([id]) => id === call.params["provider"]);
  if (!type) throw new AdminError(400, { error: "HTTP 400 Bad Request" });
  return ok({ name: type[1], id: type[0], configProperties: [], configMetadata: [], helpText: "" });
}
