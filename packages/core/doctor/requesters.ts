import type { EpochSeconds } from "../model.ts";
import type { ExchangePair, RealmFacts } from "./facts.ts";
import type { Found } from "./finding.ts";
import { changeClient, clientObject, request } from "./fix.ts";
import { exchangePermissions, policiesIn } from "./permissions.ts";

/** Public clients that a permission names, or that have exchanged. */
export const publicRequester = (facts: RealmFacts): readonly Found[] =>
  facts.clients
    .filter(({ publicClient, enabled }) => publicClient && enabled)
    .flatMap((client): Found[] => {
      const naming = exchangePermissions(facts).filter(({ permission }) =>
        policiesIn(permission.policies).some(
          (policy) => policy.type === "client" && policy.logic === "POSITIVE" && policy.clientIds.has(client.clientId),
        ),
      );
      const used = facts.use.pairs.filter(({ requester }) => requester === client.clientId);
      if (naming.length === 0 && used.length === 0) return [];
      const reasons = [
        ...(naming.length > 0 ? [`named by the policies of ${naming.map(({ permission }) => permission.name).join(", ")}`] : []),
        ...(used.length > 0 ? [`${counted(used)} to ${[...new Set(used.map(({ target }) => target))].join(", ")}`] : []),
      ];
      return [
        {
          severity: "warning",
          object: clientObject(client),
          problem: `${client.clientId} is a public client and may exchange tokens: ${reasons.join("; ")}.`,
          fix: changeClient(
            facts,
            client,
            { publicClient: false },
            {
              says: "Let a service with a secret exchange in its place and take the client out of the policies; if it can keep a secret, make it confidential.",
            },
          ),
        },
      ];
    });

/** Exchanges of tokens that were not meant for whoever exchanged them: one finding per requester and client the token was issued to. */
export function audienceMismatch(facts: RealmFacts): readonly Found[] {
  const groups = new Map<string, ExchangePair[]>();
  for (const pair of facts.use.pairs) {
    if (!pair.mismatch) continue;
    const key = JSON.stringify([pair.requester, pair.subjectClient ?? null]);
    const known = groups.get(key);
    if (known) known.push(pair);
    else groups.set(key, [pair]);
  }
  const find = (clientId: string | undefined) => facts.clients.find((client) => client.clientId === clientId);
  return [...groups.values()].map((pairs): Found => {
    const [{ requester, subjectClient } = { requester: "", subjectClient: undefined }] = pairs;
    const from = find(subjectClient);
    const by = find(requester);
    return {
      severity: "warning",
      object: by ? clientObject(by) : { type: "client", name: requester },
      problem:
        `${requester} exchanged tokens${subjectClient === undefined ? "" : ` of ${subjectClient}`} that do not name it as audience: ` +
        `${counted(pairs)} to ${[...new Set(pairs.map(({ target }) => target))].join(", ")}.`,
      fix:
        from && by
          ? request(
              facts,
              "POST",
              `/clients/${encodeURIComponent(from.id)}/protocol-mappers/models`,
              {
                name: `audience ${requester}`,
                protocol: "openid-connect",
                protocolMapper: "oidc-audience-mapper",
                config: { "included.client.audience": requester, "access.token.claim": "true", "id.token.claim": "false" },
              },
              {
                says: `Give the tokens of ${from.clientId} the audience ${requester}, if they are meant to go there; then cambist.subject-audience.required=true refuses all others.`,
              },
            )
          : { says: "Find out how the requester came by these tokens: one of the two clients is gone.", safe: false },
    };
  });
}

const counted = (pairs: readonly ExchangePair[]): string => {
  const count = pairs.reduce((sum, pair) => sum + pair.count, 0);
  const last = pairs.reduce((latest, pair) => Math.max(latest, pair.last), 0);
  return `${count} ${count === 1 ? "exchange" : "exchanges"}, the last on ${day(last)},`;
};
const day = (time: EpochSeconds): string => new Date(time * 1000).toISOString().slice(0, 10);
