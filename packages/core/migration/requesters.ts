import { atAnyTime, policiesIn } from "../doctor/permissions.ts";
import { ownClients } from "../doctor/facts.ts";
import { STANDARD_EXCHANGE_ENABLED } from "../exchange/route.ts";
import type { Permission } from "../model.ts";
import { evaluatePermission, type PolicyContext } from "../policy/evaluate-permission.ts";
import { findPermission } from "../policy/exchange-right.ts";
import { exchangeToClient } from "../policy/permission-names.ts";
import type { MigratedClient, MigrationFacts } from "./facts.ts";

/** A requester that a permission of the target lets through. */
export interface Pair {
  readonly requester: MigratedClient;
  readonly target: MigratedClient;
}

/** Whoever exchanges (Keycloak's V1 engine): by a permission, or as the events of the old server have it. */
export interface Requester {
  readonly client: MigratedClient;
  /** clientIds, without its own. */
  readonly targets: ReadonlySet<string>;
  /** What the events tell; undefined: nothing. */
  readonly use?: { readonly count: number; readonly withRefreshToken: number };
}

export const migratedClients = (facts: MigrationFacts): readonly MigratedClient[] => {
  const own = new Set(ownClients(facts));
  return facts.clients.filter((client) => own.has(client));
};

/** Its exchanges go to the standard engine (V2). */
export const usesStandardExchange = ({ view }: Pick<MigrationFacts, "view">, { attributes }: MigratedClient): boolean =>
  view.features.standardTokenExchange && attributes[STANDARD_EXCHANGE_ENABLED] === "true";

const known = new WeakMap<MigrationFacts, readonly Pair[]>();

/** Who may exchange to whom by a permission, at some time of the day or other. */
export function permittedPairs(facts: MigrationFacts): readonly Pair[] {
  const before = known.get(facts);
  if (before) return before;
  const pairs = facts.view.features.tokenExchange ? migratedClients(facts).flatMap((target) => pairsTo(facts, target)) : [];
  known.set(facts, pairs);
  return pairs;
}

function pairsTo(facts: MigrationFacts, target: MigratedClient): readonly Pair[] {
  const permission = findPermission(facts.view, exchangeToClient(target.id));
  if (!permission) return [];
  return grantedClients(facts, permission)
    .filter((client) => client.id !== target.id && !usesStandardExchange(facts, client))
    .map((requester) => ({ requester, target }));
}

/** The clients that a permission lets through when they ask by themselves. */
export function grantedClients(facts: MigrationFacts, permission: Permission): readonly MigratedClient[] {
  const always = { ...permission, policies: permission.policies.map(atAnyTime) };
  return candidates(facts, permission).filter((client) => evaluatePermission(always, asClient(facts, client)).granted);
}

/** Where every way through needs a policy that names its clients, nobody else has to be tried. */
function candidates(facts: MigrationFacts, { policies, strategy }: Permission): readonly MigratedClient[] {
  const clients = migratedClients(facts);
  const naming = policies.filter((policy) => policy.type === "client" && policy.logic === "POSITIVE");
  if (strategy === "UNANIMOUS" ? naming.length === 0 : naming.length < policies.length) return clients;
  const names = new Set(policiesIn(naming).flatMap((policy) => (policy.type === "client" ? [...policy.clientIds] : [])));
  return clients.filter(({ clientId }) => names.has(clientId));
}

export function asClient({ view, now, matchesRegex, accounts }: MigrationFacts, { id, clientId }: MigratedClient): PolicyContext {
  const account = accounts.get(id);
  return {
    view,
    identity: {
      kind: "client",
      id,
      clientUuid: id,
      roles: account?.roles ?? new Set(),
      groupIds: account?.groupIds ?? [],
      attributes: account?.attributes ?? {},
    },
    clientId,
    now,
    ipAddress: "",
    matchesRegex,
  };
}

interface Collected {
  readonly client: MigratedClient;
  readonly targets: Set<string>;
  use?: NonNullable<Requester["use"]>;
}

/** Clients that exchange by V1, by clientId. */
export function requesters(facts: MigrationFacts): readonly Requester[] {
  if (!facts.view.features.tokenExchange) return [];
  const found = new Map<string, Collected>();
  const byName = new Map(migratedClients(facts).map((client) => [client.clientId, client]));
  const entry = (client: MigratedClient): Collected => {
    const one: Collected = found.get(client.clientId) ?? { client, targets: new Set<string>() };
    found.set(client.clientId, one);
    return one;
  };
  for (const { requester, target } of permittedPairs(facts)) entry(requester).targets.add(target.clientId);
  for (const { requester, target, count, withRefreshToken } of facts.source.exchanges ?? []) {
    const client = byName.get(requester);
    if (!client || usesStandardExchange(facts, client)) continue;
    const one = entry(client);
    if (target !== requester && byName.has(target)) one.targets.add(target);
    one.use = { count: (one.use?.count ?? 0) + count, withRefreshToken: (one.use?.withRefreshToken ?? 0) + withRefreshToken };
  }
  return [...found.values()].toSorted((a, b) => (a.client.clientId < b.client.clientId ? -1 : 1));
}

/** Clients that tokens are exchanged for, their own included: by V1 the target, by the standard exchange the requester. */
export function exchangeTargets(facts: MigrationFacts): readonly MigratedClient[] {
  const names = new Set(requesters(facts).flatMap(({ targets }) => [...targets]));
  for (const { requester, target } of facts.source.exchanges ?? []) if (requester === target) names.add(target);
  return migratedClients(facts).filter((client) => names.has(client.clientId) || usesStandardExchange(facts, client));
}
