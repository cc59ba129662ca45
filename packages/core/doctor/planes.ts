import { type ClientFacts, ownClients, type RealmFacts } from "./facts.ts";
import type { Found } from "./finding.ts";
import { changeClient, clientObject } from "./fix.ts";
import { exchangePermissions, policiesIn } from "./permissions.ts";

/** Clients that take part in exchanges and stand outside the planes, where the realm has planes. */
export const planeMissing = (facts: RealmFacts): readonly Found[] => {
  const hasPlanes = (facts.view.realm.attributes["cambist.planes"] ?? "") !== "" || facts.clients.some(isPlaced);
  if (!hasPlanes) return [];
  const taking = participants(facts);
  return ownClients(facts)
    .filter((client) => taking.has(client.clientId) && !isPlaced(client))
    .map((client) => ({
      severity: "warning",
      object: clientObject(client),
      problem: `${client.clientId} takes part in exchanges and is on no plane.`,
      fix: changeClient(
        facts,
        client,
        { attributes: { "cambist.plane": "<control, management or data>" } },
        {
          says: "Say on which plane it is.",
        },
      ),
    }));
};

const isPlaced = ({ attributes }: ClientFacts): boolean => (attributes["cambist.plane"] ?? "") !== "";

/** clientIds of targets and of requesters that policies name or that have exchanged. */
function participants(facts: RealmFacts): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { permission, targetId } of exchangePermissions(facts)) {
    const target = facts.clients.find(({ id }) => id === targetId);
    if (target && permission.policies.length > 0) names.add(target.clientId);
    for (const policy of policiesIn(permission.policies))
      if (policy.type === "client") for (const name of policy.clientIds) names.add(name);
  }
  for (const { clientId, exchangeRoles } of facts.clients) {
    if (exchangeRoles.length > 0) names.add(clientId);
    for (const name of exchangeRoles) names.add(name);
  }
  for (const { requester, target } of facts.use.pairs) names.add(requester).add(target);
  return names;
}
