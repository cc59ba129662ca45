import type { Client } from "@cambist/core/model.ts";
import { OAuthError } from "@cambist/core/refusals.ts";
import { ALGORITHMS } from "../keys/algorithms.ts";
import { parseTokenClaims, type RegisteredClaims } from "../keys/claims.ts";
import { importClientKeys } from "../keys/jwk-import.ts";
import { type ParsedJws, parseJws } from "../keys/jws.ts";
import { KeyRefused } from "../keys/key-material.ts";
import { clientSecretKey, type SigningKey, verify } from "../keys/signing-key.ts";
import type { AuthenticationContext } from "./authenticate-client.ts";

/** `native`: longest life of an assertion, in seconds. */
const MAX_LIFE = 300;
/** `native`: clocks may differ by so much, in seconds. */
const SKEW = 10;
/** A proof or a token of another kind is no assertion (SEC-JOSE-14). RFC 7515 §4.1.9: in any case of its letters. */
const HEADER_TYPES: ReadonlySet<string> = new Set(["jwt", "client-authentication+jwt"]);
const HMAC_ALGORITHMS: ReadonlySet<string> = new Set(["HS256", "HS384", "HS512"]);

/**
 * The client that signed this assertion, with its private key (`private_key_jwt`) or its secret (`client_secret_jwt`).
 * `native`: exactly one audience, the issuer or the token endpoint; at most five minutes; `keycloak`: its other endpoints too. Both want an
 * `exp` (Keycloak 26.1 does not, 26.7 does): until then the `jti` is remembered, and nothing is remembered for ever.
 * @throws {OAuthError} `client_assertion_*`, `client_disabled`, `client_secret_wrong`
 * @see RFC 7523 §3; OpenID Connect Core §9
 */
export async function verifyClientAssertion(
  assertion: string,
  clientId: string | undefined,
  context: AuthenticationContext,
): Promise<Client> {
  const { realm, writer, issuer, now } = context;
  const token = parseJws(assertion);
  if (typeof token === "string" || !(ALGORITHMS.has(token.header.alg) || token.header.alg === "none"))
    throw new OAuthError("client_assertion_foreign", { client_id: clientId });
  if (token.header.typ !== undefined && !HEADER_TYPES.has(token.header.typ.toLowerCase()))
    throw new OAuthError("client_assertion_foreign", { client_id: clientId });
  const claims = parseTokenClaims(token.payload, { expRequired: false });
  if (typeof claims === "string" || claims.sub === undefined || claims.iss !== claims.sub)
    throw new OAuthError("client_assertion_foreign", { client_id: clientId });
  if (clientId !== undefined && clientId !== claims.sub) throw new OAuthError("client_secret_wrong", { client_id: clientId });
  const client = await realm.client(claims.sub);
  if (!client) throw new OAuthError("client_assertion_foreign", { client_id: claims.sub });
  const about = { client_id: client.clientId };
  if (!client.enabled) throw new OAuthError("client_disabled", about);
  const bySecret = client.authenticatorType === "client-secret-jwt";
  if (client.publicClient || (!bySecret && client.authenticatorType !== "client-jwt"))
    throw new OAuthError("client_assertion_foreign", about);

  const refuse = (cause: string): OAuthError =>
    new OAuthError(bySecret ? "client_assertion_secret_invalid" : "client_assertion_invalid", { ...about, cause });
  const key = await keyFor(client, token, bySecret, context);
  if (key === "unknown") throw new OAuthError("client_assertion_key_unknown", about);
  if (!key || !verify(key, token))
    throw refuse(bySecret ? "Signature on JWT token by client secret  failed validation" : "Signature on JWT token failed validation");
  const seconds = Math.floor(now / 1000);
  const problem = claimsProblem(claims, { issuer, now: seconds, native: realm.view.realm.dialect === "native" });
  if (problem !== undefined) throw refuse(problem);

  const expiresAt = (claims.exp ?? seconds) + SKEW;
  const once = await writer.write({
    guards: [{ claim: "once", realmId: realm.view.realm.id, kind: "client-assertion", key: `${client.id} ${claims.jti}`, expiresAt }],
  });
  if (!once.ok) throw refuse("Token reuse detected");
  return client;
}

async function keyFor(
  client: Client,
  token: ParsedJws,
  bySecret: boolean,
  { realm }: AuthenticationContext,
): Promise<SigningKey | "unknown" | undefined> {
  const { alg, kid } = token.header;
  const wanted = client.attributes["token.endpoint.auth.signing.alg"];
  if (wanted !== undefined && wanted !== "" && wanted !== alg) return undefined;
  if (!bySecret) return registeredKey(client, kid, alg);
  if (!HMAC_ALGORITHMS.has(alg)) return undefined;
  const secret = await realm.openSecret(client);
  return secret === undefined || secret === "" ? undefined : clientSecretKey(secret, alg);
}

/** `unknown`: nothing is registered under this kid, or nothing that can be used; undefined: not for this algorithm. */
function registeredKey(client: Client, kid: string | undefined, alg: string): SigningKey | "unknown" | undefined {
  try {
    const keys = importClientKeys(client.attributes);
    return kid === undefined || keys.has(kid) ? keys.find(kid, alg) : "unknown";
  } catch (error) {
    if (error instanceof KeyRefused) return "unknown";
    throw error;
  }
}

function claimsProblem(
  claims: RegisteredClaims,
  { issuer, now, native }: { issuer: string; now: number; native: boolean },
): string | undefined {
  const endpoints = `${issuer}/protocol/openid-connect`;
  const accepted = native
    ? [issuer, `${endpoints}/token`]
    : [issuer, `${endpoints}/token`, `${endpoints}/token/introspect`, `${endpoints}/ext/par/request`, `${endpoints}/ext/ciba/auth`];
  const skew = native ? SKEW : 0;
  if (claims.exp === undefined) return "Token exp claim is required";
  if (claims.exp + skew <= now || (claims.nbf !== undefined && claims.nbf - skew > now)) return "Token is not active";
  if (claims.iat !== undefined && claims.iat - skew > now) return "Token was issued in the future";
  if (native && claims.exp - now > MAX_LIFE + SKEW) return "Token expiration is too far in the future";
  if (claims.aud.length === 0) return native ? "Invalid token audience" : "null";
  if (native && claims.aud.length > 1) return "Multiple audiences not allowed";
  if (!claims.aud.some((audience) => accepted.includes(audience))) {
    return native
      ? "Invalid token audience"
      : `Token audience doesn't match domain. Expected audiences are any of [${accepted.join(", ")}] but audience from token is '[${claims.aud.join(", ")}]'`;
  }
  return claims.jti === undefined ? "Missing ID on the token" : undefined;
}
