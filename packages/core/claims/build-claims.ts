import { TOKEN_KIND, type ActClaim, type TokenClaims } from "@cambist/protocol/claims.ts";
import type { Client, EpochSeconds, RealmView, Seconds, User } from "../model.ts";
import type { AppliedScopes } from "./client-scopes.ts";
import { type Draft, type TokenRoles, union } from "./draft.ts";
import { runMappers } from "./mapper-plan.ts";
import { accessTokenDestination, DESTINATION } from "./mappers/mapper.ts";
import { organizationsOf } from "./organization-scope.ts";
import { orderClaims, resourceAccess, writeOthers } from "./order-claims.ts";
import { rolesByName } from "./roles.ts";

/** Everything claims are built from; the same for every grant, for userinfo and for introspection. */
export interface TokenBlueprint {
  readonly view: RealmView;
  /** The client whose scopes, role scope, mappers, origins and attributes count. */
  readonly builtFor: Client;
  /** clientId of the client that holds the token. */
  readonly azp: string;
  readonly user: User;
  readonly session: {
    /** Absent: a token without session. It has no `sid` and names its user whatever the mappers say. */
    readonly id?: string | undefined;
    readonly notes: Readonly<Record<string, string>>;
    readonly acr: string;
  };
  readonly applied: AppliedScopes;
  /** Of the user. */
  readonly effectiveRoles: ReadonlySet<string>;
  /** Standard exchange with requested audiences: `aud` and `resource_access` keep only these. */
  readonly audience?: ReadonlySet<string> | undefined;
  /** V1 exchange: targets other than the requester, named in `aud` whatever the mappers say. */
  readonly addAudience?: readonly string[] | undefined;
  /** `native`, several audiences: roles of other clients are left out. */
  readonly limitResourceAccess?: ReadonlySet<string> | undefined;
  readonly act?: ActClaim | undefined;
  readonly nonce?: string | undefined;
  /** The claim `typ` of the access token; `Bearer` unless given. */
  readonly typ?: string | undefined;
}

/** What makes one token different from the next. */
export interface Stamp {
  /** Issuer URL of the realm. */
  readonly issuer: string;
  readonly jti: string;
  readonly now: EpochSeconds;
  readonly lifetime: Seconds;
}

/** @see RFC 9068 §2.2, Keycloak 26 for `azp`, `typ`, roles and the order of the members */
export function buildAccessTokenClaims(blueprint: TokenBlueprint, { issuer, jti, now, lifetime }: Stamp): TokenClaims {
  const { builtFor, user, session, applied, audience, addAudience = [], limitResourceAccess } = blueprint;
  const draft = startDraft(blueprint);
  if (session.id === undefined) draft.sub = user.id;
  runMappers(draft, applied.scopes, accessTokenDestination(builtFor));
  const named = audience ? draft.audience.filter((value) => audience.has(value)) : draft.audience;
  const typ = blueprint.typ ?? TOKEN_KIND.bearer;
  return orderClaims(draft, {
    exp: now + lifetime,
    iat: now,
    jti,
    iss: issuer,
    aud: union(named, addAudience),
    typ: builtFor.attributes["token.response.type.bearer.lower-case"] === "true" ? typ.toLowerCase() : typ,
    azp: blueprint.azp,
    sid: session.id,
    scope: applied.text,
    act: blueprint.act,
    keptClients: audience ?? limitResourceAccess,
  });
}

export interface IdTokenDetails {
  /** Hash of the access token beside it (OpenID Connect Core §3.1.3.6). */
  readonly atHash?: string | undefined;
  /** clientId; the client the token is built for unless given. */
  readonly audience?: string | undefined;
}

/** @see OpenID Connect Core §2 */
export function buildIdTokenClaims(
  blueprint: TokenBlueprint,
  { issuer, jti, now, lifetime }: Stamp,
  details: IdTokenDetails = {},
): TokenClaims {
  const draft = startDraft(blueprint);
  draft.audience.push(details.audience ?? blueprint.builtFor.clientId);
  draft.nonce = blueprint.nonce;
  draft.sub = blueprint.user.id;
  runMappers(draft, blueprint.applied.scopes, DESTINATION.id);
  return orderClaims(draft, {
    exp: now + lifetime,
    iat: now,
    jti,
    iss: issuer,
    aud: draft.audience,
    typ: TOKEN_KIND.id,
    azp: blueprint.azp,
    sid: blueprint.session.id,
    at_hash: details.atHash,
  });
}

export interface RefreshTokenDetails {
  /** The access token beside it: subject, holder and session are the same. */
  readonly access: TokenClaims;
  readonly offline: boolean;
  /** Undefined: no `exp` (offline tokens of a realm without a maximum). */
  readonly expires: EpochSeconds | undefined;
  /** Which use of a rotating token this is. */
  readonly reuseId?: string | undefined;
  /** That of the refresh token before it; otherwise all that was applied. */
  readonly scope?: string | undefined;
}

/** Refresh and offline tokens are for this server alone: their audience is the issuer. */
export function buildRefreshTokenClaims(
  blueprint: Pick<TokenBlueprint, "applied">,
  { issuer, jti, now }: Pick<Stamp, "issuer" | "jti" | "now">,
  { access, offline, expires, reuseId, scope }: RefreshTokenDetails,
): TokenClaims {
  return {
    ...(expires !== undefined && { exp: expires }),
    iat: now,
    jti,
    iss: issuer,
    aud: issuer,
    ...(access.sub !== undefined && { sub: access.sub }),
    typ: offline ? TOKEN_KIND.offline : TOKEN_KIND.refresh,
    ...(access.azp !== undefined && { azp: access.azp }),
    ...(access.nonce !== undefined && { nonce: access.nonce }),
    ...(access.sid !== undefined && { sid: access.sid }),
    scope: scope ?? blueprint.applied.fullText,
    ...(reuseId !== undefined && { reuse_id: reuseId }),
  };
}

/** What userinfo says of the user (OpenID Connect Core §5.3.2). Signed answers add `iss` and `aud`. */
export function buildUserinfoClaims(blueprint: Omit<TokenBlueprint, "azp">): TokenClaims {
  const draft = startDraft(blueprint);
  runMappers(draft, blueprint.applied.scopes, DESTINATION.userinfo);
  const claims: Record<string, unknown> = { sub: blueprint.user.id };
  writeOthers(claims, draft);
  if (draft.realmAccess) claims["realm_access"] = { roles: draft.realmAccess };
  if (draft.resourceAccess.size > 0) claims["resource_access"] = resourceAccess(draft);
  return claims;
}

/**
 * What introspection says of an active token (RFC 7662 §2.2): the token's own facts, and everything mappers know of the user now. The
 * blueprint is that of the client in the token's `azp`, as in Keycloak; `token` has been verified.
 */
export function buildIntrospectionClaims(blueprint: TokenBlueprint, token: TokenClaims): TokenClaims {
  const { user, session } = blueprint;
  const draft = startDraft(blueprint);
  draft.sub = token.sub ?? user.id;
  draft.nonce = token.nonce;
  const audience = token.aud ?? [];
  draft.audience.push(...(typeof audience === "string" ? [audience] : audience));
  runMappers(draft, blueprint.applied.scopes, DESTINATION.introspection);
  const own = orderClaims(draft, {
    exp: token.exp,
    iat: token.iat,
    jti: token.jti,
    iss: token.iss,
    aud: draft.audience,
    typ: token.typ,
    azp: token.azp,
    sid: token.sid,
    cnf: token["cnf"],
    scope: token.scope,
  });
  // What follows is written after what is there, `act` too.
  const claims: Record<string, unknown> = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const name = claims["preferred_username"];
  claims["client_id"] = token.azp;
  claims["username"] = typeof name === "string" ? name : user.username;
  const impersonator = session.notes["IMPERSONATOR_USERNAME"];
  if (token.act) claims["act"] = token.act;
  else if (impersonator !== undefined) claims["act"] = { sub: impersonator };
  claims["token_type"] = token.typ;
  claims["active"] = true;
  return claims;
}

function startDraft(blueprint: Omit<TokenBlueprint, "azp">): Draft {
  const { view, builtFor, user, session, applied, effectiveRoles, audience, limitResourceAccess } = blueprint;
  let roles: TokenRoles | undefined;
  return {
    view,
    client: builtFor,
    user,
    organizations: () => organizationsOf(view, user, applied.organizations),
    notes: session.notes,
    sessionAcr: session.acr,
    requestedNonce: blueprint.nonce,
    roles: () =>
      (roles ??= rolesByName({
        view,
        client: builtFor,
        scopes: applied.scopes,
        effectiveRoles,
        audience: audience ?? limitResourceAccess,
      })),
    sub: undefined,
    acr: undefined,
    nonce: undefined,
    authTime: undefined,
    audience: [],
    allowedOrigins: undefined,
    realmAccess: undefined,
    resourceAccess: new Map(),
    other: new Map(),
  };
}
