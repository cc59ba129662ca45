import type { Policy } from "../../model.ts";
import { exchangeToClient } from "../../policy/permission-names.ts";
import { NOW } from "../../testing/policies.ts";
import { clientPolicy, type ClientSketch, role, type RealmSketch, testRealm, uuid } from "../../testing/realm.ts";
import type { ClientFacts, RealmFacts } from "../facts.ts";

export const DAY = 86_400;

type OwnFacts = Pick<ClientFacts, "builtIn" | "standardFlowEnabled" | "implicitFlowEnabled" | "redirectUris" | "exchangeRoles">;
export type Changes = Readonly<Record<string, Partial<ClientSketch> & Partial<OwnFacts>>>;

export interface Change extends Partial<Omit<RealmFacts, "view" | "clients">> {
  /** By clientId; a new name is a new client. */
  readonly clients?: Changes;
  readonly realm?: RealmSketch;
  /** Policies of the permission to exchange to `orders`. */
  readonly policies?: readonly Policy[];
}

const CLIENTS: Changes = {
  shop: { publicClient: true, directAccessGrantsEnabled: true, standardFlowEnabled: true, redirectUris: ["https://shop.example.com/back"] },
  api: { serviceAccountsEnabled: true },
  orders: { serviceAccountsEnabled: true, attributes: { "access.token.lifespan": "120" }, roles: ["token-exchange"] },
  "realm-management": { bearerOnly: true, builtIn: true, fullScopeAllowed: true, roles: ["impersonation", "manage-users"] },
};

const OWN: OwnFacts = {
  builtIn: false,
  standardFlowEnabled: false,
  implicitFlowEnabled: false,
  redirectUris: [],
  exchangeRoles: [],
};

/** A realm that follows every practice: `shop` signs people in, `api` exchanges its tokens for `orders`. Each test changes one fact. */
export function healthyFacts({ clients = {}, realm = {}, policies = [clientPolicy("api")], ...change }: Change = {}): RealmFacts {
  const names = [...new Set([...Object.keys(CLIENTS), ...Object.keys(clients)])];
  const sketches = names.map((clientId) => ({ ...OWN, ...CLIENTS[clientId], ...clients[clientId], clientId }));
  const view = testRealm({
    roles: { "default-roles": [] },
    permissions: { [exchangeToClient(uuid("orders"))]: policies },
    ...realm,
    realm: { name: "test", defaultSignatureAlgorithm: "ES256", events: { enabled: true, types: new Set(), expiration: 0 }, ...realm.realm },
    clients: sketches,
  });
  return {
    now: NOW,
    view,
    adminEventsEnabled: true,
    adminClientUuid: uuid("realm-management"),
    defaultRole: { id: role("default-roles"), name: "default-roles" },
    defaultRoles: new Set([role("default-roles")]),
    clients: sketches.map((sketch) => ({ ...OWN, ...view.client(sketch.clientId), ...ownFacts(sketch) })),
    impersonators: [],
    keys: [
      {
        id: "k1",
        name: "rsa",
        algorithm: "RS256",
        bits: 2048,
        priority: 100,
        active: true,
        notBefore: NOW - 30 * DAY,
        notAfter: NOW + 300 * DAY,
      },
    ],
    guessablePasswords: [],
    providers: [],
    use: {
      since: NOW - 90 * DAY,
      usedPermissions: new Set([exchangeToClient(uuid("orders"))]),
      changed: new Set(),
      pairs: [{ requester: "api", target: "orders", subjectClient: "shop", mismatch: false, count: 12, last: NOW - DAY }],
    },
    matchesRegex: (pattern, subject) => new RegExp(`^(?:${pattern})$`, "u").test(subject),
    ...change,
  };
}

const ownFacts = ({ builtIn, standardFlowEnabled, implicitFlowEnabled, redirectUris, exchangeRoles }: OwnFacts): OwnFacts => ({
  builtIn,
  standardFlowEnabled,
  implicitFlowEnabled,
  redirectUris,
  exchangeRoles,
});
