import { applyClientScopes } from "@cambist/core/claims/client-scopes.ts";
import { rolesInToken } from "@cambist/core/claims/roles.ts";
import { STANDARD_EXCHANGE_ENABLED } from "@cambist/core/exchange/route.ts";
import { isImpersonated } from "@cambist/core/exchange/impersonation.ts";
import type { SubjectFacts } from "@cambist/core/exchange/facts.ts";
import { splitScope } from "@cambist/core/token-request/scope.ts";
import { parseJws } from "../keys/jws.ts";
import type { LoadedRealm } from "../realms/compile-realm.ts";
import type { Services } from "../services.ts";
import { verifyAccessToken } from "../tokens/verify-access-token.ts";
import type { AdminRole } from "./admin-roles.ts";

/** Whoever calls the admin API: a user or service account of a realm, by a token whose session stands. */
export interface AdminCaller {
  readonly realm: LoadedRealm;
  readonly facts: SubjectFacts;
  /** Effective role ids, as far as the client's scope lets them through. */
  readonly roles: ReadonlySet<string>;
}

const ISSUER_PATH = "/realms/";

/**
 * The caller behind a bearer token, or undefined (401). The token's `iss` only tells whose keys to try; roles come from the session's user
 * as of now, not from the token, which may be lightweight. Impersonated tokens are nobody here, and so are delegated ones, unless their last
 * exchange was for the admin client by its permission (SEC-TX-14).
 */
export async function authenticateAdmin(
  authorization: string | undefined,
  baseUrl: string,
  services: Services,
): Promise<AdminCaller | undefined> {
  const token = /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) return undefined;
  const parsed = parseJws(token);
  if (typeof parsed === "string") return undefined;
  const { iss } = parsed.payload;
  const prefix = `${baseUrl}${ISSUER_PATH}`;
  if (typeof iss !== "string" || !iss.startsWith(prefix)) return undefined;
  const realm = await services.realms.get(decodeName(iss.slice(prefix.length)));
  if (!realm?.view.realm.enabled) return undefined;
  const verified = await verifyAccessToken(token, { realm, issuer: iss, state: services.state, now: Math.floor(services.clock() / 1000) });
  if (!verified.ok) return undefined;
  const { facts } = verified;
  if (isImpersonated(facts)) return undefined;
  if (facts.lineage?.act && !isForAdministration(realm, facts)) return undefined;

  const effectiveRoles = realm.view.effectiveRoles(facts.user);
  const requested = splitScope(facts.claims.scope ?? "");
  const { scopes } = applyClientScopes({ view: realm.view, client: facts.holder, requested, effectiveRoles });
  const roles = rolesInToken({ view: realm.view, client: facts.holder, scopes, effectiveRoles });
  return { realm, facts, roles };
}

/**
 * The admin client in `aud` is not enough: roles bring it there as well. The standard exchange asks no permission of a target, so what it
 * gives is for nobody's administration.
 */
function isForAdministration({ view }: LoadedRealm, { lineage, holder }: SubjectFacts): boolean {
  return lineage?.targets.at(-1) === view.adminClientId && holder.attributes[STANDARD_EXCHANGE_ENABLED] !== "true";
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return "";
  }
}

/** The client whose roles guard a realm, seen from the caller's realm; undefined: this caller has no business there. */
export function adminClientFor({ realm }: AdminCaller, target: string): string | undefined {
  const { name } = realm.view.realm;
  if (name === "master") return `${target}-realm`;
  return name === target ? "realm-management" : undefined;
}

/** Whether the caller holds one of these roles for a realm. */
export function holdsRole(caller: AdminCaller, target: string, roles: readonly AdminRole[]): boolean {
  const client = adminClientFor(caller, target);
  return client !== undefined && roles.some((name) => hasRole(caller, client, name));
}

/** Whether the caller holds any admin role for a realm. */
export function holdsAnyRole(caller: AdminCaller, target: string): boolean {
  const client = adminClientFor(caller, target);
  if (client === undefined) return false;
  for (const id of caller.roles) if (caller.realm.view.role(id)?.clientId === client) return true;
  return false;
}

function hasRole({ realm, roles }: AdminCaller, client: string, name: string): boolean {
  const role = realm.view.clientRole(client, name);
  return role !== undefined && roles.has(role.id);
}
