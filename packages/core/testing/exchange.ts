import type { TokenClaims } from "@cambist/protocol/claims.ts";
import { TOKEN_TYPE } from "@cambist/protocol/token-types.ts";
import type { ExchangeFacts, NamedTarget, SubjectFacts, UserFacts } from "../exchange/facts.ts";
import type { Dialect, ExchangeFeatures, ExchangeSettings, Lineage, User, UserSession } from "../model.ts";
import type { ExchangeRequest } from "../token-request/exchange-request.ts";
import { NOW } from "./policies.ts";
import { testRealm, userId, uuid, type ClientSketch, type RealmSketch, type TestRealm, type UserSketch } from "./realm.ts";
import { talkPlatform } from "./talk-platform.ts";

export const ISSUER = "http://id.example/realms/apixion";
/** The user of the talk's platform. */
export const DEVELOPER = "developer-123@apixion";

/** What is different from the permitted exchange; everything else stays. */
export interface ExchangeChange {
  readonly dialect?: Dialect;
  readonly realm?: RealmSketch["realm"];
  readonly exchange?: Partial<ExchangeSettings>;
  readonly features?: Partial<ExchangeFeatures>;
  readonly roles?: RealmSketch["roles"];
  readonly clientScopes?: RealmSketch["clientScopes"];
  /** By clientId; unknown ones are added. */
  readonly clients?: Readonly<Record<string, Partial<ClientSketch>>>;
  /** By username; unknown ones are added. */
  readonly users?: Readonly<Record<string, Partial<UserSketch>>>;
  /** By permission name; `[]` takes its policies away. */
  readonly permissions?: RealmSketch["permissions"];
  readonly request?: Partial<ExchangeRequest>;
  readonly requester?: string;
  /** Of the subject token; null: the request has none. */
  readonly claims?: { readonly [claim in keyof TokenClaims]?: TokenClaims[claim] | undefined } | null;
  /** Username of the subject. */
  readonly subject?: string;
  /** Null: the subject token has no session. */
  readonly session?: Partial<UserSession> | null;
  readonly lineage?: Partial<Lineage>;
  /** clientIds with a client session in the subject's session; the holder unless given. */
  readonly inSession?: readonly string[];
  readonly facts?: Partial<ExchangeFacts>;
}

/** The portal exchanges a token of the browser client for some-backend-service, as the talk shows it. */
export function exchangeFacts(change: ExchangeChange = {}): ExchangeFacts {
  const sketch = changedPlatform(change);
  const view = testRealm(sketch);
  const subject = change.claims === null ? undefined : subjectFacts(view, change);
  const request = exchangeRequest(subject !== undefined, change.request);
  return {
    ...gatherFacts(view, sketch, { now: NOW, requester: change.requester ?? "portal", request, subject }),
    ...change.facts,
  };
}

/** A permitted standard exchange (V2): reports, in the audience of the browser client's token, asks for some-backend-service. */
export const standardFacts = (change: ExchangeChange = {}): ExchangeFacts => exchangeFacts({ requester: "reports", ...change });

/** A permitted impersonation: an operator's token, held by the portal, becomes one of the developer. */
export const impersonationFacts = ({ request, claims, subject = "operator", ...change }: ExchangeChange = {}): ExchangeFacts =>
  exchangeFacts({
    subject,
    claims:
      claims === null
        ? null
        : { azp: "portal", aud: "portal", resource_access: { "realm-management": { roles: ["impersonation"] } }, ...claims },
    request: { audiences: [], requestedSubject: DEVELOPER, ...request },
    ...change,
  });

/** A request as parsed; without a subject token its type is left out too. */
export function exchangeRequest(withSubject: boolean, change: Partial<ExchangeRequest> = {}): ExchangeRequest {
  return {
    ...(withSubject && { subjectToken: "(verified)", subjectTokenType: TOKEN_TYPE.accessToken }),
    audiences: ["some-backend-service"],
    resources: [],
    ...change,
  };
}

export interface GatheredRequest {
  readonly now: number;
  /** clientId */
  readonly requester: string;
  readonly request: ExchangeRequest;
  readonly subject: SubjectFacts | undefined;
}

/** What a server would find out about a request, from plain values. */
export function gatherFacts(view: TestRealm, sketch: RealmSketch, { now, requester, request, subject }: GatheredRequest): ExchangeFacts {
  const client = view.client(requester);
  const found = (username: string): User | undefined =>
    sketch.users?.some((user) => user.username === username) ? view.user(username) : undefined;
  const facts = (user: User | undefined): UserFacts | undefined =>
    user && { user, roles: view.effectiveRoles(user), locked: user.attributes["locked"] !== undefined };
  const named = request.requestedSubject;
  return {
    now,
    view,
    issuer: ISSUER,
    request,
    requester: client,
    serviceAccount: client.serviceAccountsEnabled ? facts(found(`service-account-${requester}`)) : undefined,
    subject,
    subjectRoles: subject ? view.effectiveRoles(subject.user) : new Set(),
    requestedUser:
      named === undefined ? undefined : facts(found(named) ?? found(named.startsWith("user-id:") ? named.slice("user-id:".length) : "")),
    targets: namedTargets(view, sketch, request),
    subjectIssuerKnown: false,
    requestedIssuerKnown: false,
    network: { ipAddress: "203.0.113.7", userAgent: "test" },
    matchesRegex: (pattern, text) => new RegExp(`^(?:${pattern})$`, "u").test(text),
  };
}

function namedTargets(view: TestRealm, sketch: RealmSketch, { audiences, resources }: ExchangeRequest): readonly NamedTarget[] {
  const owner = (resource: string): string | undefined =>
    sketch.clients?.find(({ attributes }) => attributes?.["cambist.resource"] === resource)?.clientId;
  return [
    ...audiences.map((value): NamedTarget => ({ parameter: "audience", value, client: view.clientByClientId(value) })),
    ...resources.map((value): NamedTarget => ({ parameter: "resource", value, client: view.clientByClientId(owner(value) ?? "") })),
  ];
}

function subjectFacts(view: TestRealm, change: ExchangeChange): SubjectFacts {
  const user = view.user(change.subject ?? DEVELOPER);
  const { session, lineage } = change;
  // A claim that a test sets to undefined is one that the token does not have.
  const claims = {
    iss: ISSUER,
    jti: "subject-jti",
    iat: NOW - 10,
    exp: NOW + 290,
    typ: "Bearer",
    azp: "frontend",
    aud: ["frontend", "portal", "reports"],
    sub: user.id,
    ...(session !== null && { sid: "session-1" }),
    scope: "openid email profile",
    ...change.claims,
  } as TokenClaims;
  const holder = view.client(claims.azp ?? "frontend");
  const clientIds = session === null ? [] : (change.inSession ?? [holder.clientId]);
  return {
    claims,
    user,
    holder,
    clientStarts: new Map(clientIds.map((clientId) => [uuid(clientId), NOW - 10])),
    ...(session !== null && { session: userSession(user.id, session) }),
    ...(lineage && { lineage: lineageOf(claims, lineage) }),
  };
}

/** An online session that began with the subject token. */
export const userSession = (user: string, change: Partial<UserSession> = {}): UserSession => ({
  id: "session-1",
  userId: user,
  offline: false,
  rememberMe: false,
  started: NOW - 10,
  lastRefresh: NOW - 10,
  authMethod: "openid-connect",
  ipAddress: "203.0.113.7",
  notes: {},
  ...change,
});

/** One earlier hop: the token was made for the client that holds it. */
const lineageOf = ({ azp = "frontend", jti = "" }: TokenClaims, change: Partial<Lineage>): Lineage => ({
  jti,
  parent: "first-jti",
  requesters: [azp],
  targets: ["some-backend-service"],
  droppedScopes: [],
  chainStart: NOW - 10,
  decision: "decision-0",
  ...change,
});

function changedPlatform(change: ExchangeChange): RealmSketch {
  const platform = talkPlatform();
  const named = { ...change.realm, ...(change.dialect && { dialect: change.dialect }) };
  return {
    ...platform,
    realm: { ...platform.realm, ...named },
    exchange: { ...platform.exchange, ...change.exchange },
    features: { ...platform.features, ...change.features },
    roles: { ...platform.roles, ...change.roles },
    ...(change.clientScopes && { clientScopes: change.clientScopes }),
    clients: merged(platform.clients ?? [], change.clients ?? {}, "clientId"),
    users: merged(platform.users ?? [], change.users ?? {}, "username"),
    permissions: { ...platform.permissions, ...change.permissions },
  };
}

/** Rows with the same key changed, the others added at the end. */
function merged<K extends string, T extends Readonly<Record<K, string>>>(
  rows: readonly T[],
  changes: Readonly<Record<string, Partial<T>>>,
  key: K,
): readonly T[] {
  const known = new Set<string>(rows.map((row) => row[key]));
  const added = Object.entries(changes).filter(([name]) => !known.has(name));
  return [
    ...rows.map((row) => ({ ...row, ...changes[row[key]] })),
    // A sketch needs nothing but its name; the cast joins what the mapped type cannot follow.
    ...added.map(([name, row]) => ({ [key]: name, ...row }) as unknown as T),
  ];
}

/** Id of the developer, as `requested_subject` may name it. */
export const DEVELOPER_ID = userId(DEVELOPER);

/** Two changes at once: members of both are merged, lists joined, scopes put side by side; elsewhere the second wins. */
export function bothChanges(one: ExchangeChange, other: ExchangeChange): ExchangeChange {
  return merge(one, other) as ExchangeChange;
}

function merge(one: unknown, other: unknown, name = ""): unknown {
  if (one === undefined) return other;
  if (other === undefined) return one;
  if (Array.isArray(one) && Array.isArray(other)) return [...(one as unknown[]), ...(other as unknown[])];
  if (name === "scope" && typeof one === "string" && typeof other === "string") return `${one} ${other}`;
  if (!isPlain(one) || !isPlain(other)) return other;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((member) => [member, merge(one[member], other[member], member)]));
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
