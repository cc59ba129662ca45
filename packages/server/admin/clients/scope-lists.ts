import type { ClientRow, ClientScopeRow, RealmRow } from "@cambist/store/config-ports.ts";
import { realmScopeNames } from "../client-scopes/realm-scope-lists.ts";
import { SERVICE_ACCOUNT_SCOPE } from "./service-account.ts";

type ScopeLists = Pick<ClientRow, "defaultScopeIds" | "optionalScopeIds">;

interface NamedScopes {
  readonly realm: RealmRow;
  /** All of the realm. */
  readonly scopes: readonly ClientScopeRow[];
  readonly protocol: string;
  readonly serviceAccount: boolean;
  readonly defaults: readonly string[] | undefined;
  readonly optionals: readonly string[] | undefined;
}

/**
 * The scopes of a new client: those it names, as far as they exist and are of its protocol, or the realm's when it names neither list. A
 * service account gets its scope in any case.
 */
export function scopesOfNewClient({ realm, scopes, protocol, serviceAccount, defaults, optionals }: NamedScopes): ScopeLists {
  const named = defaults !== undefined || optionals !== undefined;
  const byName = new Map(scopes.filter((scope) => scope.protocol === protocol).map(({ name, id }) => [name, id]));
  const ids = (names: readonly string[]): readonly string[] => [...new Set(names.flatMap((name) => byName.get(name) ?? []))];
  const lists: ScopeLists = {
    defaultScopeIds: ids(named ? (defaults ?? []) : realmScopeNames(realm, "default")),
    optionalScopeIds: ids(named ? (optionals ?? []) : realmScopeNames(realm, "optional")),
  };
  const complete = serviceAccount ? withServiceAccountScope(lists, scopes) : lists;
  return { ...complete, optionalScopeIds: complete.optionalScopeIds.filter((id) => !complete.defaultScopeIds.includes(id)) };
}

export function withServiceAccountScope(lists: ScopeLists, scopes: readonly ClientScopeRow[]): ScopeLists {
  const { defaultScopeIds, optionalScopeIds } = lists;
  const id = serviceAccountScopeId(scopes);
  if (id === undefined || defaultScopeIds.includes(id)) return { defaultScopeIds, optionalScopeIds };
  return { defaultScopeIds: [...defaultScopeIds, id], optionalScopeIds: optionalScopeIds.filter((other) => other !== id) };
}

export function withoutServiceAccountScope(lists: ScopeLists, scopes: readonly ClientScopeRow[]): ScopeLists {
  const id = serviceAccountScopeId(scopes);
  return {
    defaultScopeIds: lists.defaultScopeIds.filter((other) => other !== id),
    optionalScopeIds: lists.optionalScopeIds.filter((other) => other !== id),
  };
}

const serviceAccountScopeId = (scopes: readonly ClientScopeRow[]): string | undefined =>
  scopes.find(({ name }) => name === SERVICE_ACCOUNT_SCOPE)?.id;
