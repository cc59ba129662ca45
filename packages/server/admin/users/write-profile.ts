import type { UserColumns } from "@cambist/store/admin-ports.ts";
import type { UserRow } from "@cambist/store/config-ports.ts";
import type { RealmNode } from "../../imports/realm-node.ts";
import { isCleanText } from "../../keys/jws.ts";
import { isRoot, missingAttributes, type ProfiledUser, ROOT_ATTRIBUTES, type RootAttribute, valuesOf } from "../../user-profile/profile.ts";
import { type ProfileFault, validate } from "../../user-profile/validations.ts";
import type { AdminCall } from "../admin-call.ts";
import { AdminError, conflict, invalid } from "../admin-error.ts";
import { reading } from "../read-representation.ts";
import type { UserRules } from "./realm-rules.ts";
import { isUnmanaged, visibleAttributes } from "./representation.ts";

/** Longest username, e-mail address or name, in characters, whatever the profile says. */
const MAX_LENGTH = 255;

/** What a body says about the profile; undefined: nothing. */
interface Sent {
  readonly username: string | undefined;
  readonly email: string | undefined;
  readonly firstName: string | undefined;
  readonly lastName: string | undefined;
  readonly attributes: UserRow["attributes"] | undefined;
}

/**
 * The profile of a user after a body was written over it: names and e-mail address folded, unknown attributes dropped unless the realm
 * allows them. A body with `attributes` replaces the whole profile, so names that stand not beside it are removed; without it absent names
 * stay and empty ones go.
 * @param current undefined for a user yet to come
 * @throws {AdminError} 400 in the words of the user profile; 409 a name or address is taken
 */
export async function writeProfile(
  call: AdminCall,
  rules: UserRules,
  node: RealmNode,
  current: UserColumns | undefined,
): Promise<ProfiledUser> {
  const sent = reading(() => sentProfile(node));
  const faults: ProfileFault[] = [];
  const username = newUsername(rules, sent, current, faults);
  const before: ProfiledUser = current ?? { username, attributes: {} };
  const after: ProfiledUser = {
    username,
    email: newName("email", sent, before, rules, faults),
    firstName: newName("firstName", sent, before, rules, faults),
    lastName: newName("lastName", sent, before, rules, faults),
    attributes: newAttributes(sent, current, rules, faults),
  };
  const isService = current?.serviceAccountClientUuid !== undefined;
  if (!isService) {
    await checkFree(call, rules, after, current);
    faults.push(...profileFaults(call, rules, after, current && before));
  }
  if (faults.length === 1) throw new AdminError(400, { ...faults[0] });
  if (faults.length > 1) throw new AdminError(400, { errors: faults });
  return after;
}

function sentProfile(node: RealmNode): Sent {
  return {
    username: folded(node.text("username")),
    email: folded(node.text("email")),
    firstName: node.text("firstName"),
    lastName: node.text("lastName"),
    attributes: node.lists("attributes"),
  };
}

/** Usernames and e-mail addresses are the same however they are written (SEC-ADM-15). */
const folded = (text: string | undefined): string | undefined => text?.normalize("NFC").toLowerCase();

function newUsername(rules: UserRules, sent: Sent, current: UserColumns | undefined, faults: ProfileFault[]): string {
  const isService = current?.serviceAccountClientUuid !== undefined;
  const wanted = rules.emailAsUsername && !isService ? sent.email || sent.username : sent.username;
  if (!current) {
    if (wanted === undefined || wanted.trim() === "") throw invalid("User name is missing");
    return wanted;
  }
  if (wanted === undefined || wanted === "" || wanted === current.username) return current.username;
  if (rules.emailAsUsername && wanted !== sent.email) return current.username;
  if (isService || (!rules.editUsername && !rules.emailAsUsername)) faults.push(readOnly("username"));
  return wanted;
}

const readOnly = (field: string): ProfileFault => ({ errorMessage: "error-user-attribute-read-only", field, params: [field] });

function newName(
  name: Exclude<RootAttribute, "username">,
  sent: Sent,
  before: ProfiledUser,
  rules: UserRules,
  faults: ProfileFault[],
): string | undefined {
  const declared = rules.profile.attributes.get(name);
  const editable = declared ? declared.editors.has("admin") : true;
  const value = sent[name];
  if (value === undefined && (sent.attributes === undefined || !editable)) return before[name];
  const wanted = value === "" ? undefined : value;
  if (!editable && wanted !== before[name]) faults.push(readOnly(name));
  return wanted;
}

function newAttributes(sent: Sent, current: UserColumns | undefined, rules: UserRules, faults: ProfileFault[]): UserRow["attributes"] {
  const before = current?.attributes ?? {};
  if (sent.attributes === undefined) return before;
  const isService = current?.serviceAccountClientUuid !== undefined;
  const writable = (name: string): boolean => {
    if (isService) return true;
    const declared = rules.profile.attributes.get(name);
    if (declared) return declared.editors.has("admin");
    if (!isUnmanaged(rules, name)) return rules.locales;
    return rules.profile.unmanaged === "ENABLED" || rules.profile.unmanaged === "ADMIN_EDIT";
  };
  const after: Record<string, readonly string[]> = Object.create(null) as Record<string, readonly string[]>;
  for (const [name, values] of Object.entries(before)) if (!writable(name)) after[name] = values;
  const visible = current ? visibleAttributes(rules, current) : {};
  for (const [name, values] of Object.entries(sent.attributes)) {
    if (isRoot(name)) continue;
    if (name === "" || name.length > MAX_LENGTH || !isCleanText(name))
      throw invalid("error-invalid-value", { field: "attributes", params: [] });
    if (!values.every((value) => value.isWellFormed() && !value.includes("\u0000")))
      throw invalid("error-invalid-value", { field: name, params: [name] });
    if (writable(name)) {
      if (values.some((value) => value.trim() !== "")) after[name] = values;
    } else if (rules.profile.attributes.has(name) && !isSame(values, visible[name] ?? [])) faults.push(readOnly(name));
  }
  return { ...after };
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((value, index) => value === other[index]);

/** What is wrong with the values that changed, and what must be there. */
function profileFaults(
  { services }: AdminCall,
  { profile }: UserRules,
  after: ProfiledUser,
  before: ProfiledUser | undefined,
): readonly ProfileFault[] {
  const faults: ProfileFault[] = [];
  const changed = (name: string): boolean => !before || !isSame(valuesOf(before, name), valuesOf(after, name));
  for (const name of ROOT_ATTRIBUTES) {
    const value = after[name];
    if (value === undefined || !changed(name)) continue;
    if (!isCleanText(value)) faults.push({ field: name, errorMessage: "error-invalid-value", params: [name] });
    else if (value.length > MAX_LENGTH && !profile.attributes.get(name)?.validations["length"])
      faults.push({ field: name, errorMessage: "error-invalid-length-too-long", params: [name, MAX_LENGTH] });
  }
  if (faults.length > 0) return faults;
  for (const { name, validations, multivalued } of profile.attributes.values()) {
    if (!changed(name)) continue;
    const single = multivalued || validations["multivalued"] ? {} : { multivalued: { max: 1 } };
    faults.push(...validate(name, valuesOf(after, name), { ...validations, ...single }, services.matchesRegex));
  }
  for (const name of missingAttributes(profile, after, "admin"))
    faults.push({ field: name, errorMessage: "error-user-attribute-required", params: [name] });
  return faults;
}

/**
 * A name belongs to one user, and so does an e-mail address unless the realm says otherwise. Where addresses work as names at login, nobody
 * may be called by another's address (SEC-ADM-15).
 */
async function checkFree(
  { store, realm, services }: AdminCall,
  rules: UserRules,
  { username, email }: ProfiledUser,
  current: UserColumns | undefined,
): Promise<void> {
  const isOther = (user: { readonly id: string } | undefined): boolean => user !== undefined && user.id !== current?.id;
  const named = async (name: string): Promise<boolean> =>
    name.length <= MAX_LENGTH && isOther(await services.state.findUserByUsername(realm.id, name));
  const addressed = async (address: string): Promise<boolean> =>
    address.length <= MAX_LENGTH &&
    (await store.users(realm.id, { email: address, exact: true, withServiceAccounts: true, max: 2 })).some(isOther);
  if (username !== current?.username) {
    if (await named(username)) throw conflict("User exists with same username");
    if (rules.loginWithEmail && username.includes("@") && (await addressed(username))) throw conflict("User exists with same email");
  }
  if (email === undefined || email === current?.email) return;
  if (!rules.duplicateEmails && (await addressed(email))) throw conflict("User exists with same email");
  if (rules.loginWithEmail && (await named(email))) throw conflict("User exists with same username");
}
