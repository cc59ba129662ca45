import { judgeAccessToken } from "@cambist/core/tokens/judge-token.ts";
import type { Client, UserSession } from "@cambist/core/model.ts";
import { OAuthError } from "@cambist/core/refusals.ts";
import type { TokenClaims } from "@cambist/protocol/claims.ts";
import type { Command } from "@cambist/store/ports.ts";
import type { GrantCall } from "../grants/grant.ts";
import { sweepAfter } from "../grants/session-sweep.ts";
import { conclude } from "./conclude.ts";
import { corsHeaders } from "./cors.ts";
import { checkTransport } from "./endpoint-call.ts";
import { type FormEndpoint, identifyClient } from "./form-endpoint.ts";
import { readToken } from "./introspect-token.ts";
import { PAGE_HEADERS } from "./not-found.ts";
import { refuse } from "./refuse.ts";

const NONE: ReadonlySet<string> = new Set();

/**
 * Token revocation (RFC 7009). An access token goes onto the revocation list until it, and in `native` whatever was exchanged from it, has
 * expired. A refresh or offline token takes the client out of its session, and with it every token the client holds there. Tokens that were
 * exchanged from them end too. What cannot be stored is 503, never 200 (SEC-EP-09).
 */
export const revocation: FormEndpoint = {
  path: "revoke",
  event: "REVOKE_GRANT",
  async handle(call, reply) {
    reply.header("cambist-decision", call.decision);
    try {
      checkTransport(call);
      await revoke(await identifyClient(call));
      return reply.headers({ ...PAGE_HEADERS, ...corsHeaders(call.origin, call.client) }).send();
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      return refuse(call, error, reply);
    }
  },
};

async function revoke(call: GrantCall): Promise<void> {
  const { form, client, realm } = call;
  const duplicate = form.firstDuplicate(NONE);
  if (duplicate !== undefined) throw new OAuthError("parameter_duplicated", { parameter: duplicate });
  const text = form.get("token");
  if (text === undefined) throw new OAuthError("revocation_token_missing");
  const read = readToken(text, realm);
  if (!read.ok) throw invalid(read.problem);
  const { kind, claims } = read;
  if (kind === undefined || kind === "id") throw new OAuthError("revocation_kind_unsupported");
  if (claims.azp === undefined || claims.jti === undefined) throw invalid("incomplete claims");
  const evidence = { subject_jti: claims.jti, subject_client: claims.azp, subject_session: claims.sid };
  if (claims.azp !== client.clientId) throw new OAuthError("revocation_foreign", {}, { evidence });
  if (kind === "access") await revokeAccessToken(call, claims, claims.jti);
  else await revokeRefreshToken(call, claims, claims.jti, kind === "offline");
}

const invalid = (cause: string): OAuthError => new OAuthError("revocation_token_invalid", {}, { evidence: { cause } });

/** A token that is expired or revoked already is revoked once more: the answer is the same (Keycloak 26.7; 26.1 answers 409). */
async function revokeAccessToken(call: GrantCall, claims: TokenClaims, jti: string): Promise<void> {
  const { realm, services, issuer, client, details } = call;
  const realmId = realm.view.realm.id;
  const now = Math.floor(call.now / 1000);
  const state = await services.state.tokenState(realmId, { jti, sessionId: claims.sid, userId: claims.sub });
  const judged = judgeAccessToken({ claims, issuer, view: realm.view, now, state, holder: client });
  if (!judged.ok && judged.problem === "user not found") throw invalid(judged.problem);
  if (!judged.ok && SESSION_GONE.has(judged.problem)) throw sessionGone(judged.problem);
  call.userId = state.user?.id;
  details["token_id"] = jti;
  const session = state.session ?? state.offlineSession;
  const reach = session && realm.view.realm.dialect === "native" ? sweepAfter(realm.view.realm, session) : 0;
  const expiresAt = Math.max(claims.exp ?? now, reach);
  const chained = await endExchanged(call, state.session);
  await conclude(call, { commands: [{ do: "revokeToken", realmId, jti, expiresAt }, ...chained] });
}

/**
 * Takes the clients that exchanged tokens of this client out of its session, and with it whatever they were given there. Keycloak goes by the
 * client, whichever of its tokens is revoked, and reaches nobody who holds no part of the session. In `native` there is nothing to do: a
 * token of an exchange ends with each one it comes from.
 * @see Keycloak 26.7: chain of a revocation
 */
async function endExchanged(call: GrantCall, session: UserSession | undefined, leaving?: Client): Promise<readonly Command[]> {
  const { id: realmId, dialect } = call.realm.view.realm;
  if (!session || dialect === "native") return [];
  const subject = call.client.clientId;
  const uuids = await call.services.state.exchangedFrom(realmId, session.id, subject);
  const clients = await Promise.all(uuids.filter((uuid) => uuid !== leaving?.id).map((uuid) => call.realm.clientByUuid(uuid)));
  const names = clients.flatMap((client) => client?.clientId ?? []);
  if (names.length > 0) call.details["token_exchange_revoked_clients"] = names.join(",");
  return [{ do: "detachExchanged", realmId, sessionId: session.id, subject }];
}

const SESSION_GONE: ReadonlySet<string> = new Set(["session not found", "session expired", "client session not found"]);
const sessionGone = (cause: string): OAuthError => new OAuthError("revocation_session_gone", {}, { evidence: { cause } });

async function revokeRefreshToken(call: GrantCall, claims: TokenClaims, jti: string, offline: boolean): Promise<void> {
  const { realm, services, client, details } = call;
  const realmId = realm.view.realm.id;
  const state = await services.state.tokenState(realmId, { jti, sessionId: claims.sid });
  const session = offline ? state.offlineSession : state.session;
  const clients = offline ? state.offlineClientStarts : state.clientStarts;
  if (!session || !clients.has(client.id)) throw sessionGone(session ? "client session not found" : "session not found");
  call.userId = session.userId;
  Object.assign(details, { revoked_client: client.clientId, refresh_token_id: jti, refresh_token_type: claims.typ });
  const chained = await endExchanged(call, state.clientStarts.has(client.id) ? session : undefined, client);
  await conclude(
    call,
    { commands: [...chained, { do: "detachClientSession", realmId, sessionId: session.id, clientUuid: client.id }] },
    { facts: { subject_session: session.id } },
  );
}
