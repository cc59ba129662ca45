import type { Json } from "@cambist/store/config-ports.ts";

interface MapperType {
  readonly name: string;
  readonly category: string;
  readonly helpText: string;
  readonly properties: readonly Json[];
}
type PropertyType = "String" | "Role" | "Group" | "boolean" | "UserProfileAttributeList" | "Map";

const property = (name: string, label: string, helpText: string, type: PropertyType = "String"): Json => ({
  name,
  label,
  helpText,
  type,
  secret: false,
  required: false,
  readOnly: false,
});
const CLAIM = property("claim", "Claim", "Name of the claim; a dot goes into nested objects, backslash dot is a dot in the name.");
const CLAIM_VALUE = property("claim.value", "Claim Value", "Value that the claim must have.");
const CLAIMS = property("claims", "Claims", "Claims with the values they must have.", "Map");
const CLAIMS_REGEX = property("are.claim.values.regex", "Regex Claim Values", "The values are regular expressions.", "boolean");
const ROLE = property("role", "Role", "Role to grant; roles of clients as clientId.role.", "Role");
const GROUP = property("group", "Group", "Group to join, by its path.", "Group");
const ATTRIBUTE = property("user.attribute", "User Attribute Name", "Attribute of the user that is set.", "UserProfileAttributeList");
const JSON_FIELD = property("jsonField", "Social Profile JSON Field Path", "Path of the value in the profile.");
const PROFILE_ATTRIBUTE = property("userAttribute", "User Attribute Name", "Attribute of the user that is set.");

const IMPORTER = "Attribute Importer";
const TYPES: Readonly<Record<string, MapperType>> = {
  "hardcoded-attribute-idp-mapper": {
    name: "Hardcoded Attribute",
    category: IMPORTER,
    helpText: "Gives every user of the provider the same attribute.",
    properties: [
      property("attribute", "User Attribute", "Attribute that is set."),
      property("attribute.value", "User Attribute Value", "Its value."),
    ],
  },
  "hardcoded-user-session-attribute-idp-mapper": {
    name: "Hardcoded User Session Attribute",
    category: IMPORTER,
    helpText: "Gives every session from the provider the same note.",
    properties: [
      property("attribute", "User Session Attribute", "Note that is set."),
      property("attribute.value", "User Session Attribute Value", "Its value."),
    ],
  },
  "oidc-user-attribute-idp-mapper": {
    name: IMPORTER,
    category: IMPORTER,
    helpText: "Takes an attribute of the user from a claim.",
    properties: [CLAIM, ATTRIBUTE],
  },
  "oidc-user-session-note-idp-mapper": {
    name: "User Session Note Importer",
    category: "User Session",
    helpText: "Takes notes of the session from claims.",
    properties: [CLAIMS, CLAIMS_REGEX],
  },
  "oidc-username-idp-mapper": {
    name: "Username Template Importer",
    category: "Preprocessor",
    helpText: "Makes the username from a template.",
    properties: [
      property("template", "Template", "Text with ${ALIAS} and ${CLAIM.name} in it."),
      property("target", "Target", "Where the name goes: LOCAL, BROKER_ID or BROKER_USERNAME."),
    ],
  },
  "oidc-role-idp-mapper": {
    name: "Claim to Role",
    category: "Role Importer",
    helpText: "Grants a role when a claim has a value.",
    properties: [CLAIM, CLAIM_VALUE, ROLE],
  },
  "oidc-advanced-role-idp-mapper": {
    name: "Advanced Claim to Role",
    category: "Role Importer",
    helpText: "Grants a role when all claims have their values.",
    properties: [CLAIMS, CLAIMS_REGEX, ROLE],
  },
  "oidc-advanced-group-idp-mapper": {
    name: "Advanced Claim to Group",
    category: "Group Importer",
    helpText: "Puts the user into a group when all claims have their values.",
    properties: [CLAIMS, CLAIMS_REGEX, GROUP],
  },
  "oidc-hardcoded-role-idp-mapper": {
    name: "Hardcoded Role",
    category: "Role Importer",
    helpText: "Grants every user of the provider a role.",
    properties: [ROLE],
  },
  "oidc-hardcoded-group-idp-mapper": {
    name: "Hardcoded Group",
    category: "Group Importer",
    helpText: "Puts every user of the provider into a group.",
    properties: [GROUP],
  },
  "keycloak-oidc-role-to-role-idp-mapper": {
    name: "External Role to Role",
    category: "Role Importer",
    helpText: "Grants a role for a role of the other realm.",
    properties: [property("external.role", "External role", "Role of the other realm; roles of clients as clientId.role."), ROLE],
  },
};

const EVERY = [
  "hardcoded-attribute-idp-mapper",
  "hardcoded-user-session-attribute-idp-mapper",
  "oidc-hardcoded-group-idp-mapper",
  "oidc-hardcoded-role-idp-mapper",
];
const OPENID = [
  "oidc-advanced-group-idp-mapper",
  "oidc-advanced-role-idp-mapper",
  "oidc-role-idp-mapper",
  "oidc-user-attribute-idp-mapper",
  "oidc-user-session-note-idp-mapper",
  "oidc-username-idp-mapper",
];
const SOCIAL_NAMES: Readonly<Record<string, string | undefined>> = { "linkedin-openid-connect": "linkedin" };

/** Types of mappers for a provider, by id. */
export function mapperTypesOf(providerId: unknown): Readonly<Record<string, Json>> {
  const ids =
    providerId === "oidc"
      ? [...EVERY, ...OPENID]
      : providerId === "keycloak-oidc"
        ? [...EVERY, ...OPENID, "keycloak-oidc-role-to-role-idp-mapper"]
        : EVERY;
  const known = ids.flatMap((id) => (TYPES[id] ? [[id, { id, ...TYPES[id] }] as const] : []));
  if (providerId === "oidc" || providerId === "keycloak-oidc" || providerId === "saml" || typeof providerId !== "string")
    return Object.fromEntries(known);
  const own = `${SOCIAL_NAMES[providerId] ?? providerId}-user-attribute-mapper`;
  const type: MapperType = {
    name: IMPORTER,
    category: IMPORTER,
    helpText: "Takes an attribute of the user from the profile.",
    properties: [JSON_FIELD, PROFILE_ATTRIBUTE],
  };
  return Object.fromEntries([...known, [own, { id: own, ...type }]]);
}
