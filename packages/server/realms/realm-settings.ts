import type { Dialect, Realm } from "@cambist/core/model.ts";
import type { Json, RealmRow } from "@cambist/store/config-ports.ts";
import { jsonTexts } from "./json-object.ts";

/** Seconds an impersonated token lives at most unless the realm says otherwise. */
const DEFAULT_IMPERSONATION_LIFESPAN = 120;
const DEFAULT_MAX_DEPTH = 8;

/** The typed settings of a realm row; a missing member takes Keycloak's default for a new realm. */
export function realmSettings({ id, name, enabled, representation }: RealmRow, serverDialect: Dialect): Realm {
  const number = numberIn(representation);
  const flag = (member: string, otherwise = false): boolean =>
    typeof representation[member] === "boolean" ? representation[member] : otherwise;
  const text = (member: string, otherwise: string): string =>
    typeof representation[member] === "string" ? representation[member] : otherwise;
  const attributes = textMembers(representation["attributes"]);
  const compatibility = attributes["cambist.compatibility"];
  const sslRequired = text("sslRequired", "external").toLowerCase();
  const types = representation["enabledEventTypes"];
  const maxAge = Number(attributes["cambist.chain.max-age"] ?? "");
  return {
    id,
    name,
    enabled,
    dialect: compatibility === "native" || compatibility === "keycloak" ? compatibility : serverDialect,
    sslRequired: sslRequired === "all" || sslRequired === "none" ? sslRequired : "external",
    notBefore: number("notBefore", 0),
    defaultSignatureAlgorithm: text("defaultSignatureAlgorithm", "RS256"),
    accessTokenLifespan: number("accessTokenLifespan", 300),
    ssoSessionIdleTimeout: number("ssoSessionIdleTimeout", 1800),
    ssoSessionMaxLifespan: number("ssoSessionMaxLifespan", 36_000),
    ssoSessionIdleTimeoutRememberMe: number("ssoSessionIdleTimeoutRememberMe", 0),
    ssoSessionMaxLifespanRememberMe: number("ssoSessionMaxLifespanRememberMe", 0),
    clientSessionIdleTimeout: number("clientSessionIdleTimeout", 0),
    clientSessionMaxLifespan: number("clientSessionMaxLifespan", 0),
    offlineSessionIdleTimeout: number("offlineSessionIdleTimeout", 2_592_000),
    offlineSessionMaxLifespanEnabled: flag("offlineSessionMaxLifespanEnabled"),
    offlineSessionMaxLifespan: number("offlineSessionMaxLifespan", 5_184_000),
    clientOfflineSessionIdleTimeout: number("clientOfflineSessionIdleTimeout", 0),
    clientOfflineSessionMaxLifespan: number("clientOfflineSessionMaxLifespan", 0),
    rotatesRefreshTokens: flag("revokeRefreshToken"),
    refreshTokenMaxReuse: number("refreshTokenMaxReuse", 0),
    loginWithEmailAllowed: flag("loginWithEmailAllowed", true),
    bruteForce: {
      enabled: flag("bruteForceProtected"),
      permanentLockout: flag("permanentLockout"),
      maxTemporaryLockouts: number("maxTemporaryLockouts", 0),
      strategy: text("bruteForceStrategy", "MULTIPLE") === "LINEAR" ? "LINEAR" : "MULTIPLE",
      maxFailureWaitSeconds: number("maxFailureWaitSeconds", 900),
      minimumQuickLoginWaitSeconds: number("minimumQuickLoginWaitSeconds", 60),
      waitIncrementSeconds: number("waitIncrementSeconds", 60),
      quickLoginCheckMilliSeconds: number("quickLoginCheckMilliSeconds", 1000),
      maxDeltaTimeSeconds: number("maxDeltaTimeSeconds", 43_200),
      failureFactor: number("failureFactor", 30),
    },
    events: {
      enabled: flag("eventsEnabled"),
      types: new Set(jsonTexts(types)),
      expiration: number("eventsExpiration", 0),
    },
    exchange: {
      subjectAudienceRequired: attributes["cambist.subject-audience.required"] === "true",
      nakedImpersonation: attributes["cambist.naked-impersonation"] !== "false",
      impersonationLifespan: positive(attributes["cambist.impersonation.lifespan"], DEFAULT_IMPERSONATION_LIFESPAN),
      protectedRoles: words(attributes["cambist.roles.protected"]),
      maxDepth: positive(attributes["cambist.chain.max-depth"], DEFAULT_MAX_DEPTH),
      ...(maxAge > 0 && { maxAge }),
    },
    attributes,
  };
}

/** Text members of a JSON object, for attribute and config maps; anything else is left out. */
export function textMembers(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null) return {};
  const entries = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(entries);
}

const numberIn =
  (representation: Json) =>
  (member: string, otherwise: number): number => {
    const value = representation[member];
    return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
  };

function positive(text: string | undefined, otherwise: number): number {
  const value = Number(text ?? "");
  return Number.isInteger(value) && value > 0 ? value : otherwise;
}

/** `cambist.roles.protected`: role names separated by commas or spaces. */
const words = (text: string | undefined): readonly string[] => (text ?? "").split(/[\s,]+/).filter((word) => word !== "");
