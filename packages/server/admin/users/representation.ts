import type { Json, UserRow } from "@cambist/store/config-ports.ts";
import type { UserColumns } from "@cambist/store/admin-ports.ts";
import { isRoot } from "../../user-profile/profile.ts";
import type { AdminCall } from "../admin-call.ts";
import { userView } from "../user-view.ts";
import type { UserRules } from "./realm-rules.ts";

/** What the caller may do with users of the realm. @see Keycloak 26.1: five flags, the same in lists */
export const userAccess = ({ has }: Pick<AdminCall, "has">): Json => {
  const manage = has("manage-users");
  return {
    manageGroupMembership: manage,
    view: manage || has("view-users"),
    mapRoles: manage,
    impersonate: has("impersonation"),
    manage,
  };
};

/** An attribute that the profile does not declare and that is not kept by the realm's languages. */
export const isUnmanaged = (rules: UserRules, name: string): boolean =>
  !isRoot(name) && name !== LOCALE && !rules.profile.attributes.has(name);

const LOCALE = "locale";

/** Attributes that an administrator sees: declared ones with the permission, others as far as the realm allows them. */
export function visibleAttributes(rules: UserRules, user: UserColumns): UserRow["attributes"] {
  if (user.serviceAccountClientUuid !== undefined) return user.attributes;
  return Object.fromEntries(
    Object.entries(user.attributes).filter(([name]) => {
      const declared = rules.profile.attributes.get(name);
      if (declared) return declared.viewers.has("admin");
      return name === LOCALE ? rules.locales : rules.profile.unmanaged !== undefined;
    }),
  );
}

/** Attributes outside the profile, whether or not the realm allows them now. */
export const unmanagedAttributes = (rules: UserRules, user: UserColumns): UserRow["attributes"] =>
  Object.fromEntries(
    Object.entries(user.attributes).filter(([name, values]) => isUnmanaged(rules, name) && values.some((value) => value.trim() !== "")),
  );

/** A user as lists and single reads show it. */
export const fullUser = (call: AdminCall, rules: UserRules, user: UserRow, more: Json = {}): Json => ({
  ...userView({ ...user, attributes: visibleAttributes(rules, user) }),
  ...more,
  access: userAccess(call),
});

/** The profile as a form needs it: each attribute with what this caller must and may do. `user` undefined: of a user yet to come. */
export function profileMetadata({ profile, editUsername, emailAsUsername }: UserRules, user: UserColumns | undefined): Json {
  const attributes = [...profile.attributes.values()].filter(({ viewers }) => viewers.has("admin"));
  return {
    attributes: attributes.map(({ name, declared, editors, requiredFor, validations, multivalued }) => {
      const { displayName, annotations, group, defaultValue } = declared;
      const isUsername = name === "username";
      return {
        name,
        ...(displayName !== undefined && { displayName }),
        required: isUsername ? !emailAsUsername : requiredFor.has("admin"),
        readOnly: !editors.has("admin") || (isUsername && user !== undefined && !editUsername),
        ...(annotations !== undefined && { annotations }),
        validators: {
          ...Object.fromEntries(Object.entries(validations).map(([id, settings]) => [id, { "ignore.empty.value": true, ...settings }])),
          ...(!multivalued && { multivalued: { max: "1" } }),
        },
        ...(group !== undefined && { group }),
        multivalued,
        ...(defaultValue !== undefined && { defaultValue }),
      };
    }),
    groups: profile.groups,
  };
}
