import { signingKeyFor } from "../grants/signing-key-for.ts";
import { headerPart, sign } from "../keys/signing-key.ts";
import type { LoadedRealm } from "../realms/compile-realm.ts";
import type { Services } from "../services.ts";
import { verifySignature } from "../tokens/verify-access-token.ts";

/** What a link in a mail is for; Keycloak's `typ` of the token in it. */
export const ACTION_KINDS = ["execute-actions", "verify-email", "ORGIVT"] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];

/** The token in a link. It is good once, for one user as long as the address it was sent to is that user's. */
export interface ActionToken {
  readonly kind: ActionKind;
  readonly jti: string;
  readonly userId: string;
  readonly email: string;
  readonly clientId: string;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly expires: number;
  /** Required actions to perform; only `execute-actions` has some. */
  readonly actions: readonly string[];
  readonly redirectUri?: string | undefined;
  /** Of `ORGIVT`. */
  readonly organizationId?: string | undefined;
}

/** With the realm's key for tokens to itself, claims in Keycloak's order and spelling. */
export async function signActionToken(
  { issuer, ...realmOf }: { readonly services: Pick<Services, "makeKey">; readonly realm: LoadedRealm; readonly issuer: string },
  { kind, jti, userId, email, clientId, issuedAt, expires, actions, redirectUri, organizationId }: ActionToken,
): Promise<string> {
  const key = await signingKeyFor(realmOf, "HS512");
  const claims = {
    exp: expires,
    iat: issuedAt,
    jti,
    iss: issuer,
    aud: issuer,
    sub: userId,
    typ: kind,
    azp: clientId,
    nonce: jti,
    eml: email,
    ...(kind === "execute-actions" && { rqac: actions }),
    ...(redirectUri !== undefined && { reduri: redirectUri }),
    ...(organizationId !== undefined && { org_id: organizationId }),
  };
  return sign(key, headerPart(key, "JWT"), JSON.stringify(claims));
}

/**
 * An action token that this realm made. Whether its time has come and gone, and whether its user, client and address are still so, is
 * for the caller to judge.
 */
export function verifyActionToken(realm: LoadedRealm, issuer: string, token: string, now: number): ActionToken | undefined {
  const signed = verifySignature(token, { realm }, "hmac");
  if (!signed.ok) return undefined;
  const { typ, jti, sub, azp, nonce, iss, aud, exp, iat, nbf, cnf, eml, rqac, reduri, org_id: organizationId } = signed.claims;
  const kind = ACTION_KINDS.find((one) => one === typ);
  if (kind === undefined || jti === undefined || nonce !== jti || sub === undefined || azp === undefined) return undefined;
  if (iss !== issuer || aud !== issuer || exp === undefined) return undefined;
  // Keycloak looks at none of them; a token of ours that is from the future or bound to a key is none we made.
  if (iat === undefined || iat > now || (nbf !== undefined && nbf > now) || cnf !== undefined) return undefined;
  // Each kind has members of its own, so that none can stand in for another (SEC-JOSE-14).
  if ((kind === "execute-actions") !== (rqac !== undefined) || (kind === "ORGIVT") !== (organizationId !== undefined)) return undefined;
  const [redirectUri, invitesTo] = [textOrNone(reduri), textOrNone(organizationId)];
  if (typeof eml !== "string" || redirectUri === null || invitesTo === null) return undefined;
  const actions: unknown = rqac ?? [];
  if (!Array.isArray(actions) || !actions.every((action) => typeof action === "string")) return undefined;
  const organization = invitesTo === undefined ? {} : { organizationId: invitesTo };
  return { kind, jti, userId: sub, email: eml, clientId: azp, issuedAt: iat, expires: exp, actions, redirectUri, ...organization };
}

/** Null: neither. */
const textOrNone = (value: unknown): string | undefined | null => (value === undefined || typeof value === "string" ? value : null);
