import { TOKEN_TYPE } from "@cambist/protocol/token-types.ts";
import fc from "fast-check";
import type { Dialect, ExchangeSettings, Policy } from "../model.ts";
import { exchangeToClient, IMPERSONATE } from "../policy/permission-names.ts";
import type { ExchangeRequest } from "../token-request/exchange-request.ts";
import { audienceMapper, uuid, type ClientSketch, type RealmSketch, type UserSketch } from "./realm.ts";

/** Names that random realms are made of. */
export const CLIENTS = ["c0", "c1", "c2", "c3", "c4"] as const;
export const WORDS = ["s0", "s1", "s2", "s3", "s4"] as const;
export const USERS = ["u0", "u1"] as const;
const ROLES = ["r0", "r1", ...CLIENTS.map((clientId) => `${clientId}/a`)];
const EVERYBODY = CLIENTS.map((clientId) => clientId as string);

const some = <T>(from: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...from]);
const mostly = <T>(usual: fc.Arbitrary<T>, unusual: fc.Arbitrary<T>, weight = 9): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: unusual });
const often = mostly(fc.constant(true), fc.constant(false));
const seldom = often.map((yes) => !yes);

/** `open`: everybody may exchange to everybody, so that chains get long. */
export function randomRealm(dialect: fc.Arbitrary<Dialect>, open = false): fc.Arbitrary<RealmSketch> {
  return fc
    .record({
      dialect,
      settings: open ? fc.constant({}) : settings,
      accessTokenLifespan: fc.integer({ min: 30, max: 600 }),
      ssoSessionMaxLifespan: fc.integer({ min: 60, max: 2000 }),
      hiddenScope: fc.boolean(),
      scopeRoles: some(ROLES),
      clients: fc.tuple(...EVERYBODY.map((clientId) => client(clientId, open))),
      users: fc.tuple(...USERS.map((username) => user(username))),
      accounts: fc.tuple(...EVERYBODY.map(serviceAccount)),
      permissions: fc.tuple(
        ...EVERYBODY.map(() => (open ? fc.constant(allMay()) : mostly<readonly Policy[] | undefined>(policies, fc.constant(undefined), 4))),
      ),
      impersonate: mostly<readonly Policy[] | undefined>(policies, fc.constant(undefined), 1),
    })
    .map((drawn): RealmSketch => ({
      realm: {
        name: "apixion",
        dialect: drawn.dialect,
        accessTokenLifespan: drawn.accessTokenLifespan,
        ssoSessionMaxLifespan: drawn.ssoSessionMaxLifespan,
      },
      exchange: drawn.settings,
      roles: { r0: ["r1"], r1: [], "realm-management/impersonation": [] },
      clientScopes: WORDS.map((name, index) => ({
        name,
        ...(index === 0 && { roleScope: drawn.scopeRoles }),
        ...(index === 1 && { includeInTokenScope: !drawn.hiddenScope }),
      })),
      clients: [...drawn.clients, { clientId: "realm-management", roles: ["impersonation"] }],
      users: [...drawn.users, ...drawn.accounts],
      permissions: Object.fromEntries([
        ...EVERYBODY.flatMap((clientId, index) => {
          const found = drawn.permissions[index];
          return found ? [[exchangeToClient(uuid(clientId)), found] as const] : [];
        }),
        ...(drawn.impersonate ? [[IMPERSONATE, drawn.impersonate] as const] : []),
      ]),
    }));
}

const settings: fc.Arbitrary<Partial<ExchangeSettings>> = fc.record(
  {
    subjectAudienceRequired: seldom,
    nakedImpersonation: often,
    impersonationLifespan: fc.integer({ min: 1, max: 200 }),
    maxDepth: fc.integer({ min: 1, max: 8 }),
    maxAge: fc.integer({ min: 100, max: 900 }),
    protectedRoles: mostly<string[]>(fc.constant([]), some(ROLES)),
  },
  { requiredKeys: [] },
);

const attributes = fc.record(
  {
    "standard.token.exchange.enabled": fc.constantFrom("true", "false", "false"),
    "standard.token.exchange.enableRefreshRequestedTokenType": fc.constantFrom("SAME_SESSION", "NO"),
    "use.refresh.tokens": fc.constantFrom("true", "false"),
    "access.token.lifespan": fc.constantFrom("10", "120", "5000", "-1"),
    "client.session.max.lifespan": fc.constantFrom("40", "700"),
  },
  { requiredKeys: [] },
);

function client(clientId: string, open: boolean): fc.Arbitrary<ClientSketch> {
  const defaults = some(WORDS);
  return fc
    .record({
      enabled: open ? fc.constant(true) : often,
      publicClient: open ? fc.constant(false) : seldom,
      consentRequired: open ? fc.constant(false) : seldom,
      fullScopeAllowed: fc.boolean(),
      serviceAccountsEnabled: fc.boolean(),
      attributes: open ? fc.constant({}) : attributes,
      roleScope: some(ROLES),
      defaults,
      withRoles: often,
      audiences: some([...EVERYBODY, "gone"]),
    })
    .map(({ defaults: names, withRoles, audiences, ...drawn }): ClientSketch => ({
      clientId,
      ...drawn,
      attributes: present(drawn.attributes),
      roles: ["a", "token-exchange"],
      defaultScopes: ["basic", ...(withRoles ? ["roles"] : []), ...names],
      optionalScopes: WORDS.filter((word) => !names.includes(word)),
      mappers: audiences.map(audienceMapper),
    }));
}

const present = (drawn: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(drawn).filter((entry): entry is [string, string] => entry[1] !== undefined));

const user = (username: string): fc.Arbitrary<UserSketch> =>
  fc.record({ roles: some([...ROLES, "realm-management/impersonation"]), enabled: often }).map((drawn) => ({ username, ...drawn }));

const serviceAccount = (clientId: string): fc.Arbitrary<UserSketch> =>
  some(EVERYBODY.map((owner) => `${owner}/token-exchange`)).map((roles) => ({
    username: `service-account-${clientId}`,
    roles,
    serviceAccountClientId: uuid(clientId),
  }));

const policies: fc.Arbitrary<readonly Policy[]> = fc.array(
  fc.record({ named: fc.subarray(EVERYBODY, { minLength: 3 }), negative: seldom }).map(({ named, negative }): Policy => ({
    id: `policy of ${named.join()}`,
    name: "policy",
    logic: negative ? "NEGATIVE" : "POSITIVE",
    type: "client",
    clientIds: new Set(named),
  })),
  { maxLength: 2 },
);
const allMay = (): readonly Policy[] => [{ id: "all", name: "all", logic: "POSITIVE", type: "client", clientIds: new Set(EVERYBODY) }];

/** One step of a chain, before it is known what it will be sent with. */
export interface RandomHop {
  readonly requester: string;
  readonly request: Partial<ExchangeRequest>;
  readonly wait: number;
}

export function randomHop(open = false): fc.Arbitrary<RandomHop> {
  const known: fc.Arbitrary<readonly string[] | undefined> = some(["openid", ...WORDS]);
  const words = mostly(open ? known : mostly(known, fc.constant(["openid", "nonsense"])), fc.constant(undefined), 1);
  const types = mostly<string | undefined>(fc.constant(undefined), fc.constantFrom(...Object.values(TOKEN_TYPE)), 2);
  const subjects = mostly<string | undefined>(fc.constant(undefined), fc.constantFrom(...USERS, "nobody"));
  return fc.record({
    requester: fc.constantFrom(...EVERYBODY),
    wait: fc.integer({ min: 0, max: open ? 2 : 25 }),
    request: fc
      .record({
        audiences: fc.array(fc.constantFrom(...EVERYBODY), { minLength: open ? 1 : 0, maxLength: open ? 1 : 2 }),
        words,
        requestedTokenType: open ? fc.constant(undefined) : types,
        requestedSubject: open ? fc.constant(undefined) : subjects,
      })
      .map(({ words: scope, ...drawn }) => ({ ...drawn, ...(scope && { scope: scope.join(" ") }) })),
  });
}
