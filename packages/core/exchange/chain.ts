import type { ActClaim } from "@cambist/protocol/claims.ts";
import { isOrganizationWord, ORGANIZATION_SCOPE } from "../claims/organization-scope.ts";
import type { Client, EpochSeconds } from "../model.ts";
import type { Refusal } from "../refusals.ts";
import { splitScope } from "../token-request/scope.ts";
import type { ExchangeFacts } from "./facts.ts";
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
  const dropped = new Set([...(facts.subject?.lineage?.droppedScopes ?? []), ...wordsDroppedHere(facts)]);
  if ([...dropped].some(isOrganizationWord)) dropped.add(ORGANIZATION_SCOPE);
  return dropped;
}

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
  const { subject, requester, request, now } = facts;
  const lineage = subject?.lineage;
  const target = targets[0] ?? requester;
  const earlierImpersonator = impersonator ?? lineage?.impersonator;
  return {
    ...(subject?.claims.jti !== undefined && { parent: subject.claims.jti }),
    requesters: [...(lineage?.requesters ?? []), requester.clientId],
    targets: [...(lineage?.targets ?? []), target.clientId],
    droppedScopes: [...dropped],
    chainStart: chainStart(subject?.claims.iat, lineage?.chainStart, now),
    ...(act && { act }),
    ...(earlierImpersonator !== undefined && { impersonator: earlierImpersonator }),
    ...(transientClient && { transientClient }),
    again: {
      azp: subject?.claims.azp ?? requester.clientId,
      aud: audienceList(subject?.claims.aud),
      ...(subject?.claims.scope !== undefined && { scope: subject.claims.scope }),
      audiences: request.audiences,
      resources: request.resources,
      ...(request.scope !== undefined && { requestedScope: request.scope }),
      ...(filtered && { filtered: true as const }),
    },
  };
}

/** `aud` as a list (RFC 7519 §4.1.3 allows a string). */
export function audienceList(aud: string | readonly string[] | undefined): readonly string[] {
  if (aud === undefined) return [];
  return typeof aud === "string" ? [aud] : aud;
}

function chainStart(subjectIssuedAt: EpochSeconds | undefined, lineageStart: EpochSeconds | undefined, now: EpochSeconds): EpochSeconds {
  return lineageStart ?? subjectIssuedAt ?? now;
}
