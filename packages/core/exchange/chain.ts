import type { ActClaim } from "@cambist/protocol/claims.ts";
import { isOrganizationWord, ORGANIZATION_SCOPE } from "../claims/organization-scope.ts";
import type { Ancestor, Client, EpochSeconds } from "../model.ts";
import type { Refusal } from "../refusals.ts";
import { splitScope } from "../token-request/scope.ts";
import type { ExchangeFacts, SubjectFacts } from "./facts.ts";
import type { Chain } from "./permit.ts";

/** Refuses a chain that is already as deep or as old as the realm allows: one more token would have no time to live. */
export function chainIsExhausted({ view, subject, now }: ExchangeFacts): Refusal | undefined {
  const { maxDepth, maxAge } = view.realm.exchange;
  const lineage = subject?.lineage;
  if (lineage && lineage.requesters.length >= maxDepth) return "chain_too_deep";
  if (subject && maxAge !== undefined && now - chainStart(subject.claims.iat, lineage?.chainStart, now) >= maxAge) return "chain_too_old";
  return undefined;
}

/**
 * The `act` of the token to be made (RFC 8693 §4.1). The earlier one comes from the server's lineage, never from a token: a requester that
 * already held the subject token is not a new actor, any other is.
 */
export function nextActor({ subject, requester, serviceAccount }: ExchangeFacts): ActClaim | undefined {
  if (!subject) return undefined;
  const earlier = subject.lineage?.act;
  if (subject.claims.azp === requester.clientId) return earlier;
  const actor = { client_id: requester.clientId, sub: serviceAccount?.user.id ?? requester.id };
  return earlier ? { ...actor, act: earlier } : actor;
}

/** Scope words that this request's `scope` leaves out of what the subject token has. */
export function wordsDroppedHere({ subject, request }: ExchangeFacts): readonly string[] {
  if (request.scope === undefined || subject?.claims.scope === undefined) return [];
  const asked = new Set(splitScope(request.scope));
  return splitScope(subject.claims.scope).filter((word) => !asked.has(word));
}

/**
 * What earlier hops dropped and this one drops: it never comes back. With a word for organizations the scope that it belongs to goes too, or
 * the target's default scope would tell what was left out.
 */
export function droppedScopes(facts: ExchangeFacts): ReadonlySet<string> {
  const here = wordsDroppedHere(facts);
  const before = facts.subject?.lineage?.droppedScopes ?? here;
  if (here.length === 0 && before.length === 0) return NOTHING_DROPPED;
  const dropped = new Set([...before, ...here]);
  if ([...dropped].some(isOrganizationWord)) dropped.add(ORGANIZATION_SCOPE);
  return dropped;
}

const NOTHING_DROPPED: ReadonlySet<string> = new Set();

export interface NewHop {
  readonly targets: readonly Client[];
  readonly dropped: ReadonlySet<string>;
  readonly act?: ActClaim | undefined;
  readonly impersonator?: string | undefined;
  readonly transientClient?: boolean;
  /** The audiences of the request filter the token. */
  readonly filtered?: boolean;
}

/** The lineage of the token to be made: the subject token's, one hop longer. */
export function extendChain(facts: ExchangeFacts, { targets, dropped, act, impersonator, transientClient, filtered }: NewHop): Chain {
  const { subject, requester, request, now, again } = facts;
  const lineage = subject?.lineage;
  // Where a session stands in for the subject token, it is still that token which may be revoked.
  const ancestor = again ? again.subject : ancestorOf(subject);
  const target = targets[0] ?? requester;
  return {
    parent: subject?.claims.jti,
    ancestors: ancestor ? after(lineage?.ancestors, ancestor) : (lineage?.ancestors ?? []),
    requesters: after(lineage?.requesters, requester.clientId),
    targets: after(lineage?.targets, target.clientId),
    droppedScopes: [...dropped],
    chainStart: chainStart(subject?.claims.iat, lineage?.chainStart, now),
    act,
    impersonator: impersonator ?? lineage?.impersonator,
    transientClient: transientClient === true ? true : undefined,
    again: {
      subject: ancestor,
      azp: subject?.claims.azp ?? requester.clientId,
      aud: audienceList(subject?.claims.aud),
      scope: subject?.claims.scope,
      audiences: request.audiences,
      resources: request.resources,
      requestedScope: request.scope,
      filtered: filtered === true ? true : undefined,
    },
  };
}

/** A subject token as something that may be revoked; undefined: there is none, or nothing names it. */
function ancestorOf(subject: SubjectFacts | undefined): Ancestor | undefined {
  if (subject?.claims.jti === undefined) return undefined;
  const { claims, session, holder, clientStarts } = subject;
  const isClients = session && clientStarts.has(holder.id) && subject.lineage?.transientClient !== true;
  return { jti: subject.claims.jti, issuedAt: claims.iat ?? 0, session: session?.id, client: isClients ? holder.id : undefined };
}

const after = <Link>(earlier: readonly Link[] | undefined, link: Link): readonly Link[] => (earlier ? [...earlier, link] : [link]);

/** `aud` as a list (RFC 7519 §4.1.3 allows a string). */
export function audienceList(aud: string | readonly string[] | undefined): readonly string[] {
  if (aud === undefined) return [];
  return typeof aud === "string" ? [aud] : aud;
}

function chainStart(subjectIssuedAt: EpochSeconds | undefined, lineageStart: EpochSeconds | undefined, now: EpochSeconds): EpochSeconds {
  return lineageStart ?? subjectIssuedAt ?? now;
}
