import { signingKeyFor } from "../../../grants/signing-key-for.ts";
import { headerPart, sign } from "../../../keys/signing-key.ts";
import type { LoadedRealm } from "../../../realms/compile-realm.ts";
import type { Services } from "../../../services.ts";
import { verifySignature } from "../../../tokens/verify-access-token.ts";

/** `InitialAccessToken` makes clients, `RegistrationAccessToken` belongs to one client. They are for this server alone. */
export type RegistrationTokenKind = "InitialAccessToken" | "RegistrationAccessToken";

export interface RegistrationToken {
  readonly kind: RegistrationTokenKind;
  readonly jti: string;
  /** Seconds since 1970; undefined: does not expire. */
  readonly expires: number | undefined;
}

/** With the realm's key for tokens to itself, which is made here when somebody took it away. */
export async function signRegistrationToken(
  { issuer, ...realmOf }: { readonly services: Pick<Services, "makeKey">; readonly realm: LoadedRealm; readonly issuer: string },
  { kind, jti, expires }: RegistrationToken,
  now: number,
): Promise<string> {
  const key = await signingKeyFor(realmOf, "HS512");
  const claims = { ...(expires !== undefined && { exp: expires }), iat: now, jti, iss: issuer, aud: issuer, typ: kind };
  return sign(key, headerPart(key, "JWT"), JSON.stringify(claims));
}

/** A registration token of this realm that has not expired; whether it still counts is for the realm's and the client's row to say. */
export function verifyRegistrationToken(realm: LoadedRealm, issuer: string, token: string, now: number): RegistrationToken | undefined {
  const signed = verifySignature(token, { realm }, "hmac");
  if (!signed.ok) return undefined;
  const { typ, jti, iss, aud, exp, iat, nbf, cnf } = signed.claims;
  if ((typ !== "InitialAccessToken" && typ !== "RegistrationAccessToken") || jti === undefined) return undefined;
  if (iss !== issuer || aud !== issuer || (exp !== undefined && exp <= now)) return undefined;
  // Keycloak looks at neither; a token of ours that is from the future or bound to a key is none we made.
  if (iat === undefined || iat > now || (nbf !== undefined && nbf > now) || cnf !== undefined) return undefined;
  return { kind: typ, jti, expires: exp };
}
