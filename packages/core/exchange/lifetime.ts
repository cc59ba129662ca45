import { accessTokenLifetime } from "../claims/lifetime.ts";
import type { Client, Seconds, UserSession } from "../model.ts";
import type { ExchangeFacts } from "./facts.ts";
import type { PermittedSession } from "./permit.ts";

/** Why a good subject token is no good any more, for the audit record. */
export const NO_TIME_LEFT = { cause: "no lifetime left" } as const;

/**
 * Lifetime of an exchanged access token. Both dialects: the building client's or the realm's lifespan, capped by the session. `native`
 * also by what is left of the subject token, by the realm's impersonation lifespan and by the age the chain may reach. Zero or less: there
 * is nothing left to be given.
 */
export function exchangedLifetime(facts: ExchangeFacts, builtFor: Client, session: PermittedSession, impersonated: boolean): Seconds {
  const { view, subject, now, again } = facts;
  const { realm } = view;
  const native = realm.dialect === "native";
  const existing: UserSession | undefined = session.kind === "existing" ? session.session : undefined;
  // Where the building client joins the session only now, its part of it begins now.
  const joins = existing !== undefined && !subject?.clientStarts.has(builtFor.id);
  const caps = [
    accessTokenLifetime({
      realm,
      client: builtFor,
      session: existing,
      clientSessionStarted: joins ? now : undefined,
      now,
      exchange: true,
    }),
  ];
  if (native) {
    if (subject?.claims.exp !== undefined && !again) caps.push(subject.claims.exp - now);
    if (impersonated) caps.push(realm.exchange.impersonationLifespan);
    const start = subject?.lineage?.chainStart ?? subject?.claims.iat ?? now;
    if (realm.exchange.maxAge !== undefined) caps.push(start + realm.exchange.maxAge - now);
  }
  return Math.min(...caps);
}
