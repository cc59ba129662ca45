import { type ClientFacts, ownClients, type RealmFacts } from "./facts.ts";
import type { Found } from "./finding.ts";
import { changeClient, changeRealm, clientObject, realmObject, withAttribute } from "./fix.ts";
import { exchangePermissions } from "./permissions.ts";

/** Longest life of an exchanged token, in seconds: it is used at once. */
const LONGEST = 300;
/** The same of a token that stands for another person. */
const LONGEST_IMPERSONATION = 120;

/** Tokens of clients that others exchange to (V1), or that exchange for themselves (V2, which builds the token for the requester). */
export const exchangedTokenLifetime = (facts: RealmFacts): readonly Found[] => {
  const targets = new Set(
    exchangePermissions(facts).flatMap(({ permission, targetId }) => (permission.policies.length > 0 ? [targetId] : [])),
  );
  const heldRoles = new Set(facts.clients.flatMap(({ exchangeRoles }) => exchangeRoles));
  const isExchanged = ({ id, clientId, attributes }: ClientFacts): boolean =>
    targets.has(id) || heldRoles.has(clientId) || attributes["standard.token.exchange.enabled"] === "true";
  return ownClients(facts)
    .filter(isExchanged)
    .flatMap((client): Found[] => {
      const lifetime = lifetimeOf(facts, client);
      if (lifetime <= LONGEST) return [];
      const from = ownLifetime(client) === undefined ? "as the realm says" : "by its own setting";
      return [
        {
          severity: "warning",
          object: clientObject(client),
          problem: `Exchanged tokens for ${client.clientId} live ${said(lifetime)} (${from}), longer than ${LONGEST / 60} minutes.`,
          fix: changeClient(
            facts,
            client,
            { attributes: { "access.token.lifespan": String(LONGEST) } },
            {
              says: `Let access tokens for this client live ${LONGEST} seconds at most.`,
              safe: true,
            },
          ),
        },
      ];
    });
};

/** In seconds; infinite (`-1`): as long as the session. Undefined: as the realm says. */
export function ownLifetime({ attributes }: Pick<ClientFacts, "attributes">): number | undefined {
  const value = Number(attributes["access.token.lifespan"] ?? "");
  if (value === -1) return Infinity;
  return Number.isInteger(value) && value > 0 ? value : undefined;
}

/** In `native` a client's own lifespan shortens that of an exchanged token and never lengthens it. */
function lifetimeOf({ view }: RealmFacts, client: ClientFacts): number {
  const { accessTokenLifespan, dialect } = view.realm;
  const own = ownLifetime(client);
  if (own === undefined) return accessTokenLifespan;
  return dialect === "native" ? Math.min(own, accessTokenLifespan) : own;
}

const said = (lifetime: number): string => (lifetime === Infinity ? "as long as the session" : `${lifetime} s`);

export const impersonationLifetime = (facts: RealmFacts): readonly Found[] => {
  const { exchange, dialect } = facts.view.realm;
  if (dialect !== "native" || !facts.view.features.impersonation || exchange.impersonationLifespan <= LONGEST_IMPERSONATION) return [];
  return [
    {
      severity: "warning",
      object: realmObject(facts),
      problem: `Impersonated tokens live ${exchange.impersonationLifespan} s, longer than ${LONGEST_IMPERSONATION / 60} minutes.`,
      fix: changeRealm(facts, withAttribute(facts, "cambist.impersonation.lifespan", String(LONGEST_IMPERSONATION)), {
        says: `Let them live ${LONGEST_IMPERSONATION} seconds.`,
      }),
    },
  ];
};
