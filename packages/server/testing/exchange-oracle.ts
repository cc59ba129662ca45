import type { ActClaim, TokenClaims } from "@cambist/protocol/claims.ts";
import {
  CLIENTS,
  hasAccount,
  HIDDEN_WORD,
  IMPERSONATION,
  type RandomClient,
  type RandomHop,
  type RandomPermission,
  type RandomPolicy,
  type RandomRealm,
  type Strategy,
} from "./random-exchanges.ts";

/**
 * What an exchange must come to, worked out from the plain values of a random realm by the written rules alone: it shares no code with what
 * decides. Times are seconds since the clock started.
 */
export interface Held {
  readonly token: string;
  readonly claims: TokenClaims;
  readonly user: string;
  readonly expiresAt: number;
  readonly sessionStart: number;
  readonly chainStart: number;
  readonly requesters: readonly string[];
  readonly dropped: ReadonlySet<string>;
  readonly act: ActClaim | undefined;
  readonly impersonator: string | undefined;
}

/** Everything of a token that follows from the rules. */
export interface Expected {
  readonly user: string;
  readonly builtFor: string;
  readonly words: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  /** Of {@link CLIENTS}. */
  readonly audience: ReadonlySet<string>;
  /** Targets that must be named. */
  readonly named: readonly string[];
  readonly expiresAt: number;
  readonly held: Omit<Held, "token" | "claims" | "expiresAt" | "user">;
}

type Effect = "permit" | "deny" | "unknown";
interface Identity {
  readonly username: string | undefined;
  readonly roles: ReadonlySet<string>;
  readonly groups: readonly string[];
  readonly scope: string;
  readonly clientId: string;
  readonly now: number;
}
const NOBODY = { roles: [], groups: [] };

export class ExchangeOracle {
  readonly #realm: RandomRealm;
  readonly #uuidOf: (clientId: string) => string;

  constructor(realm: RandomRealm, uuidOf: (clientId: string) => string) {
    this.#realm = realm;
    this.#uuidOf = uuidOf;
  }

  /** Direct roles, those of groups and of the groups above them, and what any of these contain. */
  effective({ roles, groups }: { readonly roles: readonly string[]; readonly groups: readonly string[] }): ReadonlySet<string> {
    const { groupRoles } = this.#realm;
    const of = (path: string): readonly string[] =>
      path === "" ? [] : [...(groupRoles[path] ?? []), ...of(path.slice(0, path.lastIndexOf("/")))];
    return closure([...roles, ...groups.flatMap(of)]);
  }

  /** Undefined: the exchange must be refused. */
  expect(hop: RandomHop, subject: Held | undefined, now: number): Expected | undefined {
    const requester = this.#client(hop.requester);
    if (!requester?.enabled) return undefined;
    if (subject && !this.#isAlive(subject, now)) return undefined;
    const targets = hop.audiences.map((clientId) => this.#client(clientId));
    if (targets.some((target) => !target?.enabled)) return undefined;
    if (subject && (subject.requesters.length >= this.#realm.maxDepth || now - subject.chainStart >= (this.#realm.maxAge ?? Infinity)))
      return undefined;
    const known = [...new Set(targets.flatMap((target) => target ?? []))];
    return requester.standard && subject && hop.requestedSubject === undefined
      ? this.#standard(hop, requester, subject, known, now)
      : this.#v1(hop, requester, subject, known, now);
  }

  #v1(
    hop: RandomHop,
    requester: RandomClient,
    subject: Held | undefined,
    named: readonly RandomClient[],
    now: number,
  ): Expected | undefined {
    const realm = this.#realm;
    const native = realm.dialect === "native";
    const { clientId } = requester;
    const impersonates = hop.requestedSubject !== undefined;
    if (!subject && !impersonates) return undefined;
    if (impersonates && !this.#mayImpersonate(hop.requestedSubject ?? "", requester, subject, now)) return undefined;
    if (named.some(({ consentRequired }) => consentRequired)) return undefined;
    if (native && named.length === 0 && requester.consentRequired) return undefined;
    const targets = named.length > 0 ? named : [requester];
    const holds = subject?.claims.azp === clientId;
    const isNamed = [subject?.claims.aud ?? []].flat().includes(clientId);
    if (requester.publicClient && !holds) return undefined;
    for (const target of targets) {
      if (target === requester) {
        if (subject && !holds && !isNamed) return undefined;
        continue;
      }
      if (subject && realm.subjectAudienceRequired && !holds && !isNamed) return undefined;
      if (!this.#mayExchange(requester, target, subject, now)) return undefined;
    }

    const [builtFor = requester] = targets;
    const user = hop.requestedSubject ?? subject?.user ?? "";
    const heldWords = wordsOf(subject?.claims.scope);
    const sent = hop.scope;
    const asked = heldWords && sent ? sent.filter((word) => heldWords.includes(word)) : (sent ?? heldWords ?? []);
    const dropped = new Set([...(subject?.dropped ?? []), ...(sent && heldWords ? heldWords.filter((word) => !sent.includes(word)) : [])]);
    const words = asked.filter((word) => !subject?.dropped.has(word));
    const roles = this.#rolesOfUser(user);
    const scopes = this.#scopes(builtFor, words, roles, native ? dropped : new Set(), undefined);
    const all = this.#rolesInToken(builtFor, roles, scopes);
    const limits = native && targets.length > 1 ? new Set(targets.map((target) => target.clientId)) : undefined;
    const inToken = new Set([...all].filter((role) => !limits || !role.includes("/") || limits.has(ownerOf(role))));
    const added = native && targets.length > 1 ? targets : [builtFor].filter((target) => target !== requester);
    return {
      user,
      builtFor: builtFor.clientId,
      words: shown(scopes, words.includes("openid") && !(native && dropped.has("openid"))),
      roles: inToken,
      audience: new Set([...this.#audience(builtFor, inToken), ...added.map((target) => target.clientId)]),
      named: added.map((target) => target.clientId),
      expiresAt: this.#expiry(builtFor, subject, impersonates, now),
      held: this.#next(requester, subject, impersonates, dropped, now),
    };
  }

  #standard(hop: RandomHop, requester: RandomClient, subject: Held, named: readonly RandomClient[], now: number): Expected | undefined {
    const native = this.#realm.dialect === "native";
    const { clientId } = requester;
    if (requester.publicClient || requester.consentRequired) return undefined;
    if (subject.claims.azp !== clientId && ![subject.claims.aud ?? []].flat().includes(clientId)) return undefined;
    const heldWords = wordsOf(subject.claims.scope);
    const sent = hop.scope;
    const dropped = new Set([...subject.dropped, ...(sent && heldWords ? heldWords.filter((word) => !sent.includes(word)) : [])]);
    // Each client of the realm has every scope, so that there is no word it does not know.
    // In the keycloak dialect a client's own token keeps its openid, as in Keycloak.
    const kept = !native && subject.claims.azp === clientId && heldWords?.includes("openid") ? ["openid"] : [];
    const words = (sent ?? kept).filter((word) => subject.requesters.length === 0 || !dropped.has(word));
    const filter = named.length > 0 ? new Set(named.map((target) => target.clientId)) : undefined;
    const roles = this.#rolesOfUser(subject.user);
    const scopes = this.#scopes(requester, words, roles, native ? dropped : new Set(), filter);
    const inToken = new Set(
      [...this.#rolesInToken(requester, roles, scopes)].filter((role) => !filter || !role.includes("/") || filter.has(ownerOf(role))),
    );
    const audience = new Set([...this.#audience(requester, inToken)].filter((one) => !filter || filter.has(one)));
    if (named.some((target) => !audience.has(target.clientId))) return undefined;
    return {
      user: subject.user,
      builtFor: clientId,
      words: shown(scopes, words.includes("openid") && !(native && dropped.has("openid"))),
      roles: inToken,
      audience,
      named: named.map((target) => target.clientId),
      expiresAt: this.#expiry(requester, subject, false, now),
      held: this.#next(requester, subject, false, dropped, now),
    };
  }

  #client(clientId: string): RandomClient | undefined {
    return this.#realm.clients.find((client) => client.clientId === clientId);
  }

  #rolesOfUser(username: string): ReadonlySet<string> {
    return this.effective(this.#realm.users.find((user) => user.username === username) ?? NOBODY);
  }

  #rolesOfAccount(client: RandomClient): ReadonlySet<string> {
    return hasAccount(client) ? this.effective(this.#realm.accounts[client.clientId] ?? NOBODY) : new Set();
  }

  #isAlive({ user, expiresAt, sessionStart, claims }: Held, now: number): boolean {
    const isEnabled = this.#realm.users.find(({ username }) => username === user)?.enabled === true;
    return isEnabled && now < expiresAt && now < sessionStart + this.#realm.sessionMax && this.#client(claims.azp ?? "")?.enabled === true;
  }

  /** A permission with policies is final; where there is none, `native` looks for the role of that name. */
  #mayExchange(requester: RandomClient, target: RandomClient, subject: Held | undefined, now: number): boolean {
    const account = this.#realm.accounts[requester.clientId];
    const identity: Identity = {
      username: undefined,
      roles: this.#rolesOfAccount(requester),
      groups: hasAccount(requester) ? (account?.groups ?? []) : [],
      scope: subject?.claims.scope ?? "",
      clientId: requester.clientId,
      now,
    };
    return (
      granted(this.#realm.permissions[target.clientId], identity) ??
      (this.#realm.dialect === "native" && identity.roles.has(`${target.clientId}/token-exchange`))
    );
  }

  #mayImpersonate(username: string, requester: RandomClient, subject: Held | undefined, now: number): boolean {
    const realm = this.#realm;
    const native = realm.dialect === "native";
    const target = realm.users.find((user) => user.username === username);
    if (!target?.enabled) return false;
    if (subject ? subject.impersonator !== undefined : requester.publicClient || !realm.naked) return false;
    const accountRoles = this.#rolesOfAccount(requester);
    const own = subject && this.#rolesOfUser(subject.user);
    const byPermission = granted(realm.impersonate, {
      username: subject?.user,
      roles: own ?? accountRoles,
      groups: subject
        ? (realm.users.find((user) => user.username === subject.user)?.groups ?? [])
        : hasAccount(requester)
          ? (realm.accounts[requester.clientId]?.groups ?? [])
          : [],
      scope: subject?.claims.scope ?? "",
      clientId: native || !subject ? requester.clientId : (subject.claims.azp ?? ""),
      now,
    });
    if (!native) return subject?.claims.resource_access?.["realm-management"]?.roles.includes("impersonation") || byPermission === true;
    const byUser = own?.has(IMPERSONATION) === true;
    if (!(byPermission ?? (subject !== undefined && (byUser || accountRoles.has(IMPERSONATION))))) return false;
    const holder = own && (byPermission === true || byUser) ? own : accountRoles;
    const guarded = new Set(realm.protectedRoles);
    return [...this.effective(target)].every((role) => holder.has(role) || !(guarded.has(role) || role.startsWith("realm-management/")));
  }

  /** Default scopes, optional ones that were asked for; `s0` only for holders of one of its roles. */
  #scopes(
    client: RandomClient,
    words: readonly string[],
    roles: ReadonlySet<string>,
    suppressed: ReadonlySet<string>,
    filter: ReadonlySet<string> | undefined,
  ): ReadonlySet<string> {
    const opens = [...closure(this.#realm.scopeRoles)].some(
      (role) => roles.has(role) && (!filter || !role.includes("/") || filter.has(ownerOf(role))),
    );
    const all = [...client.defaults, ...words.filter((word) => word !== "openid")];
    return new Set(all.filter((word) => !suppressed.has(word) && (word !== "s0" || this.#realm.scopeRoles.length === 0 || opens)));
  }

  /** What the user has and the client may see, when the client has the scope that shows roles. */
  #rolesInToken(client: RandomClient, roles: ReadonlySet<string>, scopes: ReadonlySet<string>): ReadonlySet<string> {
    if (!client.withRoles) return new Set();
    if (client.fullScopeAllowed) return roles;
    const own = [`${client.clientId}/a`, `${client.clientId}/token-exchange`];
    const reach = closure([...own, ...client.roleScope, ...(scopes.has("s0") ? this.#realm.scopeRoles : [])]);
    return new Set([...roles].filter((role) => reach.has(role)));
  }

  #audience(client: RandomClient, rolesInToken: ReadonlySet<string>): ReadonlySet<string> {
    const byRole = client.withRoles ? [...rolesInToken].filter((role) => role.includes("/")).map(ownerOf) : [];
    const others = byRole.filter((owner) => owner !== client.clientId);
    return new Set([...client.audiences, ...others].filter((clientId) => this.#client(clientId)?.enabled));
  }

  /** The first of all ends. */
  #expiry(builtFor: RandomClient, subject: Held | undefined, impersonates: boolean, now: number): number {
    const { lifespan, sessionMax, maxAge, impersonationLifespan, dialect } = this.#realm;
    const session = (impersonates ? now : (subject?.sessionStart ?? now)) + sessionMax;
    if (dialect === "keycloak") return Math.min(session, now + (builtFor.lifespan ?? lifespan));
    return Math.min(
      session,
      now + lifespan,
      now + (builtFor.lifespan ?? Infinity),
      subject?.expiresAt ?? Infinity,
      impersonates ? now + impersonationLifespan : Infinity,
      (subject?.chainStart ?? now) + (maxAge ?? Infinity),
    );
  }

  #next(
    requester: RandomClient,
    subject: Held | undefined,
    impersonates: boolean,
    dropped: ReadonlySet<string>,
    now: number,
  ): Expected["held"] {
    const { clientId } = requester;
    const acts = this.#realm.dialect === "native" && !impersonates && subject !== undefined;
    const actor = {
      client_id: clientId,
      sub: hasAccount(requester) ? `service-account-${clientId}` : this.#uuidOf(clientId),
      ...(subject?.act && { act: subject.act }),
    };
    return {
      sessionStart: impersonates ? now : (subject?.sessionStart ?? now),
      chainStart: subject?.chainStart ?? now,
      requesters: [...(subject?.requesters ?? []), clientId],
      dropped,
      act: acts ? (subject.claims.azp === clientId ? subject.act : actor) : undefined,
      impersonator: impersonates ? (subject?.user ?? clientId) : subject?.impersonator,
    };
  }
}

const wordsOf = (scope: string | undefined): readonly string[] | undefined => scope?.split(" ").filter((word) => word !== "");
const ownerOf = (role: string): string => role.slice(0, role.indexOf("/"));
const shown = (scopes: ReadonlySet<string>, openid: boolean): ReadonlySet<string> =>
  new Set([...(openid ? ["openid"] : []), ...[...scopes].filter((word) => word !== HIDDEN_WORD)]);
/** Of all roles only `r0` contains another. */
const closure = (roles: readonly string[]): ReadonlySet<string> => new Set([...roles, ...(roles.includes("r0") ? ["r1"] : [])]);

/** Undefined: there is no permission, or it has no policy. */
function granted(permission: RandomPermission | undefined, identity: Identity): boolean | undefined {
  if (!permission || permission.policies.length === 0) return undefined;
  return carries(
    permission.strategy,
    permission.policies.map((policy) => effectOf(policy, identity)),
  );
}

function carries(strategy: Strategy, effects: readonly Effect[]): boolean {
  const yes = effects.filter((effect) => effect === "permit").length;
  if (strategy === "AFFIRMATIVE") return yes > 0;
  return strategy === "CONSENSUS" ? yes * 2 > effects.length : yes === effects.length;
}

/** Whatever says nothing about anybody is never turned round into a permit. */
function effectOf(policy: RandomPolicy, identity: Identity): Effect {
  const vote = voteOf(policy, identity);
  return vote === undefined ? "unknown" : vote === (policy.logic === "POSITIVE") ? "permit" : "deny";
}

/** Those required must all be held, and one of the list at least. */
function listVote(
  entries: readonly { readonly name: string; readonly flag: boolean }[],
  has: (name: string) => boolean,
): boolean | undefined {
  if (entries.length === 0) return undefined;
  return entries.every(({ name, flag }) => !flag || has(name)) && entries.some(({ name }) => has(name));
}

function voteOf(policy: RandomPolicy, identity: Identity): boolean | undefined {
  switch (policy.type) {
    case "client":
      return policy.names.includes(identity.clientId);
    case "user":
      return policy.names.length === 0 ? undefined : identity.username !== undefined && policy.names.includes(identity.username);
    case "role":
      return listVote(policy.listed, (name) => identity.roles.has(name));
    case "client-scope":
      return listVote(policy.listed, (name) => identity.scope.split(" ").includes(name));
    case "group":
      if (policy.listed.length === 0) return undefined;
      return policy.listed.some(({ name, flag }) => identity.groups.some((path) => path === name || (flag && path.startsWith(`${name}/`))));
    case "regex":
      return new RegExp(`^(?:${policy.pattern})$`).test(identity.clientId);
    case "time":
      return policy.from <= identity.now && identity.now <= policy.until;
    default: {
      const effects = policy.members.map((member) => effectOf(member, identity));
      if (carries(policy.strategy, effects)) return true;
      return effects.includes("unknown") ? undefined : false;
    }
  }
}

const isOurs = (role: string): boolean =>
  role === "r0" || role === "r1" || role === IMPERSONATION || CLIENTS.some((owner) => role.startsWith(`${owner}/`));

/** Roles of a token as far as the random realm knows them; the built-in ones come beside. */
export function rolesIn(claims: TokenClaims): ReadonlySet<string> {
  const all = [
    ...(claims.realm_access?.roles ?? []),
    ...Object.entries(claims.resource_access ?? {}).flatMap(([owner, { roles }]) => roles.map((name) => `${owner}/${name}`)),
  ];
  return new Set(all.filter(isOurs));
}
