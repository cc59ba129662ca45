import type { ActClaim, RolesClaim, TokenClaims } from "@cambist/protocol/claims.ts";
import type { EpochSeconds } from "../model.ts";
import type { Draft } from "./draft.ts";
import { orderLikeKeycloak } from "./java-order.ts";

/** Members that the server itself writes. */
export interface OwnClaims {
  readonly exp: EpochSeconds | undefined;
  readonly iat: EpochSeconds | undefined;
  readonly jti: string | undefined;
  readonly iss: string | undefined;
  readonly aud: readonly string[];
  readonly typ: string | undefined;
  readonly azp: string | undefined;
  readonly sid: string | undefined;
  readonly at_hash?: string | undefined;
  readonly cnf?: unknown;
  readonly scope?: string | undefined;
  readonly act?: ActClaim | undefined;
  /** `resource_access` keeps only these clients. */
  readonly keptClients?: ReadonlySet<string> | undefined;
}

/** Puts the members into Keycloak's order and leaves absent ones out. */
export function orderClaims(draft: Draft, own: OwnClaims): Record<string, unknown> & TokenClaims {
  const claims: Record<string, unknown> = {};
  const put = (name: string, value: unknown): void => {
    if (value !== undefined) claims[name] = value;
  };
  put("exp", own.exp);
  put("iat", own.iat);
  put("auth_time", draft.authTime);
  put("jti", own.jti);
  put("iss", own.iss);
  put("aud", own.aud.length > 1 ? own.aud : own.aud[0]);
  put("sub", draft.sub);
  put("typ", own.typ);
  put("azp", own.azp);
  put("nonce", draft.nonce);
  put("sid", own.sid);
  put("at_hash", own.at_hash);
  put("acr", draft.acr);
  put("allowed-origins", draft.allowedOrigins);
  put("realm_access", draft.realmAccess && { roles: draft.realmAccess });
  put("resource_access", resourceAccess(draft, own.keptClients));
  put("cnf", own.cnf);
  put("scope", own.scope);
  put("act", own.act);
  writeOthers(claims, draft);
  return claims;
}

/** Entries, not assignments: a client may be named like a member of every object. */
export function resourceAccess(draft: Draft, kept?: ReadonlySet<string>): Readonly<Record<string, RolesClaim>> | undefined {
  if (draft.resourceAccess.size === 0) return undefined;
  const entries: [string, RolesClaim][] = [];
  for (const [clientId, roles] of draft.resourceAccess) if (!kept || kept.has(clientId)) entries.push([clientId, { roles }]);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Names come from compiled mappers, which refuse reserved ones and `__proto__`. */
export function writeOthers(claims: Record<string, unknown>, draft: Draft): void {
  if (draft.other.size === 0) return;
  for (const name of orderLikeKeycloak([...draft.other.keys()])) claims[name] = draft.other.get(name);
}
