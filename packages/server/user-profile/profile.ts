import type { ComponentRow, Json } from "@cambist/store/config-ports.ts";
import { USER_PROFILE_PROVIDER } from "../realm-template/components.ts";
import { DEFAULT_PROFILE } from "./default-profile.ts";
import { isJsonObject, jsonTexts } from "../realms/json-object.ts";

/** Where the component keeps its JSON. */
export const PROFILE_CONFIG = "kc.user.profile.config";

/** Attributes that are members of a user on their own. */
export const ROOT_ATTRIBUTES = ["username", "email", "firstName", "lastName"] as const;
export type RootAttribute = (typeof ROOT_ATTRIBUTES)[number];

/** Who looks at or writes a profile. */
export type ProfileRole = "admin" | "user";

/** One attribute that a realm's user profile declares. */
export interface ProfileAttribute {
  readonly name: string;
  readonly validations: Readonly<Record<string, Json>>;
  /** Must not be empty when one of these writes. */
  readonly requiredFor: ReadonlySet<ProfileRole>;
  readonly viewers: ReadonlySet<ProfileRole>;
  readonly editors: ReadonlySet<ProfileRole>;
  readonly multivalued: boolean;
  /** The attribute as it stands in the configuration. */
  readonly declared: Json;
}

/** What a realm lets users be. @see Keycloak 26: declarative user profile */
export interface UserProfile {
  readonly attributes: ReadonlyMap<string, ProfileAttribute>;
  readonly groups: readonly unknown[];
  /** Attributes that are not declared: who may write them. `undefined`: nobody, and nobody sees them. */
  readonly unmanaged: "ENABLED" | "ADMIN_EDIT" | "ADMIN_VIEW" | undefined;
}

const BOTH: ReadonlySet<ProfileRole> = new Set(["admin", "user"]);
const ADMIN: ReadonlySet<ProfileRole> = new Set(["admin"]);
const roleSet = (value: unknown): ReadonlySet<ProfileRole> =>
  new Set(jsonTexts(value).filter((role) => role === "admin" || role === "user"));

/** The component that holds a realm's user profile, if it has one. */
export const profileComponent = (components: readonly ComponentRow[]): ComponentRow | undefined =>
  components.find(({ providerType }) => providerType === USER_PROFILE_PROVIDER);

/** The JSON of a realm's user profile, as its endpoint shows it. A component that cannot be read counts as none. */
export const profileConfig = (components: readonly ComponentRow[]): Json => profileConfigIn(profileComponent(components)?.representation);

/** The same from the representation of the component that holds it. */
export function profileConfigIn(component: Json | undefined): Json {
  const config = component?.["config"];
  const text = isJsonObject(config) ? jsonTexts(config[PROFILE_CONFIG])[0] : undefined;
  if (text === undefined) return DEFAULT_PROFILE;
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && Array.isArray(value["attributes"]) ? value : DEFAULT_PROFILE;
  } catch {
    return DEFAULT_PROFILE;
  }
}

/** Reads the configuration; what is not understood in it has no effect. */
export function readProfile(config: Json): UserProfile {
  const attributes = Array.isArray(config["attributes"]) ? config["attributes"].filter(isJsonObject) : [];
  const policy = config["unmanagedAttributePolicy"];
  return {
    attributes: new Map(
      attributes.flatMap((declared) => {
        const name = declared["name"];
        return typeof name === "string" ? [[name, readAttribute(name, declared)] as const] : [];
      }),
    ),
    groups: Array.isArray(config["groups"]) ? config["groups"] : [],
    unmanaged: policy === "ENABLED" || policy === "ADMIN_EDIT" || policy === "ADMIN_VIEW" ? policy : undefined,
  };
}

function readAttribute(name: string, declared: Json): ProfileAttribute {
  const validations = isJsonObject(declared["validations"]) ? declared["validations"] : {};
  const permissions = isJsonObject(declared["permissions"]) ? declared["permissions"] : undefined;
  const editors = permissions ? roleSet(permissions["edit"]) : ADMIN;
  const viewers = permissions ? roleSet(permissions["view"]) : ADMIN;
  return {
    name,
    validations: Object.fromEntries(Object.entries(validations).map(([id, settings]) => [id, isJsonObject(settings) ? settings : {}])),
    requiredFor: requiredFor(declared["required"]),
    editors,
    viewers: new Set([...viewers, ...editors]),
    multivalued: declared["multivalued"] === true,
    declared,
  };
}

/** `{}` asks everybody; with scopes alone the attribute is needed in a browser login that names them, never here. */
function requiredFor(required: unknown): ReadonlySet<ProfileRole> {
  if (!isJsonObject(required)) return new Set();
  if (jsonTexts(required["roles"]).length > 0) return roleSet(required["roles"]);
  return jsonTexts(required["scopes"]).length > 0 ? new Set() : BOTH;
}

/** The columns of a user that a profile is about. */
export interface ProfiledUser {
  readonly username: string;
  readonly email?: string | undefined;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

/** Values of an attribute of a user, whether it is a column or not. */
export function valuesOf(user: ProfiledUser, name: string): readonly string[] {
  if (!isRoot(name)) return Object.hasOwn(user.attributes, name) ? (user.attributes[name] ?? []) : [];
  const value = user[name];
  return value === undefined ? [] : [value];
}

export const isRoot = (name: string): name is RootAttribute => (ROOT_ATTRIBUTES as readonly string[]).includes(name);

/** Names of attributes that this role must fill in and that are empty. */
export const missingAttributes = ({ attributes }: UserProfile, user: ProfiledUser, role: ProfileRole): readonly string[] =>
  [...attributes.values()]
    .filter(({ name, requiredFor }) => requiredFor.has(role) && valuesOf(user, name).every((value) => value.trim() === ""))
    .map(({ name }) => name);
