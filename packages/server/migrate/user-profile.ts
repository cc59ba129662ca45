import { USER_PROFILE_PROVIDER } from "../realm-template/components.ts";
import { isJsonObject, jsonObjects } from "../realms/json-object.ts";
import { isRoot, profileConfigIn, readProfile } from "../user-profile/profile.ts";

/**
 * Whether the admin API leaves an attribute out of its answers: by default it shows only those that the realm's user profile names, and the rest stays in the
 * database and in exports.
 * @param components of the realm, by type
 */
export function attributesAreHidden(components: unknown): (attribute: string) => boolean {
  const [component] = isJsonObject(components) ? jsonObjects(components[USER_PROFILE_PROVIDER]) : [];
  const { attributes, unmanaged } = readProfile(profileConfigIn(component));
  return (attribute) => unmanaged === undefined && !attributes.has(attribute) && !isRoot(attribute);
}
