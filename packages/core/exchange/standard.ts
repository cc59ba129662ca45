import { TOKEN_TYPE } from "@cambist/protocol/token-types.ts";
import { applyClientScopes, type AppliedScopes } from "../claims/client-scopes.ts";
import { audiencesOf } from "../claims/audience.ts";
import { mayHaveOfflineAccess, OFFLINE_ACCESS } from "../claims/offline-access.ts";
import { isOrganizationWord, ORGANIZATION_SCOPE, scopeWordsAreKnown } from "../claims/organization-scope.ts";
import type { Client } from "../model.ts";
import type { EventDetails, Refusal } from "../refusals.ts";
import { parseScope, scopeIsOversized, splitScope } from "../token-request/scope.ts";
import { audienceList, chainIsExhausted, droppedScopes, extendChain, nextActor } from "./chain.ts";
import type { ExchangeFacts } from "./facts.ts";
import { exchangedLifetime, NO_TIME_LEFT } from "./lifetime.ts";
import { deny, type ExchangeDecision, type PermittedSession } from "./permit.ts";

/** Client attribute: `SAME_SESSION` lets a standard exchange answer with a refresh token. */
const REFRESH_REQUESTED = "standard.token.exchange.enableRefreshRequestedTokenType";

/**
 * Keycloak's standard exchange (V2): the token is built for the requester, the named audiences filter it. No permission on the target;
 * reach is what the requester's role scope and audience mappers give.
 * @see Keycloak 26.7: standard token exchange, order of its checks
 */
export function decideStandard(facts: ExchangeFacts): ExchangeDecision {
  const { request, requester, subject, view } = facts;
  const native = view.realm.dialect === "native";
  const sentType: EventDetails = request.requestedTokenType !== undefined ? { requested_token_type: request.requestedTokenType } : {};
  if (!subject) return deny("subject_token_invalid", sentType);
  if (subject.claims["cnf"] !== undefined) return deny("sender_constrained", sentType);
  const who: EventDetails = {
    username: subject.user.username,
    ...(subject.claims.azp !== undefined && { subject_token_client_id: subject.claims.azp }),
  };

  const type = request.requestedTokenType ?? TOKEN_TYPE.accessToken;
  if (type !== TOKEN_TYPE.accessToken && type !== TOKEN_TYPE.idToken && !(type === TOKEN_TYPE.refreshToken && mayRefresh(requester))) {
    return deny("requested_type_unsupported", { ...sentType, ...who });
  }
  const about: EventDetails = { requested_token_type: type, ...who };
  const exhausted = chainIsExhausted(facts);
  if (exhausted) return deny(exhausted, about);

  const named = native ? facts.targets : facts.targets.filter(({ parameter }) => parameter === "audience");
  for (const { client, parameter, value } of named) {
    if (!client) return deny(parameter === "resource" ? "resource_unknown" : "target_unknown", { ...about, audience: value });
  }
  if (requester.publicClient) return deny("standard_public", about);
  for (const { client } of named) if (client && !client.enabled) return deny("target_disabled", { ...about, audience: client.clientId });
  const inAudience = audienceList(subject.claims.aud).includes(requester.clientId);
  if (subject.claims.azp !== requester.clientId && !inAudience) return deny("not_in_audience", about);

  const dropped = droppedScopes(facts);
  const sent = wordsOf(facts, dropped);
  if (typeof sent === "string") return deny(sent, { ...about, ...(request.scope !== undefined && { scope: request.scope }) });

  // Keycloak: a client that signed in with openid keeps the word in what it gets from its own token, without an ID token.
  const heldOpenid = subject.claims.azp === requester.clientId && splitScope(subject.claims.scope ?? "").includes("openid");
  const words = !native && request.scope === undefined && heldOpenid ? ["openid"] : sent;

  const wantsRefresh = type === TOKEN_TYPE.refreshToken;
  // Its session may be there online as well: the token's scope says which one it came from.
  const isOffline = subject.session?.offline === true || splitScope(subject.claims.scope ?? "").includes(OFFLINE_ACCESS);
  // Keycloak: the token of an exchange that stored nothing for its client cannot become one that does.
  const isTransient = !native && subject.lineage?.transientClient === true;
  if (wantsRefresh && (!subject.session || isOffline || isTransient)) return deny("standard_refresh_needs_session", about);

  const targets = named.flatMap(({ client }) => client ?? []);
  const audience = targets.length > 0 ? new Set(targets.map(({ clientId }) => clientId)) : undefined;
  const applied = applyClientScopes({
    view,
    client: requester,
    requested: words,
    effectiveRoles: facts.subjectRoles,
    member: subject.user,
    audience,
    suppressed: native ? dropped : undefined,
  });
  // The word counts, whether the user may have it or not.
  const asksOffline = words.includes(OFFLINE_ACCESS);
  const getsOffline = asksOffline || applied.scopes.some(({ name }) => name === OFFLINE_ACCESS);
  if ((native && asksOffline) || (wantsRefresh && getsOffline)) {
    return deny(native || mayHaveOfflineAccess(view, facts.subjectRoles) ? "standard_offline" : "exchange_offline", about);
  }
  if (requester.consentRequired && !consentCovers(applied, facts.consentedScopes)) {
    return deny("standard_consent_missing", { ...about, client: requester.clientId });
  }
  const audiences = audiencesOf({ view, client: requester, applied, effectiveRoles: facts.subjectRoles, audience });
  const missing = [...(audience ?? [])].filter((clientId) => !audiences.includes(clientId));
  if (missing.length > 0) return deny("audience_not_available", { ...about, audience: missing.join(", ") });

  const session: PermittedSession = subject.session ? { kind: "existing", session: subject.session } : { kind: "transient" };
  const lifetime = exchangedLifetime(facts, requester, session, false);
  if (lifetime <= 0) return deny("subject_token_invalid", about, NO_TIME_LEFT);
  const act = native ? nextActor(facts) : undefined;
  return {
    outcome: "permit",
    engine: "standard",
    builtFor: requester,
    requester,
    targets,
    user: subject.user,
    roles: facts.subjectRoles,
    session,
    applied,
    audienceFilter: audience,
    addAudience: [],
    act,
    refreshToken: wantsRefresh,
    idToken: type === TOKEN_TYPE.idToken ? "instead" : !native && sent.includes("openid") ? "member" : "none",
    lifetime,
    chain: extendChain(facts, {
      targets,
      dropped,
      act,
      transientClient: !wantsRefresh && !subject.clientStarts.has(requester.id),
      filtered: audience !== undefined,
    }),
    details: { ...about, ...(audiences.length > 0 && { audience: audiences.join(" ") }) },
    evidence: { exchange_right: "standard", dropped_scopes: dropped.size > 0 ? [...dropped] : undefined },
  };
}

function mayRefresh(requester: Client): boolean {
  return requester.attributes[REFRESH_REQUESTED] === "SAME_SESSION" && requester.attributes["use.refresh.tokens"] !== "false";
}

/** The scope request of the requester; a word it does not have refuses. Words that an earlier hop dropped are not given again. */
function wordsOf({ view, request, requester, subject }: ExchangeFacts, dropped: ReadonlySet<string>): readonly string[] | Refusal {
  if (request.scope === undefined) return [];
  const words = parseScope(request.scope);
  // Keycloak repeats whatever it was sent; what is too large to be read is refused without repeating it.
  if (!words)
    return view.realm.dialect === "native" || scopeIsOversized(request.scope) ? "exchange_scope_malformed" : "exchange_scope_unknown";
  if (!scopeWordsAreKnown(view, requester, words)) return "exchange_scope_unknown";
  if (!subject?.lineage) return words;
  const held = splitScope(subject.claims.scope ?? "");
  // Whoever left organizations out keeps to those it kept.
  const isLost = (word: string): boolean => isOrganizationWord(word) && dropped.has(ORGANIZATION_SCOPE) && !held.includes(word);
  return words.filter((word) => !dropped.has(word) && !isLost(word));
}

/** Without a stored consent nothing is covered, not even scopes that no screen would show. @see Keycloak 26: consent of an exchange */
function consentCovers(applied: AppliedScopes, consented: ReadonlySet<string> | undefined): boolean {
  if (!consented) return false;
  return applied.scopes.filter(({ displayOnConsentScreen }) => displayOnConsentScreen).every(({ name }) => consented.has(name));
}
