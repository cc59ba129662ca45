import { exchangeFromProvider } from "../policy/permission-names.ts";
import { findPermission } from "../policy/exchange-right.ts";
import { type Affected, NONE, type Some } from "./difference.ts";
import { aboutClient } from "./exchange.ts";
import type { FlowFacts, MigrationFacts } from "./facts.ts";
import { grantedClients, migratedClients } from "./requesters.ts";

export const pageClients = (facts: MigrationFacts): readonly Affected[] =>
  migratedClients(facts)
    .filter(({ standardFlowEnabled, implicitFlowEnabled, bearerOnly }) => !bearerOnly && (standardFlowEnabled || implicitFlowEnabled))
    .map((client) => aboutClient(client, client.directAccessGrantsEnabled ? "has direct access grants" : undefined));

export const pageSettings = ({ settings }: MigrationFacts): readonly Affected[] =>
  settings.pages.map((name) => ({ type: "setting", name }));

/** Authenticators of a flow and of the flows in it, those that are switched off left out. */
function authenticatorsOf(flows: readonly FlowFacts[], alias: string, seen: ReadonlySet<string> = new Set()): readonly string[] {
  const flow = seen.has(alias) ? undefined : flows.find((one) => one.alias === alias);
  const steps = flow?.steps ?? [];
  return steps.flatMap(({ authenticator, flow: inner }) =>
    inner === undefined ? (authenticator ?? []) : authenticatorsOf(flows, inner, new Set([...seen, alias])),
  );
}

const takesPasswords = (facts: MigrationFacts): boolean => migratedClients(facts).some((client) => client.directAccessGrantsEnabled);

/** Users whom the password grant of the old server asks for a one-time password. */
export const secondFactors = (facts: MigrationFacts): Some => {
  const { flows, directGrantFlow } = facts.settings;
  return takesPasswords(facts) && authenticatorsOf(flows, directGrantFlow).includes("direct-grant-validate-otp")
    ? facts.users.secondFactor
    : NONE;
};

/** What the password grant does here, or what other rows tell of. */
const DONE: ReadonlySet<string> = new Set([
  "direct-grant-validate-username",
  "direct-grant-validate-password",
  "direct-grant-validate-otp",
  "conditional-user-configured",
]);

/** A password grant that does more than look at name and password. */
export const directGrantSteps = (facts: MigrationFacts): readonly Affected[] => {
  const { flows, directGrantFlow } = facts.settings;
  const more = [...new Set(authenticatorsOf(flows, directGrantFlow).filter((step) => !DONE.has(step)))];
  return takesPasswords(facts) && more.length > 0 ? [{ type: "flow", name: directGrantFlow, detail: more.join(", ") }] : [];
};

/** Flows of the realm's own, usual ones in unusual places, and clients with their own. */
export const flowsAsData = (facts: MigrationFacts): readonly Affected[] => {
  const { flows, bindings } = facts.settings;
  const placesOf = (alias: string): readonly string[] => bindings.flatMap((one) => (one.alias === alias ? [one.place] : []));
  const named = new Set([
    ...flows.flatMap(({ builtIn, topLevel, alias }) => (topLevel && !builtIn ? [alias] : [])),
    ...bindings.map(({ alias }) => alias),
  ]);
  return [
    ...[...named].map((alias): Affected => {
      const places = placesOf(alias);
      return { type: "flow", name: alias, ...(places.length > 0 && { detail: `as ${places.join(", ")}` }) };
    }),
    ...migratedClients(facts).flatMap((client) => (client.ownFlows.length > 0 ? [aboutClient(client, client.ownFlows.join(", "))] : [])),
  ];
};

/** Identity providers, with whoever may exchange their tokens today. */
export const providersAsData = (facts: MigrationFacts): readonly Affected[] =>
  facts.providers
    .filter(({ enabled }) => enabled)
    .map(({ alias, internalId, representation }) => {
      const permission = findPermission(facts.view, exchangeFromProvider(internalId));
      const exchanging = permission ? grantedClients(facts, permission).map(({ clientId }) => clientId) : [];
      const { providerId } = representation;
      const kind = typeof providerId === "string" ? providerId : "of no kind";
      const more = exchanging.length > 0 ? `; ${exchanging.join(", ")} may exchange its tokens` : "";
      return { type: "identity provider", name: alias, detail: `${kind}${more}` };
    });

export const userStores = ({ settings }: MigrationFacts): readonly Affected[] =>
  settings.userStores.map(({ name, providerId, kerberos }) => ({
    type: "user store",
    name,
    detail: `${providerId}${kerberos && providerId !== "kerberos" ? ", with Kerberos" : ""}`,
  }));
