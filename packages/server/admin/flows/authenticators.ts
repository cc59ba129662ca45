import { isProvider, type ProviderKind } from "../serverinfo/provider-ids.ts";

/** What a step may be, by the kind of flow it stands in. */
const KINDS: Readonly<Record<string, readonly ProviderKind[]>> = {
  "basic-flow": ["org.keycloak.authentication.Authenticator"],
  "client-flow": ["org.keycloak.authentication.ClientAuthenticator"],
  "form-flow": ["org.keycloak.authentication.FormAction"],
};

export const isFlowProvider = (providerId: string): boolean => Object.hasOwn(KINDS, providerId);

/** Whether a step of this authenticator can stand in a flow of this kind. */
export const fitsFlow = (flowProvider: string, authenticator: string): boolean =>
  (KINDS[flowProvider] ?? []).some((kind) => isProvider(kind, authenticator));

/** Names that tools show; others are shown by their id. */
const NAMES: Readonly<Record<string, string>> = {
  "auth-cookie": "Cookie",
  "auth-otp-form": "OTP Form",
  "auth-spnego": "Kerberos",
  "auth-username-password-form": "Username Password Form",
  "auth-username-form": "Username Form",
  "auth-password-form": "Password Form",
  "client-jwt": "Signed Jwt",
  "client-secret": "Client Id and Secret",
  "client-secret-jwt": "Signed Jwt with Client Secret",
  "client-x509": "X509 Certificate",
  "conditional-user-configured": "Condition - user configured",
  "conditional-user-role": "Condition - user role",
  "conditional-user-attribute": "Condition - user attribute",
  "conditional-level-of-authentication": "Condition - Level of Authentication",
  "deny-access-authenticator": "Deny access",
  "allow-access-authenticator": "Allow access",
  "direct-grant-validate-otp": "OTP",
  "direct-grant-validate-password": "Password",
  "direct-grant-validate-username": "Username Validation",
  "docker-http-basic-authenticator": "Docker Authenticator",
  "identity-provider-redirector": "Identity Provider Redirector",
  "idp-add-organization-member": "Organization Member Onboard",
  "idp-auto-link": "Automatically set existing user",
  "idp-confirm-link": "Confirm link existing account",
  "idp-create-user-if-unique": "Create User If Unique",
  "idp-email-verification": "Verify existing account by Email",
  "idp-review-profile": "Review Profile",
  "idp-username-password-form": "Username Password Form for identity provider reauthentication",
  organization: "Organization Identity-First Login",
  "registration-page-form": "registration form",
  "registration-password-action": "Password Validation",
  "registration-recaptcha-action": "reCAPTCHA",
  "registration-recaptcha-enterprise": "reCAPTCHA Enterprise",
  "registration-terms-and-conditions": "Terms and conditions",
  "registration-user-creation": "Registration User Profile Creation",
  "reset-credential-email": "Send Reset Email",
  "reset-credentials-choose-user": "Choose User",
  "reset-otp": "Reset OTP",
  "reset-password": "Reset Password",
  "user-session-limits": "User session count limiter",
  "webauthn-authenticator": "WebAuthn Authenticator",
  "webauthn-authenticator-passwordless": "WebAuthn Passwordless Authenticator",
};
export const nameOf = (authenticator: string): string => NAMES[authenticator] ?? authenticator;

const CONFIGURABLE: ReadonlySet<string> = new Set([
  "allow-access-authenticator",
  "auth-conditional-otp-form",
  "auth-x509-client-username-form",
  "conditional-client-scope",
  "conditional-level-of-authentication",
  "conditional-sub-flow-executed",
  "conditional-user-attribute",
  "conditional-user-role",
  "deny-access-authenticator",
  "direct-grant-auth-x509-username",
  "identity-provider-redirector",
  "idp-create-user-if-unique",
  "idp-review-profile",
  "organization",
  "registration-recaptcha-action",
  "registration-recaptcha-enterprise",
  "reset-credential-email",
  "reset-otp",
  "user-session-limits",
]);
export const isConfigurable = (authenticator: string): boolean => CONFIGURABLE.has(authenticator);

const ONLY_REQUIRED: ReadonlySet<string> = new Set([
  "auth-username-password-form",
  "auth-username-form",
  "auth-password-form",
  "direct-grant-validate-username",
  "docker-http-basic-authenticator",
  "idp-username-password-form",
  "reset-credential-email",
  "reset-credentials-choose-user",
]);

/** The requirements that a step of this authenticator can have. */
export function choicesOf(authenticator: string): readonly string[] {
  if (ONLY_REQUIRED.has(authenticator)) return ["REQUIRED"];
  if (authenticator.startsWith("conditional-") || authenticator.startsWith("registration-")) return ["REQUIRED", "DISABLED"];
  return ["REQUIRED", "ALTERNATIVE", "DISABLED"];
}

/** The requirements that a step can have that is a flow. */
export const FLOW_CHOICES: readonly string[] = ["REQUIRED", "ALTERNATIVE", "DISABLED", "CONDITIONAL"];

/** Client authenticators as `client-authenticator-providers` lists them. */
export const CLIENT_AUTHENTICATORS = [
  {
    id: "client-x509",
    displayName: "X509 Certificate",
    description: "Validates client based on a X509 Certificate",
    supportsSecret: false,
  },
  {
    id: "client-secret-jwt",
    displayName: "Signed Jwt with Client Secret",
    description: "Validates client based on signed JWT issued by client and signed with the Client Secret",
    supportsSecret: true,
  },
  {
    id: "client-secret",
    displayName: "Client Id and Secret",
    description:
      "Validates client based on 'client_id' and 'client_secret' sent either in request parameters or in 'Authorization: Basic' header",
    supportsSecret: true,
  },
  {
    id: "client-jwt",
    displayName: "Signed Jwt",
    description: "Validates client based on signed JWT issued by client and signed with the Client private key",
    supportsSecret: false,
  },
] as const;
