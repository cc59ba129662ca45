import type { UserColumns, UserFilter } from "@cambist/store/admin-ports.ts";
import type { UserRow } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, ok } from "../admin-call.ts";
import { attributesOf, flagOf, pageOf } from "../read-query.ts";
import { userRules } from "./realm-rules.ts";
import { briefUser } from "../user-view.ts";
import { fullUser, userAccess } from "./representation.ts";

const DEFAULT_MAX = 100;
const BY_ID = "id:";

/** `GET users`: by the filters, in order of usernames. Whoever may only query users sees none of them (SEC-ADM-09). */
export async function listUsers(call: AdminCall): Promise<AdminAnswer> {
  const page = pageOf(call.query, DEFAULT_MAX);
  if (!call.has("view-users", "manage-users")) return ok([]);
  const id = idSearch(call);
  if (id !== undefined) {
    const user = page.max === 0 || (page.first ?? 0) > 0 ? undefined : await call.store.user(call.realm.id, id);
    return ok(await shown(call, user ? [user] : []));
  }
  return ok(await shown(call, await call.store.users(call.realm.id, { ...filterOf(call.query), ...page })));
}

/** `GET users/count`: a bare number. As Keycloak 26.1.3 it does not look at `exact` and `idpAlias`. */
export async function countUsers(call: AdminCall): Promise<AdminAnswer> {
  if (!call.has("view-users", "manage-users")) return ok(0);
  const id = idSearch(call);
  if (id !== undefined) return ok((await call.store.user(call.realm.id, id)) ? 1 : 0);
  const { exact: _exact, idpAlias: _alias, idpUserId: _external, ...filter } = filterOf(call.query, COUNT_FILTERS);
  return ok(await call.store.countUsers(call.realm.id, filter));
}

/** `search=id:<uuid>` names one user. */
function idSearch({ query }: AdminCall): string | undefined {
  const search = query.get("search")?.trim();
  return search?.startsWith(BY_ID) ? search.slice(BY_ID.length).trim() : undefined;
}

const COUNT_FILTERS = ["username", "firstName", "lastName", "email", "enabled", "emailVerified", "q"] as const;
const LIST_FILTERS = [...COUNT_FILTERS, "exact", "idpAlias", "idpUserId"] as const;

/** `search` beats every other filter. Service accounts are found by a filter, never by a search or without one. */
function filterOf(query: URLSearchParams, names: readonly string[] = LIST_FILTERS): UserFilter {
  const text = (name: string): string | undefined => query.get(name) ?? undefined;
  const search = text("search")?.trim();
  const [enabled, emailVerified] = [flagOf(query, "enabled"), flagOf(query, "emailVerified")];
  if (search !== undefined && search !== "") {
    const quoted = flagOf(query, "exact") === true && !search.startsWith('"') ? `"${search}"` : search;
    return { search: quoted, enabled, emailVerified };
  }
  return {
    username: text("username"),
    firstName: text("firstName"),
    lastName: text("lastName"),
    email: text("email"),
    idpAlias: text("idpAlias"),
    idpUserId: text("idpUserId"),
    attributes: attributesOf(query),
    exact: flagOf(query, "exact"),
    enabled,
    emailVerified,
    withServiceAccounts: names.some((name) => query.has(name)),
  };
}

async function shown(call: AdminCall, users: readonly UserColumns[]): Promise<readonly unknown[]> {
  if (users.length === 0) return [];
  if (flagOf(call.query, "briefRepresentation") === true) return users.map((user) => ({ ...briefUser(user), access: userAccess(call) }));
  const [rows, rules] = [await wholeUsers(call, users), await userRules(call)];
  return rows.map((row) => fullUser(call, rules, row));
}

/** Listed users with what lists leave out (whether they have one-time passwords); whoever is gone by now is left out. */
export const wholeUsers = (call: AdminCall, users: readonly UserColumns[]): Promise<readonly UserRow[]> =>
  call.store.usersByIds(
    call.realm.id,
    users.map(({ id }) => id),
  );
