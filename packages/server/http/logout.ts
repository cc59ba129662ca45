import { OAuthError } from "@cambist/core/refusals.ts";
import type { GrantCall } from "../grants/grant.ts";
import { conclude, concludeUnchanged } from "./conclude.ts";
import { answerPreflight, corsHeaders } from "./cors.ts";
import { checkTransport } from "./endpoint-call.ts";
import { type FormEndpoint, identifyClient } from "./form-endpoint.ts";
import { readToken } from "./introspect-token.ts";
import { PAGE_HEADERS } from "./not-found.ts";
import { refuse } from "./refuse.ts";

const NONE: ReadonlySet<string> = new Set();

/**
 * Logout by refresh token, as Keycloak's adapters and SDKs do it: the whole session ends, and with it every token of it, exchanged ones
 * too. 204, also when the session has ended before. Sign-out in a browser (OpenID Connect RP-Initiated Logout) is not there yet.
 */
export const logout: FormEndpoint = {
  path: "logout",
  event: "LOGOUT",
  methods: ["POST", "GET", "HEAD"],
  preflight: (http, reply) => answerPreflight(http, reply, "GET, HEAD, OPTIONS"),
  async handle(call, reply) {
    reply.header("cambist-decision", call.decision);
    try {
      checkTransport(call);
      if (!call.form.has("refresh_token")) throw new OAuthError("logout_pages_missing");
      await endSession(await identifyClient(call));
      return reply
        .code(204)
        .headers({ ...PAGE_HEADERS, "cache-control": "no-cache", ...corsHeaders(call.origin, call.client) })
        .send();
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      return refuse(call, error, reply);
    }
  },
};

/** An expired refresh token will do: whoever holds it may still end its session. @see Keycloak 26 */
async function endSession(call: GrantCall): Promise<void> {
  const { form, client, realm, issuer, services } = call;
  const duplicate = form.firstDuplicate(NONE);
  if (duplicate !== undefined) throw new OAuthError("parameter_duplicated", { parameter: duplicate });
  const read = readToken(form.get("refresh_token") ?? "", realm);
  if (!read.ok) throw invalid(read.problem);
  const { kind, claims } = read;
  if (kind !== "refresh" && kind !== "offline") throw invalid("not a refresh token");
  if (claims.iss !== issuer || claims.sid === undefined) throw invalid("other issuer");
  const evidence = { subject_jti: claims.jti, subject_client: claims.azp, subject_session: claims.sid };
  if (claims.azp !== client.clientId) throw new OAuthError("logout_token_foreign", {}, { evidence });

  const realmId = realm.view.realm.id;
  const offline = kind === "offline";
  const state = await services.state.tokenState(realmId, { sessionId: claims.sid });
  const session = offline ? state.offlineSession : state.session;
  if (session && claims.sub !== undefined && claims.sub !== session.userId) throw invalid("other user");
  call.sessionId = claims.sid;
  if (!session) return concludeUnchanged(call, evidence);
  call.userId = session.userId;
  await conclude(call, { commands: [{ do: "endSession", realmId, sessionId: session.id, offline }] });
}

const invalid = (cause: string): OAuthError => new OAuthError("logout_token_invalid", {}, { evidence: { cause } });
