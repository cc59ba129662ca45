import { type ExchangeFacts, NO_ROLES, type NamedTarget, type SubjectFacts, type UserFacts } from "@cambist/core/exchange/facts.ts";
import type { Client, ExchangeAgain, User } from "@cambist/core/model.ts";
import type { ExchangeRequest } from "@cambist/core/token-request/exchange-request.ts";
import { TOKEN_TYPE } from "@cambist/protocol/token-types.ts";
import { parseJws } from "../keys/jws.ts";
import { isLocked } from "@cambist/core/brute-force/login-failures.ts";
import { verifyAccessToken } from "../tokens/verify-access-token.ts";
import type { GrantCall } from "./grant.ts";

/** A subject that stands in for a token: the session behind a refresh token of an earlier exchange. */
export interface StandIn {
  readonly subject: SubjectFacts;
  readonly again: ExchangeAgain;
}

/** Verifies tokens and loads everything the decision may look at, all of it committed state as of now. Refuses nothing. */
export async function gatherExchange(call: GrantCall, request: ExchangeRequest, standIn?: StandIn): Promise<ExchangeFacts> {
  const { realm, services, issuer, client: requester } = call;
  const now = Math.floor(call.now / 1000);
  const verified = standIn ? ({ ok: true, facts: standIn.subject } as const) : await verifySubject(call, request, now);
  const targets = await findTargets(call, request);
  const serviceAccount = requester.serviceAccountsEnabled ? await findServiceAccount(call, requester) : undefined;
  const requestedUser = request.requestedSubject === undefined ? undefined : await findRequestedUser(call, request.requestedSubject);
  const subject = verified?.ok ? verified.facts : undefined;
  const consentedScopes =
    subject && requester.consentRequired
      ? await services.state.consentedScopes(realm.view.realm.id, subject.user.id, requester.id)
      : undefined;
  const declared = standIn ? undefined : declaredJwt(request, issuer);
  const known = (name: string | undefined): boolean => name !== undefined && knowsProvider(call, name);
  return {
    now,
    view: realm.view,
    issuer,
    request,
    requester,
    serviceAccount,
    subject,
    subjectProblem: verified && !verified.ok ? verified.problem : undefined,
    subjectUnparseable: declared?.subjectUnparseable,
    foreignIssuer: declared?.foreignIssuer,
    subjectRoles: subject ? realm.view.effectiveRoles(subject.user) : NO_ROLES,
    requestedUser,
    targets,
    consentedScopes,
    subjectIssuerKnown: known(request.subjectIssuer) || known(declared?.foreignIssuer),
    requestedIssuerKnown: known(request.requestedIssuer),
    network: { ipAddress: call.caller.ipAddress, userAgent: call.caller.userAgent },
    matchesRegex: services.matchesRegex,
    again: standIn?.again,
  };
}

/** An access token of another declared kind is not even looked at: what it claims to be decides. */
function verifySubject({ realm, services, issuer }: GrantCall, request: ExchangeRequest, now: number) {
  const { subjectToken, subjectTokenType, subjectIssuer } = request;
  if (subjectToken === undefined) return undefined;
  if (subjectTokenType !== undefined && subjectTokenType !== TOKEN_TYPE.accessToken) return undefined;
  if (subjectIssuer !== undefined && subjectIssuer !== issuer) return undefined;
  return verifyAccessToken(subjectToken, { services, realm, issuer, now });
}

/** A token declared as a JWT may be of another issuer; its `iss` is only named in the refusal, never believed. */
function declaredJwt(
  { subjectToken, subjectTokenType, subjectIssuer }: ExchangeRequest,
  issuer: string,
): { subjectUnparseable?: boolean; foreignIssuer?: string } | undefined {
  if (subjectToken === undefined || subjectTokenType !== TOKEN_TYPE.jwt || subjectIssuer !== undefined) return undefined;
  const parsed = parseJws(subjectToken);
  if (typeof parsed === "string") return { subjectUnparseable: true };
  const { iss } = parsed.payload;
  return typeof iss === "string" && iss !== issuer ? { foreignIssuer: iss.slice(0, 255) } : undefined;
}

async function findTargets({ realm, services }: GrantCall, { audiences, resources }: ExchangeRequest): Promise<readonly NamedTarget[]> {
  if (audiences.length + resources.length > 20) return [];
  const targets: NamedTarget[] = [];
  for (const value of audiences) targets.push({ parameter: "audience", value, client: await realm.client(value) });
  if (realm.view.realm.dialect === "keycloak") return targets;
  for (const value of resources) {
    // RFC 8693 §2.1: an absolute URI without fragment; two clients with one resource name nobody.
    const parsed = value.length <= 2048 ? URL.parse(value) : null;
    const owners = parsed && parsed.hash === "" ? await services.findClientsByResource(realm.view.realm.id, value) : [];
    const [owner, ...others] = owners;
    const client = owner !== undefined && others.length === 0 ? await realm.client(owner) : undefined;
    targets.push({ parameter: "resource", value, client });
  }
  return targets;
}

async function findServiceAccount({ realm, services }: GrantCall, requester: Client): Promise<UserFacts | undefined> {
  const user = await services.state.findServiceAccount(realm.view.realm.id, requester.id);
  return user?.enabled ? { user, roles: realm.view.effectiveRoles(user), locked: false } : undefined;
}

/** By username first, then by id. @see Keycloak 26.1: requested_subject */
async function findRequestedUser(call: GrantCall, name: string): Promise<UserFacts | undefined> {
  const { realm, services } = call;
  if (name === "" || name.length > 255) return undefined;
  const user =
    (await services.state.findUserByUsername(realm.view.realm.id, name)) ?? (await services.state.findUserById(realm.view.realm.id, name));
  return user && { user, roles: realm.view.effectiveRoles(user), locked: await userIsLocked(call, user) };
}

export async function userIsLocked({ realm, services, now }: GrantCall, user: User): Promise<boolean> {
  if (!realm.view.realm.bruteForce.enabled) return false;
  return isLocked(await services.state.loginFailures(realm.view.realm.id, user.id), Math.floor(now / 1000));
}

function knowsProvider({ realm }: GrantCall, name: string): boolean {
  return realm.identityProviders.some(({ alias, representation }) => alias === name || issuersOf(representation["config"]).includes(name));
}

function issuersOf(config: unknown): readonly string[] {
  if (typeof config !== "object" || config === null || !("issuer" in config) || typeof config.issuer !== "string") return [];
  return config.issuer.split(",").map((issuer) => issuer.trim());
}
