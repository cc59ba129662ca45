import type { ConfigStatements } from "./config-statements.ts";

/** Policies that name things by id: their type, and the member of their config that holds the list, as JSON in a text. */
const MEMBERS = { client: "clients", user: "users", role: "roles", group: "groups", "client-scope": "clientScopes" } as const;

/**
 * Takes what is deleted out of the policies that name it: whoever gets the id next must not inherit what it was granted. A policy that names
 * nothing any more stays and grants nothing; without it the permissions that apply it might grant more. For the same reason an entry that is
 * required stays: nobody can meet it now.
 */
export function forgetInPolicies(statements: ConfigStatements, realmId: string, type: keyof typeof MEMBERS, ids: readonly string[]): void {
  const gone = new Set(ids);
  const policies = statements.all(
    `select authz_policy.id, authz_policy.representation from authz_policy
     where client_uuid in (select client_uuid from authz_server where realm_id = ?) and type = ?`,
    realmId,
    type,
  );
  let hasChanged = false;
  for (const { id, representation } of policies) {
    const changed = without(String(representation), MEMBERS[type], gone);
    if (changed === undefined) continue;
    statements.run("update authz_policy set representation = ? where id = ?", changed, id ?? null);
    hasChanged = true;
  }
  if (hasChanged) statements.realmChanged(realmId);
}

/** The representation without them; undefined when it names none of them. */
function without(representation: string, member: string, gone: ReadonlySet<string>): string | undefined {
  if (![...gone].some((id) => representation.includes(id))) return undefined;
  const policy = JSON.parse(representation) as { readonly config?: Readonly<Record<string, unknown>> | null };
  const entries = listOf(policy.config?.[member]);
  const kept = entries.filter((entry) => isRequired(entry) || !gone.has(idOf(entry)));
  if (kept.length === entries.length) return undefined;
  return JSON.stringify({ ...policy, config: { ...policy.config, [member]: JSON.stringify(kept) } });
}

/** A text that holds no list is somebody else's mistake and names nothing. */
function listOf(text: unknown): readonly unknown[] {
  try {
    const list: unknown = typeof text === "string" ? JSON.parse(text) : undefined;
    return Array.isArray(list) ? (list as unknown[]) : [];
  } catch {
    return [];
  }
}

interface Entry {
  readonly id?: unknown;
  readonly required?: unknown;
}
const isEntry = (entry: unknown): entry is Entry => typeof entry === "object" && entry !== null;
const idOf = (entry: unknown): string => String(isEntry(entry) ? entry.id : entry);
const isRequired = (entry: unknown): boolean => isEntry(entry) && entry.required === true;
