import { TOKEN_TYPE } from "@cambist/protocol/token-types.ts";
import { clientScopeNames } from "../claims/client-scope-names.ts";
import { applyClientScopes } from "../claims/client-scopes.ts";
import { mayHaveOfflineAccess, OFFLINE_ACCESS } from "../claims/offline-access.ts";
import { isOrganizationWord, narrowsOrganizations, ORGANIZATION_SCOPE } from "../claims/organization-scope.ts";
import type { Client } from "../model.ts";
import { decideExchangeRight } from "../policy/exchange-right.ts";
import type { EventDetails, Refusal } from "../refusals.ts";
import { parseScope, scopeIsOversized, splitScope } from "../token-request/scope.ts";
import { audienceList, chainIsExhausted, droppedScopes, extendChain, nextActor } from "./chain.ts";
import type { ExchangeFacts, NamedTarget } from "./facts.ts";
import { decideImpersonation, type Impersonation } from "./impersonation.ts";
import { exchangedLifetime, NO_TIME_LEFT } from "./lifetime.ts";
import { deny, type Denial, type ExchangeDecision, type PermittedSession } from "./permit.ts";
import { policyContext } from "./policy-context.ts";

/** Why a requester may exchange to its targets, for the event and the audit record. */
interface Right {
  /** Details `exchange_right` and `subject_audience`. */
  readonly exchangeRight: string | undefined;
  readonly subjectAudience: "mismatch" | undefined;
  /** Audit only. */
  readonly rights: readonly unknown[] | undefined;
}

/**
 * Keycloak's V1 exchange: the token is built for the target, which alone says who may ask for it.
 * Order is wire behaviour: subject token, requested subject, requested issuer, requested type, targets, right, scope.
 */
export function decideV1(facts: ExchangeFacts): ExchangeDecision {
  const { request, view, requester } = facts;
  const native = view.realm.dialect === "native";
  const subjectRefusal = subjectIsRefused(facts);
  if (subjectRefusal) return subjectRefusal;

  let impersonation: Impersonation | undefined;
  if (request.requestedSubject !== undefined) {
    const decided = decideImpersonation(facts, request.requestedSubject);
    if (decided.outcome === "deny") return decided;
    impersonation = decided;
  }
  const about = impersonation?.details ?? {};
  if (request.requestedIssuer !== undefined) {
    return deny(facts.requestedIssuerKnown ? "requested_issuer_unsupported" : "requested_issuer_unknown", {
      ...about,
      requested_issuer: request.requestedIssuer,
    });
  }
  // Keycloak stumbles over a missing token only when it builds the new one, so that everything else is looked at first.
  if (native && !facts.subject && !impersonation) return deny("subject_token_missing", about);

  const wantsSaml = request.requestedTokenType === TOKEN_TYPE.saml2 && !native;
  const wanted = request.requestedTokenType ?? (native ? TOKEN_TYPE.accessToken : TOKEN_TYPE.refreshToken);
  if (wanted !== TOKEN_TYPE.accessToken && wanted !== TOKEN_TYPE.refreshToken && !wantsSaml)
    return deny("requested_type_unsupported", about);

  const exhausted = chainIsExhausted(facts);
  if (exhausted) return deny(exhausted, about);

  const named = native ? facts.targets : facts.targets.filter((target) => target.parameter === "audience");
  const targetRefusal = targetsAreRefused(named, requester, native, about);
  if (targetRefusal) return targetRefusal;
  const targets = named.length > 0 ? distinct(named) : [requester];

  const right = mayExchange(facts, targets, about);
  if ("outcome" in right) return right;
  if (wantsSaml) return deny("saml_target_unsupported", about);

  return permit(facts, { targets, right, impersonation, wantsRefresh: wanted === TOKEN_TYPE.refreshToken });
}

/** The subject token itself (Keycloak decides internal or external here, before anything else). */
function subjectIsRefused({
  view,
  request,
  issuer,
  subject,
  subjectIssuerKnown,
  subjectUnparseable,
  foreignIssuer,
  again,
}: ExchangeFacts): Denial | undefined {
  if (again) return undefined;
  if (request.subjectToken === undefined) {
    // Who describes a token means to send one: losing it on the way must not turn into impersonation without a token.
    const described = request.subjectTokenType !== undefined || request.subjectIssuer !== undefined;
    return described && view.realm.dialect === "native" ? deny("subject_token_missing") : undefined;
  }
  const external = request.subjectIssuer !== undefined && request.subjectIssuer !== issuer ? request.subjectIssuer : undefined;
  const declaredJwt = request.subjectTokenType === TOKEN_TYPE.jwt && request.subjectIssuer === undefined;
  if (!external && declaredJwt && subjectUnparseable) return deny("subject_jwt_unparseable");
  const subjectIssuer = external ?? (declaredJwt ? foreignIssuer : undefined);
  if (subjectIssuer !== undefined) {
    return deny(subjectIssuerKnown ? "subject_issuer_unsupported" : "subject_issuer_unknown", { subject_issuer: subjectIssuer });
  }
  if (request.subjectTokenType !== undefined && request.subjectTokenType !== TOKEN_TYPE.accessToken)
    return deny("subject_token_type_wrong");
  // A bound token would become an unbound one: no proof of its key can be checked here.
  if (!subject || subject.claims["cnf"] !== undefined) return deny("subject_token_invalid");
  return undefined;
}

/** First that every named client is there, then that each may be a target. */
function targetsAreRefused(named: readonly NamedTarget[], requester: Client, native: boolean, about: EventDetails): Denial | undefined {
  for (const { client, parameter, value } of named) {
    if (!client) return deny(parameter === "resource" ? "resource_unknown" : "target_unknown", { ...about, audience: value });
  }
  for (const { client } of named) {
    if (client?.consentRequired) return deny("target_needs_consent", { ...about, audience: client.clientId });
    if (client && !client.enabled) return deny("target_disabled", { ...about, audience: client.clientId });
  }
  if (named.length === 0 && native && requester.consentRequired)
    return deny("target_needs_consent", { ...about, audience: requester.clientId });
  return undefined;
}

/** Each client once, in the order of its first mention. */
function distinct(named: readonly NamedTarget[]): readonly Client[] {
  const clients: Client[] = [];
  for (const { client } of named) if (client && !clients.some(({ id }) => id === client.id)) clients.push(client);
  return clients;
}

/** Each target alone must let the requester through; the first that does not answers. */
function mayExchange(facts: ExchangeFacts, targets: readonly Client[], about: EventDetails): Right | Denial {
  const { requester, subject, view } = facts;
  const isHolder = subject?.claims.azp === requester.clientId;
  const inAudience = audienceList(subject?.claims.aud).includes(requester.clientId);
  const evidence: Record<string, unknown>[] = [];
  let exchangeRight: string | undefined;
  for (const target of targets) {
    const toItself = target.id === requester.id;
    if (requester.publicClient && !isHolder) return deny("not_token_holder", about);
    if (toItself) {
      if (subject && !requester.publicClient && !isHolder && !inAudience) return deny("not_in_audience", about);
      continue;
    }
    if (view.realm.exchange.subjectAudienceRequired && subject && !isHolder && !inAudience) {
      return deny("not_in_audience", { ...about, audience: target.clientId, subject_audience: "mismatch" });
    }
    const right = decideExchangeRight({
      view,
      requester,
      serviceAccount: facts.serviceAccount,
      target,
      context: policyContext(facts),
    });
    if (!right.allowed) return deny("exchange_not_permitted", { ...about, audience: target.clientId }, { permission: right.permission });
    exchangeRight ??= right.by;
    evidence.push({ target: target.clientId, by: right.by, permission: right.permission });
  }
  return {
    exchangeRight,
    subjectAudience: subject && !isHolder && !inAudience ? "mismatch" : undefined,
    rights: evidence.length > 0 ? evidence : undefined,
  };
}

interface Allowed {
  readonly targets: readonly Client[];
  readonly right: Right;
  readonly impersonation: Impersonation | undefined;
  readonly wantsRefresh: boolean;
}

function permit(facts: ExchangeFacts, { targets, right, impersonation, wantsRefresh }: Allowed): ExchangeDecision {
  const { view, requester, subject, request } = facts;
  const native = view.realm.dialect === "native";
  const target = targets[0] ?? requester;
  const about = impersonation?.details;
  const user = impersonation?.user ?? subject?.user;
  if (!user) return deny("subject_token_missing", about);
  const roles = impersonation?.roles ?? facts.subjectRoles;

  const scope = scopeFor(facts, target, roles);
  if (typeof scope === "string") return deny(scope, about);
  const dropped = droppedScopes(facts);
  const applied = applyClientScopes({
    view,
    client: target,
    requested: scope.words,
    effectiveRoles: roles,
    member: native ? user : undefined,
    // Keycloak's default scopes come back at every hop; in `native` what a hop left out stays out.
    suppressed: native ? dropped : undefined,
  });

  const session: PermittedSession = impersonation
    ? { kind: "new", notes: impersonation.notes }
    : subject?.session
      ? { kind: "existing", session: subject.session }
      : { kind: "transient" };
  const lifetime = exchangedLifetime(facts, target, session, impersonation !== undefined);
  if (lifetime <= 0) return deny("subject_token_invalid", about, NO_TIME_LEFT);
  const act = native && !impersonation ? nextActor(facts) : undefined;
  // Keycloak never adds the requester; among several that were named, `native` leaves none out.
  const addedAudience = native && targets.length > 1 ? targets : [target].filter(({ id }) => id !== requester.id);
  const onlineSession = session.kind === "new" ? !native : session.kind === "existing" && (!native || !session.session.offline);
  return {
    outcome: "permit",
    engine: "v1",
    builtFor: target,
    requester,
    targets,
    user,
    roles,
    session,
    applied,
    addAudience: addedAudience.map(({ clientId }) => clientId),
    limitResourceAccess: native && targets.length > 1 ? new Set(targets.map(({ clientId }) => clientId)) : undefined,
    act,
    refreshToken: wantsRefresh && onlineSession && requester.attributes["use.refresh.tokens"] !== "false",
    idToken: !native && applied.openid ? "member" : "none",
    lifetime,
    chain: extendChain(facts, { targets, dropped, act, impersonator: impersonation ? (subject?.user.id ?? requester.id) : undefined }),
    details: {
      audience: native ? targets.map(({ clientId }) => clientId).join(" ") : target.clientId,
      exchange_right: right.exchangeRight,
      subject_audience: right.subjectAudience,
      resource: request.resources.length > 0 && native ? request.resources.join(" ") : undefined,
      ...about,
    },
    evidence: { rights: right.rights, dropped_scopes: dropped.size > 0 ? [...dropped] : undefined, ...impersonation?.evidence },
  };
}

/**
 * The words asked of the target: the subject token's, narrowed by a sent `scope`, as far as the target knows them. Down-scoping only; a
 * word that is not allowed vanishes and the answer's `scope` says so.
 */
function scopeFor(facts: ExchangeFacts, target: Client, roles: ReadonlySet<string>): { readonly words: readonly string[] } | Refusal {
  const { request, subject, view } = facts;
  const native = view.realm.dialect === "native";
  const parsed = request.scope === undefined ? undefined : parseScope(request.scope);
  if (request.scope !== undefined && parsed === undefined && (native || scopeIsOversized(request.scope))) return "exchange_scope_malformed";
  const sent = request.scope === undefined ? undefined : (parsed ?? splitScope(request.scope));
  if (native && sent?.includes(OFFLINE_ACCESS)) return "exchange_offline";

  const held = subject?.claims.scope;
  let words: readonly string[];
  if (held === undefined) words = sent ?? [];
  else {
    const heldWords = splitScope(held);
    const isHeld = (word: string): boolean => heldWords.includes(word) || (native && narrowsOrganizations(heldWords, word));
    words = sent === undefined ? heldWords : sent.filter(isHeld);
    const known = clientScopeNames(target);
    // Keycloak's V1 knows client scopes by their names alone, so that words such as `organization:acme` vanish.
    const isKnown = (word: string): boolean => known.has(native && isOrganizationWord(word) ? ORGANIZATION_SCOPE : word);
    words = words.filter((word) => word === "openid" || isKnown(word));
  }
  if (words.includes(OFFLINE_ACCESS)) {
    if (!native && !mayHaveOfflineAccess(view, roles)) return "exchange_offline";
    // An exchange makes no offline session; the word is dropped and the answer's scope says so.
    words = words.filter((word) => word !== OFFLINE_ACCESS);
  }
  const dropped = facts.subject?.lineage?.droppedScopes;
  return { words: dropped ? words.filter((word) => !dropped.includes(word)) : words };
}
