import type { ProtocolMapper } from "../model.ts";
import type { ScopeSketch } from "./realm.ts";

type Config = Readonly<Record<string, string>>;
const EVERYWHERE: Config = {
  "access.token.claim": "true",
  "id.token.claim": "true",
  "userinfo.token.claim": "true",
  "introspection.token.claim": "true",
};
const TOKENS: Config = { "access.token.claim": "true", "id.token.claim": "true", "introspection.token.claim": "true" };
const ACCESS: Config = { "access.token.claim": "true", "introspection.token.claim": "true" };

const built = (type: string, name: string, config: Config): ProtocolMapper => ({ id: `mapper:${name}`, name, type, config });
const user = (
  name: string,
  attribute: string,
  claim: string,
  type = "String",
  mapper = "oidc-usermodel-attribute-mapper",
): ProtocolMapper => built(mapper, name, { ...EVERYWHERE, "user.attribute": attribute, "claim.name": claim, "jsonType.label": type });
const note = (name: string, key: string, type = "String"): ProtocolMapper =>
  built("oidc-usersessionmodel-note-mapper", name, {
    ...TOKENS,
    "user.session.note": key,
    "claim.name": key === "AUTH_TIME" ? "auth_time" : key,
    "jsonType.label": type,
  });
const hidden = { includeInTokenScope: false, displayOnConsentScreen: false } as const;

/** The client scopes of a new realm of Keycloak 26.1, mappers included. */
export const builtInScopes = (): readonly ScopeSketch[] => [
  { name: "basic", ...hidden, mappers: [note("auth_time", "AUTH_TIME", "long"), built("oidc-sub-mapper", "sub", ACCESS)] },
  { name: "acr", ...hidden, mappers: [built("oidc-acr-mapper", "acr loa level", TOKENS)] },
  {
    name: "profile",
    mappers: [
      built("oidc-full-name-mapper", "full name", EVERYWHERE),
      user("username", "username", "preferred_username"),
      user("given name", "firstName", "given_name"),
      user("family name", "lastName", "family_name"),
      ...["middleName/middle_name", "nickname", "profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale"].map(
        (names) => {
          const [attribute = "", claim = attribute] = names.split("/");
          return user(attribute, attribute, claim);
        },
      ),
      user("updated at", "updatedAt", "updated_at", "long"),
    ],
  },
  {
    name: "email",
    mappers: [
      user("email", "email", "email"),
      user("email verified", "emailVerified", "email_verified", "boolean", "oidc-usermodel-property-mapper"),
    ],
  },
  {
    name: "roles",
    includeInTokenScope: false,
    mappers: [
      built("oidc-audience-resolve-mapper", "audience resolve", ACCESS),
      built("oidc-usermodel-realm-role-mapper", "realm roles", {
        ...ACCESS,
        "claim.name": "realm_access.roles",
        multivalued: "true",
        "jsonType.label": "String",
      }),
      built("oidc-usermodel-client-role-mapper", "client roles", {
        ...ACCESS,
        "claim.name": "resource_access.${client_id}.roles",
        multivalued: "true",
        "jsonType.label": "String",
      }),
    ],
  },
  { name: "web-origins", ...hidden, mappers: [built("oidc-allowed-origins-mapper", "allowed web origins", ACCESS)] },
  { name: "service_account", ...hidden, mappers: ["client_id", "clientHost", "clientAddress"].map((key) => note(key, key)) },
  { name: "address", mappers: [built("oidc-address-mapper", "address", EVERYWHERE)] },
  {
    name: "phone",
    mappers: [
      user("phone number", "phoneNumber", "phone_number"),
      user("phone number verified", "phoneNumberVerified", "phone_number_verified", "boolean"),
    ],
  },
  {
    name: "microprofile-jwt",
    displayOnConsentScreen: false,
    mappers: [
      user("upn", "username", "upn"),
      built("oidc-usermodel-realm-role-mapper", "groups", {
        ...TOKENS,
        "claim.name": "groups",
        multivalued: "true",
        "jsonType.label": "String",
      }),
    ],
  },
  {
    name: "organization",
    mappers: [built("oidc-organization-membership-mapper", "organization", { ...TOKENS, "claim.name": "organization" })],
  },
  { name: "offline_access", roleScope: ["offline_access"] },
];
