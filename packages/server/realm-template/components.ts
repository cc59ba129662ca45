export interface ComponentTemplate {
  readonly name?: string;
  readonly providerId: string;
  readonly subType?: string;
  readonly subComponents: Readonly<Record<string, never>>;
  readonly config: Readonly<Record<string, readonly string[]>>;
}

export const KEY_PROVIDER = "org.keycloak.keys.KeyProvider";
export const REGISTRATION_POLICY = "org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy";
export const USER_PROFILE_PROVIDER = "org.keycloak.userprofile.UserProfileProvider";

const key = (name: string, providerId: string, config: ComponentTemplate["config"] = {}): ComponentTemplate => ({
  name,
  providerId,
  subComponents: {},
  config: { ...config, priority: ["100"] },
});

/** Key providers without their keys: these are made when the realm is stored. */
const KEY_PROVIDERS: readonly ComponentTemplate[] = [
  key("rsa-generated", "rsa-generated", { keyUse: ["SIG"] }),
  key("rsa-enc-generated", "rsa-enc-generated", { keyUse: ["ENC"], algorithm: ["RSA-OAEP"] }),
  key("hmac-generated-hs512", "hmac-generated", { algorithm: ["HS512"] }),
  key("aes-generated", "aes-generated"),
];

const policy = (name: string, providerId: string, subType: string, config: ComponentTemplate["config"] = {}): ComponentTemplate => ({
  name,
  providerId,
  subType,
  subComponents: {},
  config,
});
const mapperTypes = (subType: string): ComponentTemplate =>
  policy("Allowed Protocol Mapper Types", "allowed-protocol-mappers", subType, {
    "allowed-protocol-mapper-types": [
      "oidc-full-name-mapper",
      "oidc-usermodel-property-mapper",
      "oidc-usermodel-attribute-mapper",
      "oidc-address-mapper",
      "oidc-sha256-pairwise-sub-mapper",
      "saml-role-list-mapper",
      "saml-user-attribute-mapper",
      "saml-user-property-mapper",
    ],
  });
const clientScopes = (subType: string): ComponentTemplate =>
  policy("Allowed Client Scopes", "allowed-client-templates", subType, { "allow-default-scopes": ["true"] });

const REGISTRATION_POLICIES: readonly ComponentTemplate[] = [
  policy("Trusted Hosts", "trusted-hosts", "anonymous", {
    "host-sending-registration-request-must-match": ["true"],
    "client-uris-must-match": ["true"],
  }),
  policy("Consent Required", "consent-required", "anonymous"),
  policy("Full Scope Disabled", "scope", "anonymous"),
  policy("Max Clients Limit", "max-clients", "anonymous", { "max-clients": ["200"] }),
  mapperTypes("anonymous"),
  clientScopes("anonymous"),
  mapperTypes("authenticated"),
  clientScopes("authenticated"),
];

/**
 * Master stores its user profile: there, unlike in other realms, e-mail and names are not required, so that the bootstrap
 * administrator can log in with a user name alone.
 */
const EVERYBODY = { view: ["admin", "user"], edit: ["admin", "user"] };
const attribute = (name: string, validations: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  name,
  displayName: `\${${name}}`,
  validations,
  permissions: EVERYBODY,
  multivalued: false,
});
const personName = { length: { max: 255 }, "person-name-prohibited-characters": {} };
const MASTER_PROFILE = JSON.stringify({
  attributes: [
    attribute("username", {
      length: { min: 3, max: 255 },
      "username-prohibited-characters": {},
      "up-username-not-idn-homograph": {},
    }),
    attribute("email", { email: {}, length: { max: 255 } }),
    attribute("firstName", personName),
    attribute("lastName", personName),
  ],
  groups: [{ name: "user-metadata", displayHeader: "User metadata", displayDescription: "Attributes, which refer to user metadata" }],
});

/** `components` of a new realm: component type to providers. */
export function components(master: boolean): Readonly<Record<string, readonly ComponentTemplate[]>> {
  return {
    [REGISTRATION_POLICY]: REGISTRATION_POLICIES,
    ...(master
      ? {
          [USER_PROFILE_PROVIDER]: [
            { providerId: "declarative-user-profile", subComponents: {}, config: { "kc.user.profile.config": [MASTER_PROFILE] } },
          ],
        }
      : {}),
    [KEY_PROVIDER]: KEY_PROVIDERS,
  };
}
