import type { TokenClaims } from "@cambist/protocol/claims.ts";
import { buildAccessTokenClaims, type TokenBlueprint } from "../claims/build-claims.ts";
import { applyClientScopes } from "../claims/client-scopes.ts";
import type { ProtocolMapper } from "../model.ts";
import { mapper, testRealm, type RealmSketch, type UserSketch } from "./realm.ts";

export const stamp = { issuer: "http://id.example/realms/test", jti: "token-1", now: 1_000, lifetime: 300 };
export const ACCESS = { "access.token.claim": "true" };
const SERVER_CLAIMS = ["exp", "iat", "jti", "iss", "typ", "azp", "sid", "scope"];

export interface MappedToken {
  readonly user?: Partial<UserSketch>;
  readonly notes?: Readonly<Record<string, string>>;
  readonly realm?: RealmSketch;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A client with these mappers and no scopes; the user is alice. */
export function mappedToken(
  mappers: readonly ProtocolMapper[],
  { user, notes = {}, realm, attributes = {} }: MappedToken = {},
): TokenBlueprint {
  const view = testRealm({
    clients: [
      { clientId: "app", mappers, attributes, defaultScopes: [], optionalScopes: [], fullScopeAllowed: true, roles: ["user"] },
      { clientId: "shop", roles: ["seller", "buyer"] },
      { clientId: "a.b", roles: ["dotted"] },
      { clientId: "shut", enabled: false, roles: ["member"] },
    ],
    roles: { staff: [], lead: [] },
    groups: [
      { path: "/sales", attributes: { region: ["world"], desk: ["one"] } },
      { path: "/sales/emea", attributes: { region: ["emea"] } },
      { path: "/ops", attributes: { region: ["ops"] } },
    ],
    users: [{ username: "alice", email: "alice@example.com", firstName: "Alice", lastName: "Example", ...user }],
    ...realm,
  });
  const alice = view.user("alice");
  const effectiveRoles = view.effectiveRoles(alice);
  const builtFor = view.client("app");
  const applied = applyClientScopes({ view, client: builtFor, requested: [], effectiveRoles });
  return { view, builtFor, azp: "app", user: alice, session: { id: "session-1", notes, acr: "1" }, applied, effectiveRoles };
}

/** What the mappers add to an access token. */
export function written(mappers: readonly ProtocolMapper[], change: MappedToken = {}): Record<string, unknown> {
  const claims: TokenClaims = buildAccessTokenClaims(mappedToken(mappers, change), stamp);
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !SERVER_CLAIMS.includes(name)));
}

/** An attribute mapper for access tokens. */
export const attribute = (config: Readonly<Record<string, string>>): ProtocolMapper =>
  mapper("oidc-usermodel-attribute-mapper", { ...ACCESS, ...config });

/** Names of the members of a token, in the order in which it is written. */
export const membersOf = (claims: TokenClaims): readonly string[] => Object.keys(JSON.parse(JSON.stringify(claims)) as object);
