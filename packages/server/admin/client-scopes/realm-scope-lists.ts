import type { RealmRow } from "@cambist/store/config-ports.ts";

/** Members of a realm's row that name client scopes: what new clients get. */
const MEMBERS = ["defaultDefaultClientScopes", "defaultOptionalClientScopes"] as const;

const namesIn = ({ representation }: RealmRow, member: (typeof MEMBERS)[number]): readonly string[] =>
  (representation[member] ?? []) as readonly string[]; // so stored

/** Names of the scopes that new clients get by default, or on request. */
export const realmScopeNames = (realm: RealmRow, kind: "default" | "optional"): readonly string[] =>
  namesIn(realm, kind === "default" ? "defaultDefaultClientScopes" : "defaultOptionalClientScopes");

/** Whether the realm's row names the scope. */
export const namesScope = (realm: RealmRow, name: string): boolean => MEMBERS.some((member) => namesIn(realm, member).includes(name));

/** The realm's row without a scope, or with its new name. */
export function withoutScope(realm: RealmRow, name: string, renamed?: string): RealmRow {
  const lists = MEMBERS.map((member) => [member, namesIn(realm, member).flatMap((other) => (other === name ? (renamed ?? []) : other))]);
  return { ...realm, representation: { ...realm.representation, ...Object.fromEntries(lists) } };
}
