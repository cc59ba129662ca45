import type { FlowFacts, SettingFacts } from "@cambist/core/migration/facts.ts";
import type { ComponentRow, IdentityProviderRow, Json } from "@cambist/store/config-ports.ts";
import { PASSWORD_POLICIES } from "../admin/realms/password-policies.ts";
import { isProvider } from "../admin/serverinfo/provider-ids.ts";
import { isHashAlgorithm } from "../passwords/policy.ts";
import { FLOW_BINDINGS } from "../realm-template/authentication-flows.ts";
import { REGISTRATION_POLICY } from "../realm-template/components.ts";
import { REQUIRED_ACTIONS } from "../realm-template/required-actions.ts";
import { isJsonObject, jsonObjects, jsonTexts } from "../realms/json-object.ts";

type Extension = SettingFacts["extensions"][number];

const USER_STORE = "org.keycloak.storage.UserStorageProvider";
const THEMES = ["loginTheme", "accountTheme", "adminTheme", "emailTheme"] as const;
const PAGES = ["registrationAllowed", "resetPasswordAllowed", "verifyEmail", "rememberMe"] as const;
/** Docker's protocol is off by default, and its flow with it. */
const { dockerAuthenticationFlow: _off, ...USUAL_FLOWS } = FLOW_BINDINGS;
/** Required actions that later versions of Keycloak bring, or that are preview in 26.1.3. */
const LATER_ACTIONS = ["CONFIGURE_RECOVERY_AUTHN_CODES", "UPDATE_EMAIL", "idp_link", "add_passkey"];
const KNOWN_ACTIONS: ReadonlySet<string> = new Set([...REQUIRED_ACTIONS.map(({ providerId }) => providerId), ...LATER_ACTIONS]);

/** Reads a realm as it is stored for settings that do something at a Keycloak and something else, or nothing, here. */
export function settingFacts(
  realm: Json,
  { components, providers }: { readonly components: readonly ComponentRow[]; readonly providers: readonly IdentityProviderRow[] },
): SettingFacts {
  const attributes = isJsonObject(realm["attributes"]) ? realm["attributes"] : {};
  const { frontendUrl } = attributes;
  const rules = passwordRules(realm["passwordPolicy"]);
  const hash = rules.find(({ id }) => id === "hashAlgorithm")?.value;
  const smtp = realm["smtpServer"];
  const mailHost = isJsonObject(smtp) ? smtp["host"] : undefined;
  const flows = flowFacts(realm["authenticationFlows"]);
  const directGrantFlow = textOf(realm["directGrantFlow"]) ?? USUAL_FLOWS.directGrantFlow;
  return {
    ...(typeof frontendUrl === "string" && frontendUrl !== "" && { frontendUrl }),
    ...(hash !== undefined && !isHashAlgorithm(hash) && { unknownHashAlgorithm: hash }),
    ...(typeof mailHost === "string" && mailHost !== "" && { mailHost }),
    themes: THEMES.flatMap((member) => (textOf(realm[member]) ? [`${member} ${textOf(realm[member])}`] : [])),
    pages: PAGES.filter((member) => realm[member] === true),
    listeners: jsonTexts(realm["eventsListeners"]).filter((name) => name !== "jboss-logging"),
    clientPolicies: jsonObjects(isJsonObject(realm["clientPolicies"]) ? realm["clientPolicies"]["policies"] : undefined).map(({ name }) =>
      String(name),
    ),
    flows,
    bindings: Object.entries(USUAL_FLOWS).flatMap(([place, usual]) => {
      const alias = textOf(realm[place]);
      return alias !== undefined && alias !== usual ? [{ place, alias }] : [];
    }),
    directGrantFlow,
    userStores: components.filter(({ providerType }) => providerType === USER_STORE).map(userStore),
    registrationHosts: components.flatMap(({ providerType, representation }) =>
      providerType === REGISTRATION_POLICY && representation["providerId"] === "trusted-hosts"
        ? configTexts(representation, "trusted-hosts")
        : [],
    ),
    extensions: [...extensions({ realm, flows, components, providers }), ...unknownRules(rules)],
    adminPermissionsEnabled: realm["adminPermissionsEnabled"] === true,
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const configTexts = ({ config }: Json, name: string): readonly string[] => jsonTexts(isJsonObject(config) ? config[name] : undefined);

/** `length(8) and notUsername` taken apart. */
function passwordRules(policy: unknown): readonly { readonly id: string; readonly value: string }[] {
  return (textOf(policy) ?? "").split(" and ").flatMap((part) => {
    const [, id, value] = /^\s*(\w+)(?:\((.*)\))?\s*$/s.exec(part) ?? [];
    return id === undefined ? [] : [{ id, value: value?.trim() ?? "" }];
  });
}

const unknownRules = (rules: ReturnType<typeof passwordRules>): readonly Extension[] =>
  rules.flatMap(({ id }) => (PASSWORD_POLICIES.some((known) => known.id === id) ? [] : [{ kind: "password rule", id }]));

function flowFacts(value: unknown): readonly FlowFacts[] {
  return jsonObjects(value).map((flow) => ({
    alias: String(flow["alias"]),
    builtIn: flow["builtIn"] === true,
    topLevel: flow["topLevel"] === true,
    steps: jsonObjects(flow["authenticationExecutions"]).flatMap(({ requirement, authenticator, flowAlias }): FlowFacts["steps"] => {
      if (requirement === "DISABLED") return [];
      if (typeof flowAlias === "string") return [{ flow: flowAlias }];
      return typeof authenticator === "string" ? [{ authenticator }] : [];
    }),
  }));
}

function userStore({ id, representation }: ComponentRow): SettingFacts["userStores"][number] {
  const providerId = String(representation["providerId"]);
  const kerberos = providerId === "kerberos" || configTexts(representation, "allowKerberosAuthentication")[0] === "true";
  return { name: textOf(representation["name"]) ?? id, providerId, kerberos };
}

const STEPS = [
  "org.keycloak.authentication.Authenticator",
  "org.keycloak.authentication.FormAction",
  "org.keycloak.authentication.FormAuthenticator",
  "org.keycloak.authentication.ClientAuthenticator",
] as const;

interface ExtensionSources {
  readonly realm: Json;
  readonly flows: readonly FlowFacts[];
  readonly components: readonly ComponentRow[];
  readonly providers: readonly IdentityProviderRow[];
}

/** What no Keycloak brings along. Built-in flows are left out: a newer version has steps in them that are nobody's plugin. */
function extensions({ realm, flows, components, providers }: ExtensionSources): readonly Extension[] {
  const found = new Map<string, Extension>();
  const add = (kind: string, id: unknown): void => {
    if (typeof id === "string" && id !== "") found.set(`${kind} ${id}`, { kind, id });
  };
  for (const { authenticator } of flows.filter(({ builtIn }) => !builtIn).flatMap(({ steps }) => steps))
    if (authenticator !== undefined && !STEPS.some((kind) => isProvider(kind, authenticator))) add("step of a flow", authenticator);
  for (const { providerId, enabled } of jsonObjects(realm["requiredActions"]))
    if (enabled === true && !KNOWN_ACTIONS.has(String(providerId))) add("required action", providerId);
  for (const { providerType, representation } of components) {
    const { providerId } = representation;
    if (providerType === USER_STORE && !isProvider(USER_STORE, providerId)) add("user store", providerId);
    if (providerType === REGISTRATION_POLICY && !isProvider(REGISTRATION_POLICY, providerId)) add("registration policy", providerId);
  }
  for (const { representation } of providers) {
    const { providerId } = representation;
    const isKnown =
      isProvider("org.keycloak.broker.provider.IdentityProvider", providerId) ||
      isProvider("org.keycloak.broker.social.SocialIdentityProvider", providerId);
    if (!isKnown) add("identity provider", providerId);
  }
  return [...found.values()];
}
