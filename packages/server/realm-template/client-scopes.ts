/** The client scopes a new realm has in Keycloak 26.1.3, with their mappers. */

export interface MapperTemplate {
  readonly name: string;
  readonly protocol: string;
  readonly protocolMapper: string;
  readonly consentRequired: false;
  readonly config: Readonly<Record<string, string>>;
}
export interface ClientScopeTemplate {
  readonly name: string;
  readonly description: string;
  readonly protocol: "openid-connect" | "saml";
  readonly attributes: Readonly<Record<string, string>>;
  readonly protocolMappers?: readonly MapperTemplate[];
}

/** Tokens and answers a mapper writes to. */
const ACCESS = { "introspection.token.claim": "true", "access.token.claim": "true" };
const ACCESS_AND_ID = { ...ACCESS, "id.token.claim": "true" };
const EVERYWHERE = { ...ACCESS_AND_ID, "userinfo.token.claim": "true" };

export const mapper = (
  name: string,
  protocolMapper: string,
  config: Readonly<Record<string, string>>,
  protocol = "openid-connect",
): MapperTemplate => ({ name, protocol, protocolMapper, consentRequired: false, config });

export const attributeMapper = (name: string, attribute: string, claim: string, type = "String"): MapperTemplate =>
  mapper(name, "oidc-usermodel-attribute-mapper", {
    ...EVERYWHERE,
    "user.attribute": attribute,
    "claim.name": claim,
    "jsonType.label": type,
  });
const noteMapper = (name: string, note: string, claim: string, type: string): MapperTemplate =>
  mapper(name, "oidc-usersessionmodel-note-mapper", {
    ...ACCESS_AND_ID,
    "user.session.note": note,
    "claim.name": claim,
    "jsonType.label": type,
  });
/** Role mappers carry an attribute name that means nothing; Keycloak has it, and exports are compared. */
const roleMapper = (
  name: string,
  protocolMapper: string,
  claim: string,
  targets: Readonly<Record<string, string>> = ACCESS,
): MapperTemplate =>
  mapper(name, protocolMapper, {
    ...targets,
    multivalued: "true",
    "user.attribute": "foo",
    "claim.name": claim,
    "jsonType.label": "String",
  });

interface Shown {
  /** In the token's `scope`; undefined: the attribute is not there, which counts as yes. */
  readonly inToken?: boolean;
  readonly onConsentScreen: boolean;
  readonly consentText?: string;
}
const attributes = ({ inToken, onConsentScreen, consentText }: Shown): Readonly<Record<string, string>> => ({
  ...(inToken === undefined ? {} : { "include.in.token.scope": String(inToken) }),
  "display.on.consent.screen": String(onConsentScreen),
  ...(consentText === undefined ? {} : { "consent.screen.text": consentText }),
});
const consentText = (name: string): string => `\${${name}ScopeConsentText}`;

const scope = (
  name: string,
  description: string,
  shown: Shown,
  protocolMappers: readonly MapperTemplate[] = [],
  protocol: "openid-connect" | "saml" = "openid-connect",
): ClientScopeTemplate => ({
  name,
  description,
  protocol,
  attributes: attributes(shown),
  ...(protocolMappers.length > 0 ? { protocolMappers } : {}),
});
const HIDDEN: Shown = { inToken: false, onConsentScreen: false };
const builtIn = (name: string, protocolMappers: readonly MapperTemplate[]): ClientScopeTemplate =>
  scope(
    name,
    `OpenID Connect built-in scope: ${name}`,
    { inToken: true, onConsentScreen: true, consentText: consentText(name) },
    protocolMappers,
  );

/** The only scope that a realm gets even when its file brings scopes of its own. */
export const OFFLINE_ACCESS: ClientScopeTemplate = scope("offline_access", "OpenID Connect built-in scope: offline_access", {
  onConsentScreen: true,
  consentText: consentText("offlineAccess"),
});

export const CLIENT_SCOPES: readonly ClientScopeTemplate[] = [
  scope(
    "role_list",
    "SAML role list",
    { onConsentScreen: true, consentText: consentText("samlRoleList") },
    [mapper("role list", "saml-role-list-mapper", { single: "false", "attribute.nameformat": "Basic", "attribute.name": "Role" }, "saml")],
    "saml",
  ),
  builtIn("address", [
    mapper("address", "oidc-address-mapper", {
      ...EVERYWHERE,
      "user.attribute.formatted": "formatted",
      "user.attribute.country": "country",
      "user.attribute.postal_code": "postal_code",
      "user.attribute.street": "street",
      "user.attribute.region": "region",
      "user.attribute.locality": "locality",
    }),
  ]),
  scope(
    "saml_organization",
    "Organization Membership",
    { onConsentScreen: false },
    [mapper("organization", "saml-organization-membership-mapper", {}, "saml")],
    "saml",
  ),
  scope("basic", "OpenID Connect scope for add all basic claims to the token", HIDDEN, [
    noteMapper("auth_time", "AUTH_TIME", "auth_time", "long"),
    mapper("sub", "oidc-sub-mapper", ACCESS),
  ]),
  builtIn("email", [
    attributeMapper("email", "email", "email"),
    mapper("email verified", "oidc-usermodel-property-mapper", {
      ...EVERYWHERE,
      "user.attribute": "emailVerified",
      "claim.name": "email_verified",
      "jsonType.label": "boolean",
    }),
  ]),
  builtIn("phone", [
    attributeMapper("phone number", "phoneNumber", "phone_number"),
    attributeMapper("phone number verified", "phoneNumberVerified", "phone_number_verified", "boolean"),
  ]),
  scope("microprofile-jwt", "Microprofile - JWT built-in scope", { inToken: true, onConsentScreen: false }, [
    attributeMapper("upn", "username", "upn"),
    roleMapper("groups", "oidc-usermodel-realm-role-mapper", "groups", ACCESS_AND_ID),
  ]),
  builtIn("profile", [
    mapper("full name", "oidc-full-name-mapper", EVERYWHERE),
    attributeMapper("given name", "firstName", "given_name"),
    attributeMapper("family name", "lastName", "family_name"),
    attributeMapper("middle name", "middleName", "middle_name"),
    attributeMapper("nickname", "nickname", "nickname"),
    attributeMapper("username", "username", "preferred_username"),
    attributeMapper("profile", "profile", "profile"),
    attributeMapper("picture", "picture", "picture"),
    attributeMapper("website", "website", "website"),
    attributeMapper("gender", "gender", "gender"),
    attributeMapper("birthdate", "birthdate", "birthdate"),
    attributeMapper("zoneinfo", "zoneinfo", "zoneinfo"),
    attributeMapper("locale", "locale", "locale"),
    attributeMapper("updated at", "updatedAt", "updated_at", "long"),
  ]),
  scope("service_account", "Specific scope for a client enabled for service accounts", HIDDEN, [
    noteMapper("Client ID", "client_id", "client_id", "String"),
    noteMapper("Client Host", "clientHost", "clientHost", "String"),
    noteMapper("Client IP Address", "clientAddress", "clientAddress", "String"),
  ]),
  scope("web-origins", "OpenID Connect scope for add allowed web origins to the access token", { ...HIDDEN, consentText: "" }, [
    mapper("allowed web origins", "oidc-allowed-origins-mapper", ACCESS),
  ]),
  scope(
    "roles",
    "OpenID Connect scope for add user roles to the access token",
    { inToken: false, onConsentScreen: true, consentText: consentText("roles") },
    [
      roleMapper("realm roles", "oidc-usermodel-realm-role-mapper", "realm_access.roles"),
      roleMapper("client roles", "oidc-usermodel-client-role-mapper", "resource_access.${client_id}.roles"),
      mapper("audience resolve", "oidc-audience-resolve-mapper", ACCESS),
    ],
  ),
  OFFLINE_ACCESS,
  scope(
    "organization",
    "Additional claims about the organization a subject belongs to",
    { inToken: true, onConsentScreen: true, consentText: consentText("organization") },
    [
      mapper("organization", "oidc-organization-membership-mapper", {
        ...ACCESS_AND_ID,
        multivalued: "true",
        "claim.name": "organization",
        "jsonType.label": "String",
      }),
    ],
  ),
  scope("acr", "OpenID Connect scope for add acr (authentication context class reference) to the token", HIDDEN, [
    mapper("acr loa level", "oidc-acr-mapper", ACCESS_AND_ID),
  ]),
];

export const DEFAULT_CLIENT_SCOPES: readonly string[] = [
  "role_list",
  "saml_organization",
  "profile",
  "email",
  "roles",
  "web-origins",
  "acr",
  "basic",
];
export const OPTIONAL_CLIENT_SCOPES: readonly string[] = ["offline_access", "address", "phone", "microprofile-jwt", "organization"];
