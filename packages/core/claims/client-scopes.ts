import type { Client, ClientScope, RealmView, User } from "../model.ts";
import {
  isOrganizationWord,
  ORGANIZATION_SCOPE,
  type OrganizationChoice,
  organizationChoice,
  organizationsOf,
} from "./organization-scope.ts";

/** The client scopes that build a token and how they read as text. */
export interface AppliedScopes {
  /** Default scopes first, each list in stored order. Of one and the same client, so that mappers can be planned once. */
  readonly scopes: readonly ClientScope[];
  /** `openid` was requested: an ID token and userinfo are possible. */
  readonly openid: boolean;
  /** What claim and answer show: `openid` first, then the names that are not hidden. May be empty. */
  readonly text: string;
  /** Hidden names included: what a refresh token carries. */
  readonly fullText: string;
  /** Which organizations mappers tell of; undefined: no scope asks for any. */
  readonly organizations?: OrganizationChoice | undefined;
}

export interface ScopeRequest {
  readonly view: RealmView;
  /** The client the token is built for. */
  readonly client: Client;
  /** Words of the scope request; unknown ones are ignored here. */
  readonly requested: readonly string[];
  /** Of the token's user. */
  readonly effectiveRoles: ReadonlySet<string>;
  /** The token's user, where words such as `organization:acme` count; they apply to members alone. */
  readonly member?: Pick<User, "organizationIds"> | undefined;
  /** Requested audiences of the standard exchange: client roles of other clients do not make a scope apply. */
  readonly audience?: ReadonlySet<string> | undefined;
  /** Names that must not be applied, `openid` among them, even where they are default. */
  readonly suppressed?: ReadonlySet<string> | undefined;
}

/**
 * Default scopes, and optional ones that were requested. A scope with role scope mappings applies only to users that hold one of these
 * roles (composites expanded).
 * @see Keycloak 26: client scopes of a client session
 */
export function applyClientScopes({ view, client, requested, effectiveRoles, member, audience, suppressed }: ScopeRequest): AppliedScopes {
  const prepared = prepare(view, client);
  const openid = requested.includes("openid") && !suppressed?.has("openid");
  let key = openid ? "o" : "-";
  for (const { scope, optional, roles } of prepared.candidates) {
    const applies =
      !(optional && !requested.includes(scope.name)) &&
      !suppressed?.has(scope.name) &&
      (roles === undefined || holdsOne(view, roles, effectiveRoles, audience));
    key += applies ? "1" : "0";
  }
  const word = member && requested.find((one) => isOrganizationWord(one) && !suppressed?.has(one));
  const dynamic = word !== undefined && organizationsOf(view, member ?? {}, organizationChoice(word)).length > 0 ? word : undefined;
  if (dynamic !== undefined) key += dynamic;
  let applied = prepared.known.get(key);
  if (!applied) {
    applied = describe(
      prepared.candidates.flatMap(({ scope }, index) => [
        ...(key[index + 1] === "1" ? [scope] : []),
        ...(dynamic !== undefined && scope.name === ORGANIZATION_SCOPE ? [{ ...scope, name: dynamic }] : []),
      ]),
      openid,
    );
    // Combinations are few; the limit is for a client with dozens of optional scopes and a caller that tries them all.
    if (prepared.known.size < 256) prepared.known.set(key, applied);
  }
  return applied;
}

interface Candidate {
  readonly scope: ClientScope;
  readonly optional: boolean;
  /** Expanded role scope; undefined: the scope is for everybody. */
  readonly roles: ReadonlySet<string> | undefined;
}
interface PreparedClient {
  readonly candidates: readonly Candidate[];
  /** Results by the pattern of scopes that apply. */
  readonly known: Map<string, AppliedScopes>;
}
const preparedClients = new WeakMap<RealmView, WeakMap<Client, PreparedClient>>();

function prepare(view: RealmView, client: Client): PreparedClient {
  let ofView = preparedClients.get(view);
  if (!ofView) preparedClients.set(view, (ofView = new WeakMap()));
  let prepared = ofView.get(client);
  if (!prepared) {
    const candidate =
      (optional: boolean) =>
      (scope: ClientScope): Candidate => ({
        scope,
        optional,
        roles: scope.roleScope.size > 0 ? view.expandRoles(scope.roleScope) : undefined,
      });
    prepared = {
      candidates: [...client.defaultScopes.map(candidate(false)), ...client.optionalScopes.map(candidate(true))],
      known: new Map(),
    };
    ofView.set(client, prepared);
  }
  return prepared;
}

function holdsOne(
  view: RealmView,
  roles: ReadonlySet<string>,
  held: ReadonlySet<string>,
  audience: ReadonlySet<string> | undefined,
): boolean {
  for (const id of roles) {
    if (!held.has(id)) continue;
    if (!audience) return true;
    const owner = view.role(id)?.clientId;
    if (owner === undefined || audience.has(owner)) return true;
  }
  return false;
}

function describe(scopes: readonly ClientScope[], openid: boolean): AppliedScopes {
  const text = (shown: readonly ClientScope[]): string => {
    const names = shown.map(({ name }) => name).filter((name) => name !== "openid");
    return (openid ? ["openid", ...names] : names).join(" ");
  };
  const names = scopes.map(({ name }) => name);
  const word = names.find(isOrganizationWord) ?? names.find((name) => name === ORGANIZATION_SCOPE);
  return {
    scopes,
    openid,
    text: text(scopes.filter((scope) => scope.includeInTokenScope)),
    fullText: text(scopes),
    ...(word !== undefined && { organizations: organizationChoice(word) }),
  };
}
