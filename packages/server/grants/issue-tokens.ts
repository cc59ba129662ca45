import { createHash } from "node:crypto";
import {
  buildAccessTokenClaims,
  buildIdTokenClaims,
  buildRefreshTokenClaims,
  type TokenBlueprint,
} from "@cambist/core/claims/build-claims.ts";
import type { Client, EpochSeconds, Seconds } from "@cambist/core/model.ts";
import type { TokenClaims } from "@cambist/protocol/claims.ts";
import type { TokenResponse } from "@cambist/protocol/token-response.ts";
import type { GrantCall } from "./grant.ts";
import { signingKeyFor } from "./signing-key-for.ts";
import { headerPart, sign } from "../keys/signing-key.ts";

/** What to issue, decided; only bytes are missing. */
export interface TokenPlan {
  readonly blueprint: TokenBlueprint;
  readonly lifetime: Seconds;
  readonly now: EpochSeconds;
  /** Ids chosen beforehand, so that they can be recorded while the tokens are signed. */
  readonly jti: string;
  readonly refresh?: RefreshPlan | undefined;
  /** `member`: beside the access token; `instead`: in its place. */
  readonly idToken: "none" | "member" | "instead";
}
export interface RefreshPlan {
  readonly jti: string;
  readonly kind: "Refresh" | "Offline";
  /** Undefined: does not expire (offline sessions without a maximum have only their idle time, so this is rare). */
  readonly expiresAt: EpochSeconds | undefined;
  /** Rotating family and generation, when the realm rotates. */
  readonly reuseId?: string;
}

/** The signed tokens as members of the answer (RFC 6749 §5.1), in Keycloak's order. */
export async function issueTokens(call: GrantCall, plan: TokenPlan): Promise<TokenResponse> {
  const { blueprint, lifetime, now, jti, refresh } = plan;
  const { builtFor, applied, user, session } = blueprint;
  const accessKey = await signingKeyFor(call, builtFor.attributes["access.token.signed.response.alg"]);
  const rfc9068 = builtFor.attributes["access.token.header.type.rfc9068"] === "true";
  const stamp = { issuer: call.issuer, jti, now, lifetime };
  const access = buildAccessTokenClaims(blueprint, stamp);
  const accessToken = sign(accessKey, headerPart(accessKey, rfc9068 ? "at+jwt" : "JWT"), JSON.stringify(access));

  const refreshToken = refresh && (await signRefreshToken(call, { blueprint, access, refresh, now }));
  let idToken: string | undefined;
  if (plan.idToken !== "none") {
    const idKey = await signingKeyFor(call, builtFor.attributes["id.token.signed.response.alg"]);
    const atHash = plan.idToken === "member" ? halfHash(accessToken, idKey.algorithm) : undefined;
    const claims = buildIdTokenClaims(blueprint, { ...stamp, jti: call.services.newId() }, { atHash });
    idToken = sign(idKey, headerPart(idKey, "JWT"), JSON.stringify(claims));
  }
  const instead = plan.idToken === "instead" ? idToken : undefined;
  const { realm } = call.realm.view;
  return {
    access_token: instead ?? accessToken,
    expires_in: lifetime,
    refresh_expires_in: refresh?.expiresAt === undefined ? 0 : refresh.expiresAt - now,
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    token_type: instead === undefined ? tokenType(builtFor) : "N_A",
    ...(plan.idToken === "member" && idToken !== undefined && { id_token: idToken }),
    "not-before-policy": Math.max(realm.notBefore, builtFor.notBefore, user.notBefore),
    ...(session.id !== undefined && { session_state: session.id }),
    scope: applied.text,
  };
}

interface RefreshTokenParts {
  readonly blueprint: TokenBlueprint;
  readonly access: TokenClaims;
  readonly refresh: RefreshPlan;
  readonly now: EpochSeconds;
}

async function signRefreshToken(call: GrantCall, { blueprint, access, refresh, now }: RefreshTokenParts): Promise<string> {
  const key = await signingKeyFor(call, "HS512");
  const claims = buildRefreshTokenClaims(
    blueprint,
    { issuer: call.issuer, jti: refresh.jti, now },
    { access, offline: refresh.kind === "Offline", expires: refresh.expiresAt, reuseId: refresh.reuseId },
  );
  return sign(key, headerPart(key, "JWT"), JSON.stringify(claims));
}

/** Left half of the hash that belongs to the signature algorithm (OpenID Connect Core §3.1.3.6). */
function halfHash(token: string, algorithm: string): string {
  const bits = algorithm.endsWith("384") ? "sha384" : algorithm.endsWith("512") || algorithm === "EdDSA" ? "sha512" : "sha256";
  const digest = createHash(bits).update(token, "latin1").digest();
  return digest.subarray(0, digest.length / 2).toString("base64url");
}

const tokenType = (client: Client): string => (client.attributes["token.response.type.bearer.lower-case"] === "true" ? "bearer" : "Bearer");
