import { arch, platform, release } from "node:os";
import { SAVED_BY_DEFAULT } from "../../events/event-view.ts";
import type { Services } from "../../services.ts";
import { type AdminAnswer, type AdminCall, type AdminRoute, ok } from "../admin-call.ts";
import { forbidden } from "../admin-error.ts";
import { NEEDS } from "../admin-roles.ts";
import { EVENT_TYPES } from "../events/event-types.ts";
import { PASSWORD_POLICIES } from "../realms/password-policies.ts";
import { KEYCLOAK_VERSION } from "./keycloak-version.ts";
import { PROVIDER_IDS, type ProviderKind } from "./provider-ids.ts";
import { RESOURCE_TYPES } from "./resource-types.ts";

export const IDENTITY_PROVIDERS: readonly (readonly [string, string, string])[] = [
  ["keycloak-oidc", "Keycloak OpenID Connect", "User-defined"],
  ["oidc", "OpenID Connect v1.0", "User-defined"],
  ["saml", "SAML v2.0", "User-defined"],
  ...[
    ["bitbucket", "BitBucket"],
    ["facebook", "Facebook"],
    ["github", "GitHub"],
    ["gitlab", "GitLab"],
    ["google", "Google"],
    ["instagram", "Instagram"],
    ["linkedin-openid-connect", "LinkedIn"],
    ["microsoft", "Microsoft"],
    ["openshift-v4", "Openshift v4"],
    ["paypal", "PayPal"],
    ["stackoverflow", "StackOverflow"],
    ["twitter", "Twitter"],
  ].map(([id = "", name = ""]) => [id, name, "Social"] as const),
];

/** Features that are part of this server and have no switch. */
const SERVED: ReadonlySet<string> = new Set([
  "ADMIN_API",
  "AUTHORIZATION",
  "CLIENT_POLICIES",
  "HOSTNAME_V2",
  "ORGANIZATION",
  "PERSISTENT_USER_SESSIONS",
]);

/** `GET /admin/serverinfo`: what tools look at before they start: version, features, kinds of provider. */
export async function readServerInfo(call: AdminCall): Promise<AdminAnswer> {
  if (!administersSomething(call)) throw forbidden();
  const featureStates = call.services.config.featureStates.map((one) => (SERVED.has(one.constant) ? { ...one, enabled: true } : one));
  const named = (type: string): readonly string[] => featureStates.filter((one) => one.type === type).map(({ constant }) => constant);
  const ofMaster = call.caller.realm.view.realm.name === "master";
  return ok({
    systemInfo: ofMaster ? systemInfo(call.services) : { version: KEYCLOAK_VERSION },
    ...(ofMaster && { memoryInfo: memoryInfo() }),
    profileInfo: {
      name: "default",
      disabledFeatures: featureStates.filter(({ enabled }) => !enabled).map(({ constant }) => constant),
      previewFeatures: named("preview"),
      experimentalFeatures: named("experimental"),
    },
    features: featureStates.map(({ constant, name, type, enabled }) => ({
      name: constant,
      label: name,
      type: type.toUpperCase().replaceAll("-", "_"),
      enabled,
      dependencies: [],
    })),
    cryptoInfo: {
      cryptoProvider: "node:crypto",
      supportedKeystoreTypes: [],
      clientSignatureSymmetricAlgorithms: ["HS256", "HS384", "HS512"],
      clientSignatureAsymmetricAlgorithms: ["ES256", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"],
    },
    themes: { account: [], admin: [], common: [], email: [], login: [], welcome: [] },
    socialProviders: IDENTITY_PROVIDERS.filter(([, , group]) => group === "Social").map(([id, name, groupName]) => ({
      groupName,
      name,
      id,
    })),
    identityProviders: IDENTITY_PROVIDERS.map(([id, name, groupName]) => ({ groupName, name, id })),
    providers: Object.fromEntries(
      Object.entries({
        keys: "org.keycloak.keys.KeyProvider",
        authenticator: "org.keycloak.authentication.Authenticator",
        "protocol-mapper": "org.keycloak.protocol.ProtocolMapper",
        "client-authenticator": "org.keycloak.authentication.ClientAuthenticator",
      } as const).map(([spi, kind]) => [
        spi,
        { internal: false, providers: Object.fromEntries(PROVIDER_IDS[kind].map((id) => [id, { order: 0 }])) },
      ]),
    ),
    protocolMapperTypes: {
      "openid-connect": mapperTypes("oidc-"),
      saml: mapperTypes("saml-"),
      "docker-v2": mapperTypes("docker-v2-"),
    },
    builtinProtocolMappers: { "openid-connect": [], saml: [] },
    clientInstallations: { "openid-connect": [], saml: [], "docker-v2": [] },
    componentTypes: Object.fromEntries(
      (Object.keys(PROVIDER_IDS) as readonly ProviderKind[]).map((kind) => [
        kind,
        PROVIDER_IDS[kind].map((id) => ({ id, helpText: "", properties: [], metadata: {} })),
      ]),
    ),
    passwordPolicies: PASSWORD_POLICIES,
    enums: {
      operationType: ["CREATE", "UPDATE", "DELETE", "ACTION"],
      eventType: [...new Set([...EVENT_TYPES, ...SAVED_BY_DEFAULT])].toSorted(),
      resourceType: RESOURCE_TYPES,
    },
  });
}

const mapperTypes = (prefix: string) =>
  PROVIDER_IDS["org.keycloak.protocol.ProtocolMapper"]
    .filter((id) => id.startsWith(prefix))
    .map((id) => ({ id, name: id, category: "Token mapper", helpText: "", priority: 0, properties: [] }));

/** Any admin role over any realm. */
function administersSomething({ caller }: AdminCall): boolean {
  const { view } = caller.realm;
  const isMaster = view.realm.name === "master";
  return [...caller.roles].some((id) => {
    const clientId = view.role(id)?.clientId;
    return clientId !== undefined && (isMaster ? clientId.endsWith("-realm") : clientId === view.adminClientId);
  });
}

/** Nothing of the machine's user, folders or environment. */
function systemInfo({ clock }: Services) {
  const uptimeMillis = Math.round(process.uptime() * 1000);
  return {
    version: KEYCLOAK_VERSION,
    serverTime: new Date(clock()).toString(),
    uptime: `${Math.floor(uptimeMillis / 86_400_000)} days, ${Math.floor(uptimeMillis / 3_600_000) % 24} hours, ${Math.floor(uptimeMillis / 60_000) % 60} minutes, ${Math.floor(uptimeMillis / 1000) % 60} seconds`,
    uptimeMillis,
    javaVersion: process.version,
    javaVendor: "Node.js",
    javaVm: "V8",
    javaVmVersion: process.versions.v8,
    javaRuntime: "Cambist",
    osName: platform(),
    osArchitecture: arch(),
    osVersion: release(),
    fileEncoding: "UTF-8",
    userTimezone: "UTC",
    userLocale: "en",
  };
}

const formatted = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`;

function memoryInfo() {
  const { heapTotal, heapUsed } = process.memoryUsage();
  const free = heapTotal - heapUsed;
  return {
    total: heapTotal,
    totalFormated: formatted(heapTotal),
    used: heapUsed,
    usedFormated: formatted(heapUsed),
    free,
    freePercentage: Math.round((free / heapTotal) * 100),
    freeFormated: formatted(free),
  };
}

export const serverInfoRoutes: readonly AdminRoute[] = [
  { method: "GET", path: "/serverinfo", needs: NEEDS.anyAdmin, global: true, handle: readServerInfo },
];
