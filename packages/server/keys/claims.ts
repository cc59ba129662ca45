import { isCleanText } from "./jws.ts";
import type { JsonObject, JsonValue } from "./strict-json.ts";

/** Longest registered string claim, in characters. */
export const MAX_CLAIM_LENGTH = 1024;
/** Most audiences a token may name. */
export const MAX_AUDIENCES = 100;

/** The claims that decisions are made from, checked for type and range; times are whole epoch seconds (RFC 7519 §4.1). */
export interface RegisteredClaims {
  readonly iss: string | undefined;
  readonly sub: string | undefined;
  readonly azp: string | undefined;
  readonly jti: string | undefined;
  readonly sid: string | undefined;
  /** Keycloak's kind of token: `Bearer`, `ID`, `Refresh`, `Offline`, … */
  readonly typ: string | undefined;
  /** Empty when the token names none. */
  readonly aud: readonly string[];
  readonly exp: number | undefined;
  readonly nbf: number | undefined;
  readonly iat: number | undefined;
  /** Space-separated words; may be empty. */
  readonly scope: string | undefined;
  /** Every claim as it came, without a prototype. */
  readonly all: JsonObject;
}

const TEXT_CLAIMS = ["iss", "sub", "azp", "jti", "sid", "typ"] as const;
const TIME_CLAIMS = ["exp", "nbf", "iat"] as const;

/** Why claims are not taken; for the audit record only. */
export type ClaimsFault = `${(typeof TEXT_CLAIMS)[number] | (typeof TIME_CLAIMS)[number] | "aud" | "scope"}_invalid` | "exp_missing";

/** Claims whose `exp` is known to be there. */
export type ExpiringClaims = RegisteredClaims & { readonly exp: number };

/**
 * The registered claims of a parsed payload. Never throws; a fault is returned as its name.
 * `exp` is required unless `expRequired` is false (Keycloak 26.1 takes client assertions without it).
 * Whether the times have passed and who issued the token is the caller's question. @see SEC-JOSE-04, 05
 */
export function parseTokenClaims(payload: JsonObject): ExpiringClaims | ClaimsFault;
export function parseTokenClaims(payload: JsonObject, options: { readonly expRequired: boolean }): RegisteredClaims | ClaimsFault;
export function parseTokenClaims(payload: JsonObject, options = { expRequired: true }): RegisteredClaims | ClaimsFault {
  for (const name of TEXT_CLAIMS) {
    const value = payload[name];
    if (value !== undefined && !isClaimText(value)) return `${name}_invalid`;
  }
  for (const name of TIME_CLAIMS) {
    const value = payload[name];
    if (value !== undefined && !isEpochSeconds(value)) return `${name}_invalid`;
  }
  if (options.expRequired && payload["exp"] === undefined) return "exp_missing";
  const { scope } = payload;
  if (scope !== undefined && typeof scope !== "string") return "scope_invalid";
  const aud = readAudience(payload["aud"]);
  if (aud === undefined) return "aud_invalid";

  const { iss, sub, azp, jti, sid, typ } = payload as { readonly [name in (typeof TEXT_CLAIMS)[number]]: string | undefined }; // checked above
  const { exp, nbf, iat } = payload as { readonly [name in (typeof TIME_CLAIMS)[number]]: number | undefined };
  return { iss, sub, azp, jti, sid, typ, aud, exp, nbf, iat, scope, all: payload };
}

const NO_AUDIENCE: readonly string[] = Object.freeze([]);

function readAudience(aud: JsonValue | undefined): readonly string[] | undefined {
  if (aud === undefined) return NO_AUDIENCE;
  if (isClaimText(aud)) return [aud];
  if (!Array.isArray(aud) || aud.length === 0 || aud.length > MAX_AUDIENCES || !aud.every(isClaimText)) return undefined;
  return aud;
}

const isClaimText = (value: unknown): value is string =>
  typeof value === "string" && value.length <= MAX_CLAIM_LENGTH && isCleanText(value);

/** A safe integer of at least 0. Minus zero prints as 0 and is taken for it. */
const isEpochSeconds = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
