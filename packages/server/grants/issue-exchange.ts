import type { ExchangeFacts } from "@cambist/core/exchange/facts.ts";
import type { Permit } from "@cambist/core/exchange/permit.ts";
import { refreshTokenExpiry } from "@cambist/core/claims/lifetime.ts";
import type { ClientSession, Lineage, UserSession } from "@cambist/core/model.ts";
import { OAuthError } from "@cambist/core/refusals.ts";
import { TOKEN_TYPE } from "@cambist/protocol/token-types.ts";
import type { TokenResponse } from "@cambist/protocol/token-response.ts";
import type { Command } from "@cambist/store/ports.ts";
import { conclude } from "../http/conclude.ts";
import type { Continuation } from "./continuation.ts";
import type { GrantCall } from "./grant.ts";
import { prepareTokens, type PreparedTokens, type RefreshPlan } from "./issue-tokens.ts";
import { newReuseId } from "./refresh-family.ts";
import { sweepAfter } from "./session-sweep.ts";

/** Signs what was permitted while its record commits, and answers in the realm's dialect. */
export async function issueExchange(
  call: GrantCall,
  facts: ExchangeFacts,
  permit: Permit,
  continued?: Continuation,
): Promise<TokenResponse> {
  const { services, realm } = call;
  const { now } = facts;
  const settings = realm.view.realm;
  const native = settings.dialect === "native";
  const session = sessionOf(call, permit, now);
  const jti = [jtiPrefix(call, facts, permit), services.newId()].join("");
  const clientSession: ClientSession | undefined = session && {
    sessionId: session.id,
    clientUuid: permit.requester.id,
    offline: session.offline,
    started: now,
    lastRefresh: now,
  };
  const refresh: RefreshPlan | undefined =
    permit.refreshToken && session && clientSession
      ? {
          jti: services.newId(),
          kind: session.offline ? "Offline" : "Refresh",
          expiresAt: refreshTokenExpiry(settings, permit.builtFor, session, clientSession),
          reuseId: settings.rotatesRefreshTokens ? (continued?.reuseId ?? newReuseId(services.newId())) : undefined,
          scope: continued?.keeps.scope,
        }
      : undefined;

  const { chain } = permit;
  const { parent, ancestors, requesters, targets, droppedScopes, chainStart, act, impersonator, transientClient } = chain;
  const lineage: Lineage = {
    parent,
    ancestors,
    requesters,
    targets,
    droppedScopes,
    chainStart,
    act,
    impersonator,
    transientClient,
    jti,
    decision: call.decision,
  } satisfies Record<keyof Omit<Lineage, "again">, unknown>;
  const expiresAt = now + permit.lifetime;
  const commands: Command[] = [...(continued?.commands ?? [])];
  if (session) {
    if (permit.session.kind === "new") {
      commands.push({ do: "createSession", realmId: settings.id, session, expiresAt: sweepAfter(settings, session) });
    }
    const kept = permit.engine === "v1" ? [permit.builtFor, permit.requester] : permit.refreshToken ? [permit.requester] : [];
    for (const client of new Set(kept)) {
      if (permit.session.kind === "existing" && facts.subject?.clientStarts.has(client.id)) continue;
      commands.push({
        do: "ensureClientSession",
        realmId: settings.id,
        session: { sessionId: session.id, clientUuid: client.id, offline: session.offline, started: now, lastRefresh: now },
        scope: permit.applied.fullText,
      });
    }
  }
  const noted = session && exchangeNote(facts, permit, session);
  if (noted) commands.push(noted);
  commands.push({ do: "recordLineage", realmId: settings.id, lineage, expiresAt });
  if (refresh)
    commands.push({
      do: "recordLineage",
      realmId: settings.id,
      lineage: { ...(continued?.keeps.lineage ?? { ...lineage, again: chain.again }), jti: refresh.jti, decision: call.decision },
      expiresAt: refresh.expiresAt ?? expiresAt,
    });

  const prepared = await prepareTokens(call, {
    blueprint: {
      view: realm.view,
      builtFor: permit.builtFor,
      azp: permit.requester.clientId,
      user: permit.user,
      session: { id: session?.id, notes: session?.notes ?? {}, acr: "1" },
      applied: permit.applied,
      effectiveRoles: permit.roles,
      audience: permit.audienceFilter,
      addAudience: permit.addAudience,
      limitResourceAccess: permit.limitResourceAccess,
      act: permit.act,
    },
    lifetime: permit.lifetime,
    now,
    jti,
    refresh,
    idToken: permit.idToken,
  });
  if (native && isTooLarge(prepared)) throw new OAuthError("token_too_large", permit.details);
  call.userId = permit.user.id;
  if (session) call.sessionId = session.id;
  addPresent(call.details, permit.details);
  call.details["token_id"] = jti;
  call.details["scope"] = permit.applied.text;
  if (refresh) {
    call.details["refresh_token_id"] = refresh.jti;
    call.details["refresh_token_type"] = refresh.kind;
  }
  const recorded = conclude(
    call,
    { guards: continued?.guards, commands },
    {
      issued: refresh ? [jti, refresh.jti] : [jti],
      facts: {
        lineage: { parent, requesters, targets, dropped_scopes: droppedScopes, chain_start: chainStart },
        act: permit.act,
        engine: permit.engine,
        lifetime: permit.lifetime,
        subject_client: facts.subject?.claims.azp,
        ...permit.evidence,
      },
    },
  );
  // A failure is looked at below; without this a slow signature would leave it unhandled for a moment.
  recorded.catch(() => undefined);
  const signed = prepared.sign();
  const outcome = await recorded;
  if (!outcome.ok) throw continued?.refused(outcome.refused) ?? new Error("A guard refused and nobody knows why");
  return answer(signed, permit, native);
}

/** Largest token an exchange hands out in `native`, in characters: servers and proxies in between take no larger header (SEC-TX-17). */
const MAX_TOKEN = 8192;
/** No signature is longer: RSA with 4096 bits. */
const MAX_SIGNATURE = 684;

/** Signs before it is recorded only what may be too large, which is rare. */
const isTooLarge = (prepared: PreparedTokens): boolean =>
  prepared.unsignedLength + MAX_SIGNATURE > MAX_TOKEN && prepared.sign().access_token.length > MAX_TOKEN;

/** RFC 8693 §2.2.1; `native` leaves out what Keycloak adds to it. */
function answer(signed: TokenResponse, permit: Permit, native: boolean): TokenResponse {
  const issued_token_type =
    permit.idToken === "instead"
      ? TOKEN_TYPE.idToken
      : signed.refresh_token !== undefined
        ? TOKEN_TYPE.refreshToken
        : TOKEN_TYPE.accessToken;
  if (!native) return { ...signed, issued_token_type };
  const { access_token, expires_in, refresh_expires_in, refresh_token, token_type, scope } = signed;
  return {
    access_token,
    expires_in,
    refresh_expires_in: refresh_token === undefined ? undefined : refresh_expires_in,
    refresh_token,
    token_type,
    scope,
    issued_token_type,
  };
}

function sessionOf(call: GrantCall, { session, user }: Permit, now: number): UserSession | undefined {
  if (session.kind === "transient") return undefined;
  if (session.kind === "existing") return session.session;
  return {
    id: call.services.newId(),
    userId: user.id,
    offline: false,
    rememberMe: false,
    started: now,
    lastRefresh: now,
    authMethod: "impersonate",
    ipAddress: call.caller.ipAddress,
    notes: session.notes,
  };
}

/**
 * Keycloak's standard exchange remembers in the requester's part of an online session whose tokens it exchanged there, as the way that a
 * revocation goes later. Only a token that an exchange itself made hands down what its client remembers; one that was refreshed does not.
 */
function exchangeNote(
  { view, subject }: ExchangeFacts,
  { engine, refreshToken, requester }: Permit,
  session: UserSession,
): Command | undefined {
  const { azp, jti } = subject?.claims ?? {};
  if (view.realm.dialect === "native" || engine === "v1" || session.offline || !subject || azp === undefined) return undefined;
  if (!refreshToken && !subject.clientStarts.has(requester.id)) return undefined;
  const inherits = jti !== undefined && /^[a-z]{4}te:/.test(jti) ? subject.holder.id : undefined;
  return { do: "noteExchange", realmId: view.realm.id, sessionId: session.id, clientUuid: requester.id, subject: azp, inherits };
}

/**
 * What stands before the random part of a `jti`. In `native` the time: lineages are found by it, and an index in order of time is written at
 * one end, where one in random order has a page to be written for each exchange. Keycloak's standard exchange tells by two letters each which
 * session, token and grant it belongs to; V1 in 26.1 does not.
 */
function jtiPrefix({ now }: GrantCall, { view, subject }: ExchangeFacts, { engine, session, refreshToken, requester }: Permit): string {
  if (view.realm.dialect === "native") return timePrefix(now);
  if (engine === "v1") return "";
  if (session.kind !== "existing") return "trrtte:";
  const stored = refreshToken || subject?.clientStarts.has(requester.id);
  return `${session.session.offline ? (stored ? "of" : "ft") : stored ? "on" : "nt"}rtte:`;
}

/** Many exchanges share a millisecond. */
let prefixed = { now: 0, text: "" };
function timePrefix(now: number): string {
  if (prefixed.now !== now) prefixed = { now, text: `${now.toString(36)}-` };
  return prefixed.text;
}

function addPresent(to: Record<string, string>, details: Permit["details"]): void {
  for (const name in details) {
    const value = details[name];
    if (value !== undefined) to[name] = value;
  }
}
