import type { TokenClaims } from "@cambist/protocol/claims.ts";
import { buildAccessTokenClaims } from "../claims/build-claims.ts";
import { applyClientScopes } from "../claims/client-scopes.ts";
import { decideExchange } from "../exchange/decide-exchange.ts";
import type { ExchangeFacts } from "../exchange/facts.ts";
import type { ExchangeDecision, Permit } from "../exchange/permit.ts";
import type { EpochSeconds, Lineage, UserSession } from "../model.ts";
import { judgeAccessToken, type JudgedToken } from "../tokens/judge-token.ts";
import type { ExchangeRequest } from "../token-request/exchange-request.ts";
import { gatherFacts, ISSUER } from "./exchange.ts";
import { NOW } from "./policies.ts";
import { testRealm, type RealmSketch, type TestRealm } from "./realm.ts";

/** One exchange of a world. */
export interface WorldExchange {
  readonly facts: ExchangeFacts;
  readonly decision: ExchangeDecision;
  /** Of the access token, when it was permitted. */
  readonly claims?: TokenClaims;
  /** Of the access token, when it was permitted. */
  readonly lineage?: Lineage;
}

/** A server without bytes, storage and clock: realm, sessions and lineages in memory, tokens as their claims. For tests of whole chains. */
export class ExchangeWorld {
  readonly view: TestRealm;
  now: EpochSeconds = NOW;
  readonly #sketch: RealmSketch;
  readonly #sessions = new Map<string, UserSession>();
  readonly #clients = new Map<string, Map<string, EpochSeconds>>();
  readonly #lineages = new Map<string, Lineage>();
  #ids = 0;

  constructor(sketch: RealmSketch) {
    this.#sketch = sketch;
    this.view = testRealm(sketch);
  }

  /** A token of the client itself, in a session that begins now. */
  signIn(username: string, clientId: string, requested: readonly string[]): TokenClaims {
    const { view, now } = this;
    const user = view.user(username);
    const client = view.client(clientId);
    const session = this.#begin(user.id, {});
    this.#join(session, client.id);
    const effectiveRoles = view.effectiveRoles(user);
    const applied = applyClientScopes({ view, client, requested, effectiveRoles });
    return buildAccessTokenClaims(
      { view, builtFor: client, azp: clientId, user, session: { id: session.id, notes: {}, acr: "1" }, applied, effectiveRoles },
      { issuer: ISSUER, jti: this.#newId("login"), now, lifetime: view.realm.accessTokenLifespan },
    );
  }

  lineageOf({ jti }: TokenClaims): Lineage | undefined {
    return this.#lineages.get(jti ?? "");
  }

  judge(claims: TokenClaims): JudgedToken {
    const session = this.#sessions.get(claims.sid ?? "");
    const userId = session?.userId ?? claims.sub ?? "";
    const username = this.#sketch.users?.find((user) => this.view.user(user.username).id === userId)?.username;
    return judgeAccessToken({
      claims,
      issuer: ISSUER,
      view: this.view,
      now: this.now,
      holder: this.view.clientByClientId(claims.azp ?? ""),
      state: {
        revoked: false,
        session,
        offlineSession: undefined,
        user: username === undefined ? undefined : this.view.user(username),
        clientStarts: new Map(this.#clients.get(claims.sid ?? "")),
        offlineClientStarts: new Map(),
        lineage: this.lineageOf(claims),
      },
    });
  }

  /** Gathers, decides and, when it is permitted, issues; `subject` undefined: the request has no subject token. */
  exchange(requester: string, subject: TokenClaims | undefined, request: ExchangeRequest): WorldExchange {
    const judged = subject && this.judge(subject);
    const facts = gatherFacts(this.view, this.#sketch, {
      now: this.now,
      requester,
      request,
      subject: judged?.ok ? judged.facts : undefined,
    });
    const decision = decideExchange(facts);
    return decision.outcome === "deny" ? { facts, decision } : { facts, decision, ...this.#issue(facts, decision) };
  }

  #issue(facts: ExchangeFacts, permit: Permit): { readonly claims: TokenClaims; readonly lineage: Lineage } {
    const { view, now } = this;
    const session =
      permit.session.kind === "existing"
        ? permit.session.session
        : permit.session.kind === "new"
          ? this.#begin(permit.user.id, permit.session.notes)
          : undefined;
    const joined = permit.engine === "v1" ? [permit.builtFor, permit.requester] : permit.refreshToken ? [permit.requester] : [];
    if (session) for (const client of joined) this.#join(session, client.id);
    const jti = this.#newId("exchanged");
    const { again: _again, ...chain } = permit.chain;
    const lineage: Lineage = { ...chain, jti, decision: `decision of ${jti}` };
    this.#lineages.set(jti, lineage);
    const claims = buildAccessTokenClaims(
      {
        view,
        builtFor: permit.builtFor,
        azp: permit.requester.clientId,
        user: permit.user,
        session: { ...(session && { id: session.id }), notes: session?.notes ?? {}, acr: "1" },
        applied: permit.applied,
        effectiveRoles: permit.roles,
        audience: permit.audienceFilter,
        addAudience: permit.addAudience,
        limitResourceAccess: permit.limitResourceAccess,
        act: permit.act,
      },
      { issuer: facts.issuer, jti, now, lifetime: permit.lifetime },
    );
    return { claims, lineage };
  }

  #begin(userId: string, notes: UserSession["notes"]): UserSession {
    const { now } = this;
    const session: UserSession = {
      id: this.#newId("session"),
      userId,
      offline: false,
      rememberMe: false,
      started: now,
      lastRefresh: now,
      authMethod: "test",
      ipAddress: "203.0.113.7",
      notes,
    };
    this.#sessions.set(session.id, session);
    this.#clients.set(session.id, new Map());
    return session;
  }

  #join({ id }: UserSession, client: string): void {
    const clients = this.#clients.get(id);
    if (clients && !clients.has(client)) clients.set(client, this.now);
  }

  #newId(kind: string): string {
    this.#ids += 1;
    return `${kind}-${this.#ids}`;
  }
}
