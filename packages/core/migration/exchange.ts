import { ownLifetime } from "../doctor/lifetimes.ts";
import type { ClientScope } from "../model.ts";
import { exchangeToClient } from "../policy/permission-names.ts";
import type { Affected } from "./difference.ts";
import type { MigratedClient, MigrationFacts } from "./facts.ts";
import { exchangeTargets, migratedClients, permittedPairs, type Requester, requesters, usesStandardExchange } from "./requesters.ts";

export const aboutClient = ({ clientId }: { readonly clientId: string }, detail?: string): Affected => ({
  type: "client",
  name: clientId,
  ...(detail !== undefined && { detail }),
});

const exchanges = (count: number): string => `${count} ${count === 1 ? "exchange" : "exchanges"}`;

/** Whoever gets a refresh token without asking for one. Its own exchanges on record may tell that it never does. */
export const refreshByDefault = (facts: MigrationFacts): readonly Affected[] =>
  requesters(facts)
    .filter(({ client, use }) => client.attributes["use.refresh.tokens"] !== "false" && use?.withRefreshToken !== 0)
    .map(({ client, use }) => aboutClient(client, use && `${use.withRefreshToken} of ${exchanges(use.count)} on record gave one`));

export const exchangeAnswers = (facts: MigrationFacts): readonly Affected[] => requesters(facts).map(({ client }) => aboutClient(client));

export const severalTargets = (facts: MigrationFacts): readonly Affected[] =>
  requesters(facts)
    .filter(({ targets }) => targets.size > 1)
    .map(({ client, targets }) => aboutClient(client, [...targets].toSorted().join(", ")));

/** Tokens whose lifetime the target sets longer than the realm does. */
export const lifespanOverRealm = (facts: MigrationFacts): readonly Affected[] => {
  const { accessTokenLifespan } = facts.view.realm;
  return exchangeTargets(facts).flatMap((client) => {
    const own = ownLifetime(client);
    if (own === undefined || own <= accessTokenLifespan) return [];
    return [aboutClient(client, `${own === Infinity ? "as long as the session" : `${own} s`} there, ${accessTokenLifespan} s here`)];
  });
};

export const endsWithSubject = (facts: MigrationFacts): readonly Affected[] => exchangeTargets(facts).map((client) => aboutClient(client));

/** Whoever exchanges a token of its own for itself is no new actor, and a public client cannot do else. */
export const actors = (facts: MigrationFacts): readonly Affected[] => {
  const named = new Set(requesters(facts).flatMap(({ targets }) => [...targets]));
  return exchangeTargets(facts)
    .filter(({ publicClient, clientId }) => !publicClient || named.has(clientId))
    .map((client) => aboutClient(client));
};

/** Requesters that no token can name: no audience mapper does, none of their roles gets into others' tokens, and nobody signs in through them. */
export const outsideAudience = (facts: MigrationFacts): readonly Affected[] => {
  const pairs = permittedPairs(facts);
  const receivers = new Set(pairs.map(({ target }) => target.clientId));
  return requesters(facts)
    .filter(({ client }) => !getsUserTokens(client) && !receivers.has(client.clientId) && !canBeAudience(facts, client))
    .map(({ client, targets }) => aboutClient(client, `exchanges to ${[...targets].toSorted().join(", ")}`));
};

const getsUserTokens = (client: MigratedClient): boolean =>
  client.standardFlowEnabled || client.implicitFlowEnabled || client.directAccessGrantsEnabled;

function canBeAudience(facts: MigrationFacts, wanted: MigratedClient): boolean {
  const { view } = facts;
  return migratedClients(facts).some((client) => {
    if (client.id === wanted.id || !getsUserTokens(client)) return false;
    const scopes = [...client.defaultScopes, ...client.optionalScopes];
    const mappers = [client.mappers, ...scopes.map((scope) => scope.mappers)].flat();
    const isNamed = mappers.some(
      ({ type, config }) =>
        type === "oidc-audience-mapper" && (config["included.client.audience"] || config["included.custom.audience"]) === wanted.clientId,
    );
    if (isNamed) return true;
    if (wanted.ownRoles.size === 0 || !mappers.some(({ type }) => type === "oidc-audience-resolve-mapper")) return false;
    if (client.fullScopeAllowed) return true;
    const reach = view.expandRoles([...client.roleScope, ...scopes.flatMap((scope: ClientScope) => [...scope.roleScope])]);
    return [...wanted.ownRoles].some((role) => reach.has(role));
  });
}

/** A permission of the target that counts as not set, and whoever holds the role that stands in for it. */
export const roleInsteadOfPermission = (facts: MigrationFacts): readonly Affected[] => {
  const { view } = facts;
  if (!view.features.tokenExchange) return [];
  return migratedClients(facts).flatMap((target): Affected[] => {
    const role = view.clientRole(target.clientId, "token-exchange");
    const permission = view.permissions?.find(exchangeToClient(target.id));
    if (!role || (permission && permission.policies.length > 0)) return [];
    const holders = migratedClients(facts).filter(({ exchangeRoles, id }) => id !== target.id && exchangeRoles.includes(target.clientId));
    const held = holders.length === 0 ? "nobody holds it yet" : `held by ${holders.map(({ clientId }) => clientId).join(", ")}`;
    return [{ type: "role", name: `${target.clientId}/token-exchange`, detail: held }];
  });
};

/** Permissions without a policy, whose targets have no such role either. */
export const emptyPermissions = (facts: MigrationFacts): readonly Affected[] => {
  const { view } = facts;
  if (!view.features.tokenExchange) return [];
  return migratedClients(facts).flatMap((target): Affected[] => {
    const permission = view.permissions?.find(exchangeToClient(target.id));
    if (permission?.policies.length !== 0 || view.clientRole(target.clientId, "token-exchange")) return [];
    return [{ type: "permission", name: permission.name, detail: `of client ${target.clientId}` }];
  });
};

/** Clients in the middle of a chain: others exchange to them, and they exchange on. */
export const chainLinks = (facts: MigrationFacts): readonly Affected[] => {
  const all = requesters(facts);
  const targets = new Set(all.flatMap((one) => [...one.targets]));
  return all
    .filter(({ client }) => targets.has(client.clientId))
    .map(({ client, targets: next }) => aboutClient(client, `exchanges on to ${[...next].toSorted().join(", ")}`));
};

/** Ways through the permissions that may be longer than a chain may get. */
export const longChains = (facts: MigrationFacts): readonly Affected[] => {
  const { maxDepth } = facts.view.realm.exchange;
  const next = new Map(requesters(facts).map((one: Requester) => [one.client.clientId, one.targets]));
  const longest = new Map<string, number>();
  const open = new Set<string>();
  /** Hops from here; without end in a circle. */
  const hops = (name: string): number => {
    const before = longest.get(name);
    if (before !== undefined) return before;
    if (open.has(name)) return Infinity;
    open.add(name);
    const count = Math.max(0, ...[...(next.get(name) ?? [])].map((target) => 1 + hops(target)));
    open.delete(name);
    longest.set(name, count);
    return count;
  };
  return [...next.keys()]
    .filter((name) => hops(name) > maxDepth)
    .map((name) => aboutClient({ clientId: name }, hops(name) === Infinity ? "in a circle" : `${hops(name)} hops`));
};

/** Without `audience` the target is the requester, and one that needs consent is no target. */
export const consentOfRequester = (facts: MigrationFacts): readonly Affected[] =>
  facts.view.features.tokenExchange
    ? migratedClients(facts)
        .filter((client) => client.consentRequired && !usesStandardExchange(facts, client) && !client.publicClient)
        .map((client) => aboutClient(client))
    : [];

/** Whether the old server runs a feature; undefined: it did not say. */
const featureThere = ({ source }: MigrationFacts, constant: string): boolean | undefined =>
  source.features && source.features.get(constant) === true;

/** Clients marked for an engine that the old server does not run. */
export const standardExchangeIsNew = (facts: MigrationFacts): readonly Affected[] =>
  featureThere(facts, "TOKEN_EXCHANGE_STANDARD_V2") === false
    ? migratedClients(facts)
        .filter((client) => usesStandardExchange(facts, client))
        .map((client) => aboutClient(client))
    : [];

/** Permissions that let nobody through where token exchange is off. */
export const exchangeIsNew = (facts: MigrationFacts): readonly Affected[] =>
  featureThere(facts, "TOKEN_EXCHANGE") === false
    ? permittedPairs(facts).map(({ requester, target }) => ({
        type: "permission",
        name: exchangeToClient(target.id),
        detail: `${requester.clientId} to ${target.clientId}`,
      }))
    : [];
