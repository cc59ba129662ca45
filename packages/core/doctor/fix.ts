import type { RealmFacts } from "./facts.ts";
import type { AdminRequest, CheckedObject, Fix } from "./finding.ts";

type Json = Readonly<Record<string, unknown>>;
type OfRealm = Pick<RealmFacts, "view">;

const segment = (text: string): string => encodeURIComponent(text);
export const realmPath = ({ view }: OfRealm): string => `/admin/realms/${segment(view.realm.name)}`;

interface Words {
  readonly says: string;
  /** False unless given. */
  readonly safe?: boolean;
  /** Where Keycloak's tool has a shorter command than the call itself. */
  readonly kcadm?: string;
}

/** A fix that is one call below the realm. */
export function request(
  facts: OfRealm,
  method: AdminRequest["method"],
  path: string,
  body: unknown,
  { says, safe = false, kcadm }: Words,
): Fix {
  const call: AdminRequest = { method, path: `${realmPath(facts)}${path}`, ...(body !== undefined && { body }) };
  return { says, safe, request: call, kcadm: kcadm ?? kcadmOf(facts, method, path, body) };
}
export const changeRealm = (facts: OfRealm, body: Json, words: Words): Fix => request(facts, "PUT", "", body, words);
export const changeClient = (facts: OfRealm, { id }: { readonly id: string }, body: Json, words: Words): Fix =>
  request(facts, "PUT", `/clients/${segment(id)}`, body, words);

export const realmObject = ({ view }: OfRealm): CheckedObject => ({ type: "realm", id: view.realm.id, name: view.realm.name });
export const clientObject = ({ id, clientId }: { readonly id: string; readonly clientId: string }): CheckedObject => ({
  type: "client",
  id,
  name: clientId,
});

/** A change of the realm's attributes has to name them all: what it leaves out goes. @see Keycloak 26: update of a realm */
export const withAttribute = ({ view }: OfRealm, name: string, value: string): Json => ({
  attributes: { ...view.realm.attributes, [name]: value },
});

const VERBS = { PUT: "update", POST: "create", DELETE: "delete" } as const;

/**
 * `kcadm.sh update clients/ID -r REALM -b BODY`: exactly the call. With `-s` the tool would send back the whole object as it read it, other
 * people's changes and members that no server takes included.
 */
function kcadmOf(facts: OfRealm, method: AdminRequest["method"], path: string, body: unknown): string {
  const { name } = facts.view.realm;
  const resource = path === "" ? `realms/${segment(name)}` : path.slice(1);
  const where = path === "" ? [] : ["-r", name];
  return shellLine(["kcadm.sh", VERBS[method], resource, ...where, ...(body === undefined ? [] : ["-b", JSON.stringify(body)])]);
}

/** Words as a POSIX shell reads them. */
export const shellLine = (words: readonly string[]): string =>
  words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`)).join(" ");
