import { evaluatePermission } from "../policy/evaluate-permission.ts";
import { IMPERSONATE } from "../policy/permission-names.ts";
import type { ClientFacts, Impersonator, RealmFacts } from "./facts.ts";
import type { Fix, Found } from "./finding.ts";
import { request, shellLine } from "./fix.ts";
import { exchangePermissions, policiesIn, stranger } from "./permissions.ts";

/** Whoever may become others should do nothing else. */
export const generalImpersonator = (facts: RealmFacts): readonly Found[] => {
  if (!facts.view.features.impersonation) return [];
  return facts.impersonators.flatMap((who): Found[] => {
    const reasons = who.kind === "user" ? reasonsOfUser(who) : reasonsOfClient(facts, who);
    if (reasons.length === 0 && !who.administers) return [];
    const name = who.kind === "user" ? `The user ${who.name}` : `The service account of ${who.name}`;
    return [
      {
        severity: who.administers && who.kind === "user" ? "hint" : "warning",
        object: who.kind === "user" ? { type: "user", id: who.userId, name: who.name } : { type: "client", name: who.name },
        problem: who.administers
          ? `${name} may become any user: the role ${who.mapping.role.name} contains impersonation.`
          : `${name} may become any user, and does other things too: ${reasons.join("; ")}.`,
        fix: who.administers ? WITHOUT_IMPERSONATION : takeMapping(facts, who),
      },
    ];
  });
};

const WITHOUT_IMPERSONATION: Fix = {
  says: "Map the single roles in place of the whole, without impersonation; where nobody needs it, start with KC_FEATURES_DISABLED=impersonation.",
  safe: false,
};

const reasonsOfUser = ({ otherAdminRoles }: Impersonator): readonly string[] =>
  otherAdminRoles.length > 0 ? [`it holds ${otherAdminRoles.join(", ")}`] : [];

function reasonsOfClient(facts: RealmFacts, { name, otherAdminRoles }: Impersonator): readonly string[] {
  const client = facts.clients.find(({ clientId }) => clientId === name);
  if (!client) return [];
  const exchangesTo = [...client.exchangeRoles, ...permittedTargets(facts, client)];
  return [
    ...(otherAdminRoles.length > 0 ? [`it holds ${otherAdminRoles.join(", ")}`] : []),
    ...(client.standardFlowEnabled || client.implicitFlowEnabled ? ["people sign in through it"] : []),
    ...(exchangesTo.length > 0 ? [`it exchanges tokens for ${[...new Set(exchangesTo)].join(", ")}`] : []),
  ];
}

function permittedTargets(facts: RealmFacts, { clientId }: ClientFacts): readonly string[] {
  return exchangePermissions(facts)
    .filter(({ permission }) =>
      policiesIn(permission.policies).some((policy) => policy.type === "client" && policy.clientIds.has(clientId)),
    )
    .map(({ targetId }) => facts.clients.find(({ id }) => id === targetId)?.clientId ?? targetId);
}

/** Takes away the mapping that brings the role. */
function takeMapping(facts: RealmFacts, { mapping }: Impersonator): Fix {
  const { to, id, name, role } = mapping;
  const of = role.clientUuid === undefined ? "realm" : `clients/${encodeURIComponent(role.clientUuid)}`;
  const path = `/${to === "user" ? "users" : "groups"}/${encodeURIComponent(id)}/role-mappings/${of}`;
  const kcadm = shellLine([
    "kcadm.sh",
    "remove-roles",
    "-r",
    facts.view.realm.name,
    to === "user" ? "--uid" : "--gid",
    id,
    ...(role.clientId === undefined ? [] : ["--cclientid", role.clientId]),
    "--rolename",
    role.name,
  ]);
  return request(facts, "DELETE", path, [{ id: role.id, name: role.name }], {
    says: `Take the role ${role.name} from the ${to} ${name}, and give it to a client that does nothing else.`,
    kcadm,
  });
}

/** The permission to become others, open to whoever asks. */
export const impersonationOpen = (facts: RealmFacts): readonly Found[] => {
  const permission = facts.view.features.impersonation ? facts.view.permissions?.find(IMPERSONATE) : undefined;
  if (!permission || permission.policies.length === 0 || !evaluatePermission(...stranger(facts, permission)).granted) return [];
  return [
    {
      severity: "critical",
      object: { type: "permission", id: permission.id, name: permission.name },
      problem: "The permission to impersonate lets every client through: no policy of it names who may.",
      fix: request(
        facts,
        "PUT",
        "/users-management-permissions",
        { enabled: false },
        {
          says: "Give it a client policy with the one client that may, or switch the permissions of users off.",
        },
      ),
    },
  ];
};
