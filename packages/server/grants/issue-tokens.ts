import { hash } from "node:crypto";
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
import { headerPart, sign, type SigningKey } from "../keys/signing-key.ts";

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
  readonly reuseId?: string | undefined;
  /** Of the refresh token before it; otherwise that of the access token. */
  readonly scope?: string | undefined;
}

/** Tokens of which everything is known but their signatures. */
export interface PreparedTokens {
  /** Length of the access token without its signature. */
  readonly unsignedLength: number;
  /** Signs, once: members of the answer (RFC 6749 §5.1) in Keycloak's order. */
  sign(): TokenResponse;
}

/** Builds and signs. */
export async function issueTokens(call: GrantCall, plan: TokenPlan): Promise<TokenResponse> {
  return (await prepareTokens(call, plan)).sign();
}

/** Builds the claims of all tokens. */
export async function prepareTokens(call: GrantCall, plan: TokenPlan): Promise<PreparedTokens> {
  const { blueprint, lifetime, now, jti, refresh } = plan;
  const { builtFor } = blueprint;
  const accessKey = await signingKeyFor(call, builtFor.attributes["access.token.signed.response.alg"]);
  const idKey = plan.idToken === "none" ? undefined : await signingKeyFor(call, builtFor.attributes["id.token.signed.response.alg"]);
  const refreshKey = refresh && (await signingKeyFor(call, "HS512"));
  const rfc9068 = builtFor.attributes["access.token.header.type.rfc9068"] === "true";
  const stamp = { issuer: call.issuer, jti, now, lifetime };
  const access = buildAccessTokenClaims(blueprint, stamp);
  const header = headerPart(accessKey, rfc9068 ? "at+jwt" : "JWT");
  const payload = JSON.stringify(access);

  const signAll = (): TokenResponse => {
    const accessToken = sign(accessKey, header, payload);
    let idToken: string | undefined;
    if (idKey) {
      const atHash = plan.idToken === "member" ? halfHash(accessToken, idKey.algorithm) : undefined;
      const claims = buildIdTokenClaims(blueprint, { ...stamp, jti: call.services.newId() }, { atHash });
      idToken = sign(idKey, headerPart(idKey, "JWT"), JSON.stringify(claims));
    }
    const refreshToken = refresh && refreshKey && signRefreshToken(refreshKey, { blueprint, issuer: call.issuer, access, refresh, now });
    return answerOf(call, plan, { accessToken, refreshToken, idToken });
  };
  let signed: TokenResponse | undefined;
  return { unsignedLength: header.length + 1 + Math.ceil((Buffer.byteLength(payload) * 4) / 3), sign: () => (signed ??= signAll()) };
}

interface SignedParts {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
}

function answerOf(call: GrantCall, { blueprint, lifetime, now, refresh, idToken: kind }: TokenPlan, signed: SignedParts): TokenResponse {
  const { builtFor, applied, user, session } = blueprint;
  const { accessToken, refreshToken, idToken } = signed;
  const instead = kind === "instead" ? idToken : undefined;
  const { realm } = call.realm.view;
  return {
    access_token: instead ?? accessToken,
    expires_in: lifetime,
    refresh_expires_in: refresh?.expiresAt === undefined ? 0 : refresh.expiresAt - now,
    refresh_token: refreshToken,
    token_type: instead === undefined ? tokenType(builtFor) : "N_A",
    id_token: kind === "member" ? idToken : undefined,
    "not-before-policy": Math.max(realm.notBefore, builtFor.notBefore, user.notBefore),
    session_state: session.id,
    scope: applied.text,
  };
}

interface RefreshTokenParts {
  readonly blueprint: TokenBlueprint;
  readonly issuer: string;
  readonly access: TokenClaims;
  readonly refresh: RefreshPlan;
  readonly now: EpochSeconds;
}

function signRefreshToken(key: SigningKey, { blueprint, issuer, access, refresh, now }: RefreshTokenParts): string {
  const claims = buildRefreshTokenClaims(
    blueprint,
    { issuer, jti: refresh.jti, now },
    { access, offline: refresh.kind === "Offline", expires: refresh.expiresAt, reuseId: refresh.reuseId, scope: refresh.scope },
  );
  return sign(key, headerPart(key, "JWT"), JSON.stringify(claims));
}

/** Left half of the hash that belongs to the signature algorithm (OpenID Connect Core §3.1.3.6). */
function halfHash(token: string, algorithm: string): string {
  const bits = algorithm.endsWith("384") ? "sha384" : algorithm.endsWith("512") || algorithm === "EdDSA" ? "sha512" : "sha256";
  const digest = hash(bits, token, "buffer");
  return digest.subarray(0, digest.length / 2).toString("base64url");
}

const tokenType = (client: Client): string => (client.attributes["token.response.type.bearer.lower-case"] === "true" ? "bearer" : "Bearer");
