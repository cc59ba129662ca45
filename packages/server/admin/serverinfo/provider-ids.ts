/**
 * Ids of the providers that Keycloak 26.1.3 offers, by kind. Tools read them from `serverinfo`; what is stored with such an id (flows,
 * components, policies) is kept and exported faithfully, whether or not it does something here.
 */
const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const PROVIDER_IDS = {
  "org.keycloak.authentication.Authenticator": words(`
    allow-access-authenticator auth-conditional-otp-form auth-cookie auth-otp-form auth-password-form auth-spnego
    auth-username-form auth-username-password-form auth-x509-client-username-form conditional-client-scope
    conditional-level-of-authentication conditional-sub-flow-executed conditional-user-attribute
    conditional-user-configured conditional-user-role deny-access-authenticator direct-grant-auth-x509-username
    direct-grant-validate-otp direct-grant-validate-password direct-grant-validate-username
    docker-http-basic-authenticator http-basic-authenticator identity-provider-redirector
    idp-add-organization-member idp-auto-link idp-confirm-link idp-confirm-override-link idp-create-user-if-unique
    idp-detect-existing-broker-user idp-email-verification idp-review-profile idp-username-password-form
    organization reset-credential-email reset-credentials-choose-user reset-otp reset-password user-session-limits
    webauthn-authenticator webauthn-authenticator-passwordless
  `),
  "org.keycloak.authentication.ClientAuthenticator": words(`
    client-jwt client-secret client-secret-jwt client-x509
  `),
  "org.keycloak.authentication.FormAction": words(`
    registration-password-action registration-recaptcha-action registration-recaptcha-enterprise
    registration-terms-and-conditions registration-user-creation
  `),
  "org.keycloak.authentication.FormAuthenticator": words(`
    registration-page-form
  `),
  "org.keycloak.broker.provider.IdentityProvider": words(`
    keycloak-oidc oidc saml
  `),
  "org.keycloak.broker.provider.IdentityProviderMapper": words(`
    facebook-user-attribute-mapper github-user-attribute-mapper google-user-attribute-mapper
    hardcoded-attribute-idp-mapper hardcoded-user-session-attribute-idp-mapper instagram-user-attribute-mapper
    keycloak-oidc-role-to-role-idp-mapper linkedin-user-attribute-mapper microsoft-user-attribute-mapper
    oidc-advanced-group-idp-mapper oidc-advanced-role-idp-mapper oidc-hardcoded-group-idp-mapper
    oidc-hardcoded-role-idp-mapper oidc-role-idp-mapper oidc-user-attribute-idp-mapper
    oidc-user-session-note-idp-mapper oidc-username-idp-mapper openshift-v4-user-attribute-mapper
    paypal-user-attribute-mapper saml-advanced-group-idp-mapper saml-advanced-role-idp-mapper saml-role-idp-mapper
    saml-user-attribute-idp-mapper saml-username-idp-mapper saml-xpath-attribute-idp-mapper
    stackoverflow-user-attribute-mapper
  `),
  "org.keycloak.broker.social.SocialIdentityProvider": words(`
    bitbucket facebook github gitlab google instagram linkedin-openid-connect microsoft openshift-v4 paypal
    stackoverflow twitter
  `),
  "org.keycloak.keys.KeyProvider": words(`
    aes-generated ecdh-generated ecdsa-generated eddsa-generated hmac-generated java-keystore rsa rsa-enc
    rsa-enc-generated rsa-generated
  `),
  "org.keycloak.protocol.ProtocolMapper": words(`
    docker-v2-allow-all-mapper oidc-acr-mapper oidc-address-mapper oidc-allowed-origins-mapper oidc-amr-mapper
    oidc-audience-mapper oidc-audience-resolve-mapper oidc-claims-param-token-mapper
    oidc-claims-param-value-idtoken-mapper oidc-full-name-mapper oidc-group-membership-mapper
    oidc-hardcoded-claim-mapper oidc-hardcoded-role-mapper oidc-nonce-backwards-compatible-mapper
    oidc-organization-membership-mapper oidc-role-name-mapper oidc-session-state-mapper
    oidc-sha256-pairwise-sub-mapper oidc-sub-mapper oidc-usermodel-attribute-mapper
    oidc-usermodel-client-role-mapper oidc-usermodel-property-mapper oidc-usermodel-realm-role-mapper
    oidc-usersessionmodel-note-mapper saml-audience-mapper saml-audience-resolve-mapper
    saml-group-membership-mapper saml-hardcode-attribute-mapper saml-hardcode-role-mapper
    saml-organization-membership-mapper saml-role-list-mapper saml-role-name-mapper saml-user-attribute-mapper
    saml-user-attribute-nameid-mapper saml-user-property-mapper saml-user-session-note-mapper
  `),
  "org.keycloak.services.clientpolicy.condition.ClientPolicyConditionProvider": words(`
    any-client client-access-type client-attributes client-roles client-scopes client-type client-updater-context
    client-updater-source-groups client-updater-source-host client-updater-source-roles
  `),
  "org.keycloak.services.clientpolicy.executor.ClientPolicyExecutorProvider": words(`
    confidential-client consent-required dpop-bind-enforcer full-scope-disabled holder-of-key-enforcer
    intent-client-bind-checker pkce-enforcer registration-access-token-rotation-disabled reject-implicit-grant
    reject-request reject-ropc-grant saml-avoid-redirect saml-secure-client-uris saml-signature-enforcer
    secure-ciba-req-sig-algorithm secure-ciba-session secure-ciba-signed-authn-req secure-client-authenticator
    secure-client-uris secure-logout secure-par-content secure-redirect-uris-enforcer secure-request-object
    secure-response-type secure-session secure-signature-algorithm secure-signature-algorithm-signed-jwt
    suppress-refresh-token-rotation use-lightweight-access-token
  `),
  "org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy": words(`
    allowed-client-templates allowed-protocol-mappers client-disabled consent-required max-clients scope
    trusted-hosts
  `),
  "org.keycloak.storage.UserStorageProvider": words(`
    kerberos ldap
  `),
  "org.keycloak.storage.ldap.mappers.LDAPStorageMapper": words(`
    certificate-ldap-mapper full-name-ldap-mapper group-ldap-mapper hardcoded-attribute-mapper
    hardcoded-ldap-attribute-mapper hardcoded-ldap-group-mapper hardcoded-ldap-role-mapper
    kerberos-principal-attribute-mapper msad-lds-user-account-control-mapper msad-user-account-control-mapper
    role-ldap-mapper user-attribute-ldap-mapper
  `),
  "org.keycloak.userprofile.UserProfileProvider": words(`
    declarative-user-profile
  `),
  "org.keycloak.validate.Validator": words(`
    double email integer iso-date length local-date multivalued options pattern person-name-prohibited-characters
    up-username-not-idn-homograph uri username-prohibited-characters
  `),
} as const;

export type ProviderKind = keyof typeof PROVIDER_IDS;

/** Whether there is a provider of this kind and id. */
export const isProvider = (kind: ProviderKind, id: unknown): boolean => (PROVIDER_IDS[kind] as readonly unknown[]).includes(id);

export const isProviderKind = (kind: string): kind is ProviderKind => Object.hasOwn(PROVIDER_IDS, kind);
