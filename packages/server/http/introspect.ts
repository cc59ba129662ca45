import { OAuthError } from "@cambist/core/refusals.ts";
import type { GrantCall } from "../grants/grant.ts";
import { NO_STORE } from "./answers.ts";
import { conclude } from "./conclude.ts";
import { checkTransport, type EndpointCall } from "./endpoint-call.ts";
import { type FormEndpoint, identifyClient } from "./form-endpoint.ts";
import { introspectionClaims, partyTokenClaims } from "./introspect-claims.ts";
import { examineToken, type ExaminedToken, ROTATED_OUT } from "./introspect-token.ts";
import { answerRefusal, recordRefusal, refuse } from "./refuse.ts";
import type { Reply } from "./reply.ts";

/** Keycloak's hints; its third kind of token shows only what the token itself says. */
const HINTS: ReadonlySet<string> = new Set(["access_token", "refresh_token"]);
const PARTY_TOKEN = "requesting_party_token";
const NONE: ReadonlySet<string> = new Set();

/**
 * Token introspection (RFC 7662) of access, ID, refresh and offline tokens. A program on another server asks, never a browser: no CORS.
 * `native`: only a client in the token's `aud` or `azp` learns anything (SEC-EP-08).
 */
export const introspection: FormEndpoint = {
  path: "token/introspect",
  event: "INTROSPECT_TOKEN",
  preflight: (_http, reply) => reply.header("allow", "HEAD, POST, OPTIONS").send(),
  async handle(endpointCall, reply) {
    const call: EndpointCall = { ...endpointCall, origin: undefined };
    reply.header("cambist-decision", call.decision);
    try {
      checkTransport(call);
      const caller = await identifyOrAnswer(call, reply);
      return caller ? await introspect(caller, reply) : reply;
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      return refuse(call, error, reply);
    }
  },
};

/** The client, or an answer that hides which part of its authentication failed; the record names it. Keycloak: "Authentication failed." */
async function identifyOrAnswer(call: EndpointCall, reply: Reply): Promise<GrantCall | undefined> {
  try {
    return await identifyClient(call);
  } catch (error) {
    if (!(error instanceof OAuthError) || !error.refusal.startsWith("client_")) throw error;
    const recorded = await recordRefusal(call, error);
    answerRefusal(call, recorded === error ? new OAuthError("introspection_client_failed") : recorded, reply);
    return undefined;
  }
}

async function introspect(call: GrantCall, reply: Reply): Promise<Reply> {
  const { form, client, realm } = call;
  const native = realm.view.realm.dialect === "native";
  if (client.publicClient) throw new OAuthError("introspection_client_public", { detail: "Client not allowed." });
  const duplicate = form.firstDuplicate(NONE);
  if (duplicate !== undefined) throw new OAuthError("parameter_duplicated", { parameter: duplicate });
  const text = form.get("token");
  if (text === undefined) throw new OAuthError("introspection_token_missing", { detail: "Token not provided." });
  const hint = form.get("token_type_hint");
  const wantsParty = hint === PARTY_TOKEN && !native;
  if (hint !== undefined && !HINTS.has(hint) && !wantsParty) {
    throw new OAuthError("introspection_hint_unknown", {
      hint: hint.slice(0, 100),
      detail: `Unsupported token type [${hint.slice(0, 100)}].`,
    });
  }

  reply.headers(native ? NO_STORE : { "cache-control": "no-cache" });
  const examined = await examineToken(text, call);
  if (native) note(call, examined);
  if (!examined.ok) return answerInactive(call, inactive(examined, native), reply);
  const { token } = examined;
  if (native && !mayLearn(client.clientId, token.claims)) {
    const about = { client: client.clientId };
    return answerInactive(call, new OAuthError("introspection_not_in_audience", about, { evidence: evidenceOf(examined) }), reply);
  }
  const answer = wantsParty ? partyTokenClaims(token.claims) : await introspectionClaims(call, token);
  call.sessionId = token.session?.id;
  await conclude(call, {}, { facts: evidenceOf(examined) });
  return reply.send(answer);
}

/** SEC-EP-08: whoever the token is not for learns nothing, not even that it exists. */
function mayLearn(clientId: string, { aud, azp }: { readonly aud?: string | readonly string[]; readonly azp?: string }): boolean {
  return azp === clientId || aud === clientId || (Array.isArray(aud) && aud.includes(clientId));
}

/** RFC 7662 §2.2: nothing is said about a token that is not active. */
async function answerInactive(call: EndpointCall, error: OAuthError, reply: Reply): Promise<Reply> {
  const recorded = await recordRefusal(call, error);
  return recorded === error ? reply.send({ active: false }) : answerRefusal(call, recorded, reply);
}

/** The refusal of a token that is not active. Keycloak's reasons tell little; `native` says what is wrong with it. */
function inactive(examined: Exclude<ExaminedToken, { readonly ok: true }>, native: boolean): OAuthError {
  const { problem, claims, sessionGone } = examined;
  const holder = claims?.azp;
  const keycloaks =
    holder === undefined
      ? "Access token JWT check failed"
      : problem === ROTATED_OUT
        ? `Realm revoke refresh token, token type is ${claims?.typ} and token is not eligible for introspection`
        : `Introspection access token for ${holder} client:${sessionGone ? "HTTP 401 Unauthorized" : " JWT check failed"}`;
  return new OAuthError(
    "introspection_inactive",
    { reason: native ? problem : keycloaks },
    { evidence: { ...evidenceOf(examined), cause: problem } },
  );
}

/** Which token was asked about, in the details Keycloak 26.7 gives; 26.1 gives none. */
function note(call: EndpointCall, examined: ExaminedToken): void {
  const claims = examined.ok ? examined.token.claims : examined.claims;
  if (claims?.azp !== undefined) call.details["token_issued_for"] = claims.azp;
  if (claims?.jti !== undefined) call.details["token_id"] = claims.jti;
  if (claims?.typ !== undefined) call.details["token_type"] = claims.typ;
  if (examined.ok) call.userId = examined.token.user.id;
}

function evidenceOf(examined: ExaminedToken): Readonly<Record<string, unknown>> {
  const claims = examined.ok ? examined.token.claims : examined.claims;
  return claims ? { subject_jti: claims.jti, subject_client: claims.azp, subject_session: claims.sid } : {};
}
