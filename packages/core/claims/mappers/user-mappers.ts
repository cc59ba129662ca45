import type { Draft } from "../draft.ts";
import type { Group, ProtocolMapper, RealmView, User } from "../../model.ts";
import { toClaimValue, toJsonType } from "../claim-value.ts";
import { writeClaim } from "../draft.ts";
import { destinationsOf, EVERYWHERE, genericMapper, PRIORITY, type MapperCompiler } from "./mapper.ts";

/** `oidc-usermodel-attribute-mapper`: an attribute of the user, or of a group when the user has none. */
export const userAttribute: MapperCompiler = (mapper) => {
  const name = mapper.config["user.attribute"] ?? "";
  const aggregates = mapper.config["aggregate.attrs"] === "true";
  return valuesMapper(mapper, (draft) => resolveAttribute(draft.view, draft.user, name, aggregates));
};

/** `oidc-usermodel-property-mapper`: a field of the user. */
export const userProperty: MapperCompiler = (mapper) => {
  const property = mapper.config["user.attribute"] ?? "";
  return valuesMapper(mapper, ({ user }) => {
    const value = propertyOf(user, property);
    return value === undefined ? [] : [value];
  });
};

/** `oidc-full-name-mapper`: first and last name in `name`. */
export const fullName: MapperCompiler = (mapper) => ({
  priority: PRIORITY.ordinary,
  destinations: destinationsOf(mapper.config, EVERYWHERE),
  write: (draft) => {
    const { firstName = "", lastName = "" } = draft.user;
    if (firstName !== "" || lastName !== "")
      draft.other.set("name", firstName !== "" && lastName !== "" ? [firstName, lastName].join(" ") : firstName + lastName);
  },
});

const ADDRESS_PARTS = [
  ["formatted", "formatted"],
  ["street_address", "street"],
  ["locality", "locality"],
  ["region", "region"],
  ["postal_code", "postal_code"],
  ["country", "country"],
] as const;

/** `oidc-address-mapper`: OpenID Connect Core §5.1.1; an empty object when the user has none of the attributes, as Keycloak. */
export const address: MapperCompiler = (mapper) => {
  const parts = ADDRESS_PARTS.map(([claim, part]) => [claim, mapper.config[`user.attribute.${part}`] ?? part] as const);
  return {
    priority: PRIORITY.ordinary,
    destinations: destinationsOf(mapper.config, EVERYWHERE),
    write: (draft) => {
      const value: Record<string, string> = {};
      for (const [claim, attribute] of parts) {
        const text = ownAttribute(draft.user, attribute)[0];
        if (text !== undefined) value[claim] = text;
      }
      draft.other.set("address", value);
    },
  };
};

/** `oidc-group-membership-mapper`: the user's groups by path or by name; absent when there are none. */
export const groupMembership: MapperCompiler = (mapper) => {
  // Keycloak takes a missing switch as off, and its console always writes it.
  const fullPath = mapper.config["full.path"] === "true";
  const groupsOf = (draft: Draft): readonly string[] =>
    draft.user.groupIds.flatMap((id) => {
      const group = draft.view.group(id);
      return group ? [fullPath ? group.path : group.name] : [];
    });
  return genericMapper(mapper, (draft) => toClaimValue(groupsOf(draft), true, mapper.config["jsonType.label"]), writeClaim);
};

/** `oidc-hardcoded-claim-mapper`: a fixed value, read anew for each token since other mappers may write into a JSON object. */
export const hardcodedClaim: MapperCompiler = (mapper) => {
  const text = mapper.config["claim.value"];
  const type = mapper.config["jsonType.label"];
  return genericMapper(mapper, () => (text === undefined ? undefined : toJsonType(text, type)), writeClaim);
};

function valuesMapper(mapper: ProtocolMapper, valuesOf: (draft: Draft) => readonly string[]): ReturnType<MapperCompiler> {
  const multivalued = mapper.config["multivalued"] === "true";
  const type = mapper.config["jsonType.label"];
  return genericMapper(mapper, (draft) => toClaimValue(valuesOf(draft), multivalued, type), writeClaim);
}

const NONE: readonly string[] = [];

/** The user's own values; name and mail count as attributes. */
function ownAttribute(user: User, name: string): readonly string[] {
  switch (name) {
    case "username":
      return [user.username];
    case "email":
      return user.email === undefined ? NONE : [user.email];
    case "firstName":
      return user.firstName === undefined ? NONE : [user.firstName];
    case "lastName":
      return user.lastName === undefined ? NONE : [user.lastName];
    default:
      return Object.hasOwn(user.attributes, name) ? (user.attributes[name] ?? NONE) : NONE;
  }
}

/** Keycloak 26: own values win; otherwise the first group that has some; aggregated: own, groups and their parents together. */
function resolveAttribute(view: RealmView, user: User, name: string, aggregates: boolean): readonly string[] {
  const own = ownAttribute(user, name);
  if (own.length > 0 && !aggregates) return own;
  if (user.groupIds.length === 0) return own;
  const all = new Set(own);
  for (const id of user.groupIds) {
    const values = groupAttribute(view, view.group(id), name, aggregates);
    if (values.length > 0 && !aggregates) return values;
    for (const value of values) all.add(value);
  }
  return [...all];
}

/** Values of a group, or of the nearest parent with some; aggregated: all of them. Depth-limited against parent cycles. */
function groupAttribute(view: RealmView, start: Group | undefined, name: string, aggregates: boolean): readonly string[] {
  const found: string[] = [];
  let group = start;
  for (let depth = 0; group && depth < 64; depth++) {
    const values = Object.hasOwn(group.attributes, name) ? (group.attributes[name] ?? NONE) : NONE;
    if (values.length > 0 && !aggregates) return values;
    found.push(...values);
    group = group.parentId === undefined ? undefined : view.group(group.parentId);
  }
  return found;
}

function propertyOf(user: User, property: string): string | undefined {
  switch (property) {
    case "id":
    case "username":
    case "email":
    case "firstName":
    case "lastName":
      return user[property];
    case "emailVerified":
    case "enabled":
      return String(user[property]);
    case "createdTimestamp":
      return user.createdTimestamp === undefined ? undefined : String(user.createdTimestamp);
    case "serviceAccountClientLink":
      return user.serviceAccountClientId;
    default:
      return undefined;
  }
}
