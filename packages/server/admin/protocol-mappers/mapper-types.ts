const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/**
 * Keycloak's types of protocol mappers. One that is not understood here is stored and served, and writes nothing (the import warns of it);
 * a type that does not exist at all is refused.
 */
export const MAPPER_TYPES: ReadonlySet<string> = new Set([
  ...words(`
    oidc-acr-mapper
    oidc-address-mapper
    oidc-allowed-origins-mapper
    oidc-amr-mapper
    oidc-audience-mapper
    oidc-audience-resolve-mapper
    oidc-claims-param-token-mapper
    oidc-claims-param-value-idtoken-mapper
    oidc-full-name-mapper
    oidc-group-membership-mapper
    oidc-hardcoded-claim-mapper
    oidc-hardcoded-role-mapper
    oidc-nonce-backwards-compatible-mapper
    oidc-organization-membership-mapper
    oidc-role-name-mapper
    oidc-session-state-mapper
    oidc-sha256-pairwise-sub-mapper
    oidc-sub-mapper
    oidc-usermodel-attribute-mapper
    oidc-usermodel-client-role-mapper
    oidc-usermodel-property-mapper
    oidc-usermodel-realm-role-mapper
    oidc-usersessionmodel-note-mapper
  `),
  ...words(`
    docker-v2-allow-all-mapper
    saml-audience-mapper
    saml-audience-resolve-mapper
    saml-group-membership-mapper
    saml-hardcode-attribute-mapper
    saml-hardcode-role-mapper
    saml-organization-membership-mapper
    saml-role-list-mapper
    saml-role-name-mapper
    saml-user-attribute-mapper
    saml-user-attribute-nameid-mapper
    saml-user-property-mapper
    saml-user-session-note-mapper
  `),
]);
