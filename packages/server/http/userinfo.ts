import { buildUserinfoClaims } from "@cambist/core/claims/build-claims.ts";
import { OAuthError, type Refusal, refusalRow } from "@cambist/core/refusals.ts";
import { splitScope } from "@cambist/core/token-request/scope.ts";
import { verifyAccessToken } from "../tokens/verify-access-token.ts";
import { NO_STORE } from "./answers.ts";
import { conclude } from "./conclude.ts";
import { answerPreflight, corsHeaders } from "./cors.ts";
import { checkTransport, type EndpointCall } from "./endpoint-call.ts";
import type { FormEndpoint } from "./form-endpoint.ts";
import { blueprintOf } from "./introspect-blueprint.ts";
import type { ActiveToken } from "./introspect-token.ts";
import { answerRefusal, quoted, recordRefusal } from "./refuse.ts";
import { signatureAlgorithm, signUserinfo } from "./userinfo-signed.ts";
import type { Reply } from "./reply.ts";

/**
 * What the realm knows of the user of an access token with `openid` (OpenID Connect Core §5.3). Refusals are in `WWW-Authenticate`
 * (RFC 6750 §3) and have no body.
 */
export const userinfo: FormEndpoint = {
  path: "userinfo",
  event: "USER_INFO_REQUEST",
  methods: ["GET", "HEAD", "POST"],
  preflight: (http, reply) => answerPreflight(http, reply, "GET, HEAD, OPTIONS"),
  async handle(call, reply) {
    call.details["auth_method"] = "validate_access_token";
    reply.header("cambist-decision", call.decision);
    try {
      return await answerUserinfo(call, reply);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      return refuseBearer(call, await recordRefusal(call, error), reply);
    }
  },
};

async function answerUserinfo(call: EndpointCall, reply: Reply): Promise<Reply> {
  const { realm } = call.realm.view;
  checkTransport(call);
  const token = await bearerToken(call);
  const claims = buildUserinfoClaims(blueprintOf(call, token));
  const algorithm = signatureAlgorithm(token.holder);
  call.details["signature_required"] = String(algorithm !== undefined);
  const signed = algorithm === undefined ? undefined : await signUserinfo(call, token.holder, claims, algorithm);
  await conclude(call, {}, { facts: { subject_jti: token.claims.jti } });
  reply.headers({ ...(realm.dialect === "native" ? NO_STORE : { "cache-control": "no-cache" }), ...corsHeaders(call.origin, call.client) });
  return signed === undefined ? reply.send(claims) : reply.type("application/jwt").send(signed);
}

/**
 * The access token of the request, verified. Keycloak's order: the token by itself, its scope, then client, session and user.
 * @throws {OAuthError} `userinfo_*`
 */
async function bearerToken(call: EndpointCall): Promise<Omit<ActiveToken, "kind">> {
  const { realm, issuer, services } = call;
  const text = sentToken(call);
  const verified = await verifyAccessToken(text, { services, realm, issuer, now: Math.floor(call.now / 1000) });
  const claims = verified.ok ? verified.facts.claims : verified.claims;
  if (claims === undefined || (!verified.ok && BY_ITSELF.has(verified.problem))) {
    throw refused(call, "userinfo_token_invalid", verified.ok ? "" : verified.problem);
  }
  // No proof of a key can be checked here (SEC-EP-10).
  if (claims["cnf"] !== undefined) throw refused(call, "userinfo_token_invalid", "bound to a key");
  if (!splitScope(claims.scope ?? "").includes("openid")) throw new OAuthError("userinfo_scope_missing");
  const holder = claims.azp === undefined ? undefined : await realm.client(claims.azp);
  if (holder) call.client = holder;
  if (!verified.ok) throw refused(call, PROBLEMS.get(verified.problem) ?? "userinfo_token_invalid", verified.problem);
  const { user, session, lineage } = verified.facts;
  call.userId = user.id;
  call.sessionId = session?.id;
  call.details["username"] = user.username;
  return { claims, user, session, holder: verified.facts.holder, lineage };
}

/** What is wrong with a token whatever the server knows of its session. */
const BY_ITSELF: ReadonlySet<string> = new Set(["other issuer", "not an access token", "expired", "not yet valid", "incomplete claims"]);
const PROBLEMS: ReadonlyMap<string, Refusal> = new Map([
  ["client not found", "userinfo_client_unknown"],
  ["client disabled", "userinfo_client_disabled"],
  ["user disabled", "userinfo_user_disabled"],
  ["session not found", "userinfo_session_gone"],
  ["client session not found", "userinfo_session_gone"],
  ["session expired", "userinfo_session_expired"],
]);

/** Keycloak's words for what `native` calls by its own name. */
const KEYCLOAK_REASONS: ReadonlyMap<string, string> = new Map([
  ["bad_shape", "Failed to parse JWT"],
  ["key not found", "Key not found"],
  ["bad signature", "Invalid token signature"],
  ["expired", "Token is not active"],
  ["not yet valid", "Token is not active"],
]);

/** The event says why a token was not taken; as in Keycloak, where nothing else does. */
function refused({ realm }: EndpointCall, refusal: Refusal, problem: string): OAuthError {
  const reason = realm.view.realm.dialect === "keycloak" ? (KEYCLOAK_REASONS.get(problem) ?? problem) : problem;
  return new OAuthError(refusal, refusal === "userinfo_token_invalid" ? { reason } : {}, { evidence: { cause: problem } });
}

/** RFC 6750 §2.1 and §2.2, one of them; never from the query (§2.3), whose values end up in logs. */
function sentToken({ authorization, form, realm }: EndpointCall): string {
  const scheme = realm.view.realm.dialect === "keycloak" ? /^(?:bearer|dpop) +(\S+)$/i : /^bearer +(\S+)$/i;
  const fromHeader = scheme.exec(authorization?.trim() ?? "")?.[1];
  const fromForm = form.all("access_token");
  if (fromForm.length > 1) throw new OAuthError("parameter_duplicated", { parameter: "access_token" });
  if (fromHeader !== undefined && fromForm.length > 0) throw new OAuthError("userinfo_token_twice");
  const token = fromHeader ?? fromForm[0];
  if (token === undefined) throw new OAuthError("userinfo_token_missing");
  return token;
}

function refuseBearer(call: EndpointCall, error: OAuthError, reply: Reply): Reply {
  const { name, dialect } = call.realm.view.realm;
  const disabled = error.refusal === "realm_disabled";
  const [status, code, text] = refusalRow(disabled ? "userinfo_token_missing" : error.refusal)[dialect];
  // Transport and storage have nothing to do with the token.
  if (error.refusal === "https_required" || status === 503) return answerRefusal(call, error, reply);
  const described = code === "" ? "" : `, error=${quoted(code)}${text === undefined ? "" : `, error_description=${quoted(text)}`}`;
  const cors = corsHeaders(call.origin, call.client);
  const exposed = cors["access-control-expose-headers"];
  return reply
    .code(status)
    .headers({ ...cors, ...(exposed !== undefined && { "access-control-expose-headers": `${exposed}, WWW-Authenticate` }) })
    .header("www-authenticate", `Bearer realm=${quoted(name)}${described}`)
    .type("text/plain;charset=utf-8")
    .send("");
}
