import { holdsSecret, withoutSecrets } from "../secrets/secret-names.ts";
import type { RealmNode } from "./realm-node.ts";

/**
 * What a known member holds. `elsewhere`: read by code of its own into columns or other tables. `dropped`: worked out from other data,
 * or without meaning outside the server that wrote the file.
 */
export type FieldKind = "text" | "flag" | "whole" | "texts" | "map" | "any" | "elsewhere" | "dropped";
export type Fields = ReadonlyMap<string, FieldKind>;

export interface ReadFields {
  /**
   * Known members of kinds that stay in the representation, in their proper types, and unknown ones as they stand in the file, without secrets:
   * nothing here knows how to keep those.
   */
  readonly kept: Readonly<Record<string, unknown>>;
  /** Names of the unknown ones. */
  readonly unknown: readonly string[];
}

/**
 * Splits an object of the file by a table of fields. @throws {ImportError} a known member of the wrong type
 */
export function readFields(node: RealmNode, fields: Fields): ReadFields {
  const kept: [string, unknown][] = [];
  const unknown: string[] = [];
  for (const name of node.keys()) {
    const kind = fields.get(name);
    if (kind === "elsewhere" || kind === "dropped") continue;
    if (kind === undefined) unknown.push(name);
    if (kind === undefined && holdsSecret(name)) continue;
    const value = kind === undefined ? withoutSecrets(node.members[name]) : readField(node, name, kind);
    if (value !== undefined) kept.push([name, value]);
  }
  return { kept: Object.fromEntries(kept), unknown };
}

function readField(node: RealmNode, name: string, kind: Exclude<FieldKind, "elsewhere" | "dropped">): unknown {
  switch (kind) {
    case "text":
      return node.text(name);
    case "flag":
      return node.flag(name);
    case "whole":
      return node.whole(name);
    case "texts":
      return node.texts(name);
    case "map":
      return node.map(name);
    case "any":
      return node.members[name];
    default:
      return kind satisfies never;
  }
}

function table(rows: Readonly<Partial<Record<FieldKind, string>>>): Fields {
  return new Map(
    Object.entries(rows).flatMap(([kind, names]) => names.split(/\s+/).map((name) => [name, kind as FieldKind] as const)), // keys of `rows`
  );
}

const webAuthn = (names: string): string =>
  names
    .split(" ")
    .flatMap((name) => [`webAuthnPolicy${name}`, `webAuthnPolicyPasswordless${name}`])
    .join(" ");

/** Members of Keycloak's realm representation, 26.1 and what older files carry. */
export const REALM_FIELDS: Fields = table({
  elsewhere:
    "id realm enabled roles groups defaultRole defaultRoles users federatedUsers scopeMappings clientScopeMappings clients clientScopes " +
    "identityProviders identityProviderMappers components attributes smtpServer sslRequired bruteForceStrategy privateKey certificate " +
    "defaultGroups defaultDefaultClientScopes defaultOptionalClientScopes organizations",
  dropped: "publicKey codeSecret userCacheEnabled realmCacheEnabled passwordCredentialGrantAllowed",
  text:
    "displayName displayNameHtml defaultSignatureAlgorithm passwordPolicy otpPolicyType otpPolicyAlgorithm loginTheme accountTheme " +
    "adminTheme emailTheme defaultLocale browserFlow registrationFlow directGrantFlow resetCredentialsFlow clientAuthenticationFlow " +
    `dockerAuthenticationFlow firstBrokerLoginFlow keycloakVersion ${webAuthn(
      "RpEntityName RpId AttestationConveyancePreference AuthenticatorAttachment RequireResidentKey UserVerificationRequirement",
    )}`,
  flag:
    "revokeRefreshToken offlineSessionMaxLifespanEnabled registrationAllowed registrationEmailAsUsername rememberMe verifyEmail " +
    "loginWithEmailAllowed duplicateEmailsAllowed resetPasswordAllowed editUsernameAllowed bruteForceProtected permanentLockout " +
    "otpPolicyCodeReusable eventsEnabled adminEventsEnabled adminEventsDetailsEnabled internationalizationEnabled " +
    "userManagedAccessAllowed organizationsEnabled verifiableCredentialsEnabled adminPermissionsEnabled social " +
    `updateProfileOnInitialSocialLogin ${webAuthn("AvoidSameAuthenticatorRegister")}`,
  whole:
    "notBefore refreshTokenMaxReuse accessTokenLifespan accessTokenLifespanForImplicitFlow ssoSessionIdleTimeout ssoSessionMaxLifespan " +
    "ssoSessionIdleTimeoutRememberMe ssoSessionMaxLifespanRememberMe offlineSessionIdleTimeout offlineSessionMaxLifespan " +
    "clientSessionIdleTimeout clientSessionMaxLifespan clientOfflineSessionIdleTimeout clientOfflineSessionMaxLifespan accessCodeLifespan " +
    "accessCodeLifespanUserAction accessCodeLifespanLogin actionTokenGeneratedByAdminLifespan actionTokenGeneratedByUserLifespan " +
    "oauth2DeviceCodeLifespan oauth2DevicePollingInterval maxTemporaryLockouts maxFailureWaitSeconds minimumQuickLoginWaitSeconds " +
    "waitIncrementSeconds quickLoginCheckMilliSeconds maxDeltaTimeSeconds failureFactor otpPolicyInitialCounter otpPolicyDigits " +
    `otpPolicyLookAheadWindow otpPolicyPeriod eventsExpiration ${webAuthn("CreateTimeout")}`,
  texts:
    "requiredCredentials otpSupportedApplications eventsListeners enabledEventTypes supportedLocales " +
    `webAuthnPolicyPasswordlessExtraOrigins webAuthnPolicyExtraOrigins ${webAuthn("SignatureAlgorithms AcceptableAaguids")}`,
  map: "browserSecurityHeaders socialProviders",
  any:
    "localizationTexts authenticationFlows authenticatorConfig requiredActions clientProfiles clientPolicies " +
    "userFederationProviders userFederationMappers protocolMappers clientTemplates applications applicationScopeMappings oauthClients " +
    "webAuthnPolicyPasswordlessPasskeysEnabled",
});

export const CLIENT_FIELDS: Fields = table({
  elsewhere:
    "id clientId enabled secret defaultClientScopes optionalClientScopes authorizationSettings protocolMappers attributes defaultRoles",
  dropped: "access registrationAccessToken registeredNodes",
  text: "name description rootUrl adminUrl baseUrl clientAuthenticatorType protocol type origin clientTemplate",
  flag:
    "surrogateAuthRequired alwaysDisplayInConsole bearerOnly consentRequired standardFlowEnabled implicitFlowEnabled " +
    "directAccessGrantsEnabled serviceAccountsEnabled authorizationServicesEnabled publicClient frontchannelLogout fullScopeAllowed " +
    "directGrantsOnly useTemplateConfig useTemplateScope useTemplateMappers",
  whole: "notBefore nodeReRegistrationTimeout",
  texts: "redirectUris webOrigins",
  map: "authenticationFlowBindingOverrides",
});

export const USER_FIELDS: Fields = table({
  elsewhere:
    "id username email emailVerified firstName lastName enabled createdTimestamp notBefore serviceAccountClientId attributes " +
    "requiredActions credentials realmRoles clientRoles groups federatedIdentities clientConsents",
  dropped: "totp disableableCredentialTypes access self applicationRoles socialLinks userProfileMetadata",
  text: "federationLink origin",
});

export const ROLE_FIELDS: Fields = table({
  elsewhere: "id name composites attributes",
  dropped: "composite clientRole containerId scopeParamRequired",
  text: "description",
});

export const GROUP_FIELDS: Fields = table({
  elsewhere: "id name subGroups realmRoles clientRoles attributes",
  dropped: "path parentId subGroupCount access",
  text: "description",
});

export const SCOPE_FIELDS: Fields = table({ elsewhere: "id name protocol attributes protocolMappers", text: "description" });

export const MAPPER_FIELDS: Fields = table({
  elsewhere: "id name protocol protocolMapper config",
  flag: "consentRequired",
  text: "consentText",
});

export const COMPONENT_FIELDS: Fields = table({
  elsewhere: "id config",
  dropped: "parentId providerType",
  text: "name providerId subType",
  any: "subComponents",
});

export const PROVIDER_FIELDS: Fields = table({
  elsewhere: "internalId alias enabled config",
  dropped: "types",
  text: "displayName providerId updateProfileFirstLoginMode firstBrokerLoginFlowAlias postBrokerLoginFlowAlias organizationId",
  flag: "trustEmail storeToken addReadTokenRoleOnCreate authenticateByDefault linkOnly hideOnLogin updateProfileFirstLogin",
});

export const PROVIDER_MAPPER_FIELDS: Fields = table({
  elsewhere: "id name identityProviderAlias",
  text: "identityProviderMapper",
  map: "config",
});
