/**
 * The authentication flows a new realm has in Keycloak 26.1.3. They are served and exported for the tools that read them; sign-in here
 * does not run them.
 */

interface Step {
  readonly authenticator?: string;
  readonly authenticatorConfig?: string;
  readonly flowAlias?: string;
  readonly requirement: Requirement;
  readonly priority: number;
}
type Requirement = "REQUIRED" | "ALTERNATIVE" | "CONDITIONAL" | "DISABLED";
type Provider = "basic-flow" | "client-flow" | "form-flow";
interface Flow {
  readonly alias: string;
  readonly description?: string;
  readonly providerId: Provider;
  readonly topLevel: boolean;
  readonly steps: readonly Step[];
}

const step = (authenticator: string, requirement: Requirement, priority: number, authenticatorConfig?: string): Step => ({
  authenticator,
  requirement,
  priority,
  ...(authenticatorConfig === undefined ? {} : { authenticatorConfig }),
});
const subflow = (flowAlias: string, requirement: Requirement, priority: number): Step => ({ flowAlias, requirement, priority });
const form = (authenticator: string, flowAlias: string, requirement: Requirement, priority: number): Step => ({
  authenticator,
  flowAlias,
  requirement,
  priority,
});
const top = (alias: string, description: string, steps: readonly Step[], providerId: Provider = "basic-flow"): Flow => ({
  alias,
  description,
  providerId,
  topLevel: true,
  steps,
});
const sub = (alias: string, description: string | undefined, steps: readonly Step[], providerId: Provider = "basic-flow"): Flow => ({
  alias,
  ...(description === undefined ? {} : { description }),
  providerId,
  topLevel: false,
  steps,
});

/** Alias of a step's settings. Written apart: it begins like a statement of another language. */
const UNIQUE_USER = "unique user config";
const IF_UNIQUE = `create ${UNIQUE_USER}`;

const OTP_NEEDED = "Flow to determine if the OTP is required for the authentication";

/** In the order of an export. */
const FLOWS: readonly Flow[] = [
  sub("Account verification options", "Method with which to verity the existing account", [
    step("idp-email-verification", "ALTERNATIVE", 10),
    subflow("Verify Existing Account by Re-authentication", "ALTERNATIVE", 20),
  ]),
  sub("Browser - Conditional OTP", OTP_NEEDED, [
    step("conditional-user-configured", "REQUIRED", 10),
    step("auth-otp-form", "REQUIRED", 20),
  ]),
  sub("Browser - Conditional Organization", "Flow to determine if the organization identity-first login is to be used", [
    step("conditional-user-configured", "REQUIRED", 10),
    step("organization", "ALTERNATIVE", 20),
  ]),
  sub("Direct Grant - Conditional OTP", OTP_NEEDED, [
    step("conditional-user-configured", "REQUIRED", 10),
    step("direct-grant-validate-otp", "REQUIRED", 20),
  ]),
  sub(
    "First Broker Login - Conditional Organization",
    "Flow to determine if the authenticator that adds organization members is to be used",
    [step("conditional-user-configured", "REQUIRED", 10), step("idp-add-organization-member", "REQUIRED", 20)],
  ),
  sub("First broker login - Conditional OTP", OTP_NEEDED, [
    step("conditional-user-configured", "REQUIRED", 10),
    step("auth-otp-form", "REQUIRED", 20),
  ]),
  sub(
    "Handle Existing Account",
    "Handle what to do if there is existing account with same email/username like authenticated identity provider",
    [step("idp-confirm-link", "REQUIRED", 10), subflow("Account verification options", "REQUIRED", 20)],
  ),
  sub("Organization", undefined, [subflow("Browser - Conditional Organization", "CONDITIONAL", 10)]),
  sub("Reset - Conditional OTP", "Flow to determine if the OTP should be reset or not. Set to REQUIRED to force.", [
    step("conditional-user-configured", "REQUIRED", 10),
    step("reset-otp", "REQUIRED", 20),
  ]),
  sub("User creation or linking", "Flow for the existing/non-existing user alternatives", [
    step("idp-create-user-if-unique", "ALTERNATIVE", 10, IF_UNIQUE),
    subflow("Handle Existing Account", "ALTERNATIVE", 20),
  ]),
  sub("Verify Existing Account by Re-authentication", "Reauthentication of existing account", [
    step("idp-username-password-form", "REQUIRED", 10),
    subflow("First broker login - Conditional OTP", "CONDITIONAL", 20),
  ]),
  top("browser", "Browser based authentication", [
    step("auth-cookie", "ALTERNATIVE", 10),
    step("auth-spnego", "DISABLED", 20),
    step("identity-provider-redirector", "ALTERNATIVE", 25),
    subflow("Organization", "ALTERNATIVE", 26),
    subflow("forms", "ALTERNATIVE", 30),
  ]),
  top(
    "clients",
    "Base authentication for clients",
    [
      step("client-secret", "ALTERNATIVE", 10),
      step("client-jwt", "ALTERNATIVE", 20),
      step("client-secret-jwt", "ALTERNATIVE", 30),
      step("client-x509", "ALTERNATIVE", 40),
    ],
    "client-flow",
  ),
  top("direct grant", "OpenID Connect Resource Owner Grant", [
    step("direct-grant-validate-username", "REQUIRED", 10),
    step("direct-grant-validate-password", "REQUIRED", 20),
    subflow("Direct Grant - Conditional OTP", "CONDITIONAL", 30),
  ]),
  top("docker auth", "Used by Docker clients to authenticate against the IDP", [step("docker-http-basic-authenticator", "REQUIRED", 10)]),
  top(
    "first broker login",
    "Actions taken after first broker login with identity provider account, which is not yet linked to any Keycloak account",
    [
      step("idp-review-profile", "REQUIRED", 10, "review profile config"),
      subflow("User creation or linking", "REQUIRED", 20),
      subflow("First Broker Login - Conditional Organization", "CONDITIONAL", 50),
    ],
  ),
  sub("forms", "Username, password, otp and other auth forms.", [
    step("auth-username-password-form", "REQUIRED", 10),
    subflow("Browser - Conditional OTP", "CONDITIONAL", 20),
  ]),
  top("registration", "Registration flow", [form("registration-page-form", "registration form", "REQUIRED", 10)]),
  sub(
    "registration form",
    "Registration form",
    [
      step("registration-user-creation", "REQUIRED", 20),
      step("registration-password-action", "REQUIRED", 50),
      step("registration-recaptcha-action", "DISABLED", 60),
      step("registration-terms-and-conditions", "DISABLED", 70),
    ],
    "form-flow",
  ),
  top("reset credentials", "Reset credentials for a user if they forgot their password or something", [
    step("reset-credentials-choose-user", "REQUIRED", 10),
    step("reset-credential-email", "REQUIRED", 20),
    step("reset-password", "REQUIRED", 30),
    subflow("Reset - Conditional OTP", "CONDITIONAL", 40),
  ]),
  top("saml ecp", "SAML ECP Profile Authentication Flow", [step("http-basic-authenticator", "REQUIRED", 10)]),
];

/** Master is made before organizations are, and has no steps for them. */
const ORGANIZATION_FLOWS: ReadonlySet<string> = new Set([
  "Organization",
  "Browser - Conditional Organization",
  "First Broker Login - Conditional Organization",
]);

/** `authenticationFlows` of a new realm. */
export function authenticationFlows(master: boolean): readonly Readonly<Record<string, unknown>>[] {
  const left = (alias: string | undefined): boolean => !(master && alias !== undefined && ORGANIZATION_FLOWS.has(alias));
  return FLOWS.filter(({ alias }) => left(alias)).map(({ alias, description, providerId, topLevel, steps }) => ({
    alias,
    ...(description === undefined ? {} : { description }),
    providerId,
    topLevel,
    builtIn: true,
    authenticationExecutions: steps.filter(({ flowAlias }) => left(flowAlias)).map(execution),
  }));
}

/** The misspelt member is in Keycloak's files beside the right one, and older readers want it. */
const execution = ({ authenticator, authenticatorConfig, flowAlias, requirement, priority }: Step): Readonly<Record<string, unknown>> => ({
  ...(authenticatorConfig === undefined ? {} : { authenticatorConfig }),
  ...(authenticator === undefined ? {} : { authenticator }),
  authenticatorFlow: flowAlias !== undefined,
  requirement,
  priority,
  autheticatorFlow: flowAlias !== undefined,
  ...(flowAlias === undefined ? {} : { flowAlias }),
  userSetupAllowed: false,
});

/** `authenticatorConfig` of a new realm. */
export const AUTHENTICATOR_CONFIG = [
  { alias: IF_UNIQUE, config: { "require.password.update.after.registration": "false" } },
  { alias: "review profile config", config: { "update.profile.on.first.login": "missing" } },
] as const;

/** Which flow a realm uses for what. */
export const FLOW_BINDINGS = {
  browserFlow: "browser",
  registrationFlow: "registration",
  directGrantFlow: "direct grant",
  resetCredentialsFlow: "reset credentials",
  clientAuthenticationFlow: "clients",
  dockerAuthenticationFlow: "docker auth",
  firstBrokerLoginFlow: "first broker login",
} as const;
