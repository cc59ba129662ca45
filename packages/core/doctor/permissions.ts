import type { Permission, Policy, Role } from "../model.ts";
import { evaluatePermission, type PolicyContext } from "../policy/evaluate-permission.ts";
import { exchangeFromProvider, exchangeToClient } from "../policy/permission-names.ts";
import { ownClients, type RealmFacts, UNUSED_DAYS } from "./facts.ts";
import type { CheckedObject, Fix, Found } from "./finding.ts";
import { request, shellLine } from "./fix.ts";

/** A permission to exchange, and what it is about. */
export interface ExchangePermission {
  readonly permission: Permission;
  /** In messages. */
  readonly about: string;
  readonly targetId: string;
  /** Where its `management/permissions` are. */
  readonly path: string;
}

/** Permissions to exchange to a client, and to exchange tokens of an identity provider. */
export function exchangePermissions({ view, clients, providers }: RealmFacts): readonly ExchangePermission[] {
  const found: ExchangePermission[] = [];
  for (const { id, clientId } of clients) {
    const permission = view.permissions?.find(exchangeToClient(id));
    if (permission) found.push({ permission, about: `to client ${clientId}`, targetId: id, path: `/clients/${encodeURIComponent(id)}` });
  }
  for (const { internalId, alias } of providers) {
    const permission = view.permissions?.find(exchangeFromProvider(internalId));
    const path = `/identity-provider/instances/${encodeURIComponent(alias)}`;
    if (permission) found.push({ permission, about: `of tokens of ${alias}`, targetId: internalId, path });
  }
  return found;
}

const permissionObject = ({ id, name }: Permission): CheckedObject => ({ type: "permission", id, name });

const switchOff = (facts: RealmFacts, { path }: ExchangePermission, says: string): Fix =>
  request(facts, "PUT", `${path}/management/permissions`, { enabled: false }, { says });

/** Nobody is named, so the permission decides nothing. */
export const permissionEmpty = (facts: RealmFacts): readonly Found[] =>
  exchangePermissions(facts)
    .filter(({ permission }) => permission.policies.length === 0)
    .map((one) => ({
      severity: "warning",
      object: permissionObject(one.permission),
      problem: `The permission to exchange ${one.about} has no policy.`,
      fix: switchOff(facts, one, "Add a client policy that names the requesters, or switch the permissions of this object off."),
    }));

/** Whoever asks is let through. */
export const permissionOpen = (facts: RealmFacts): readonly Found[] =>
  exchangePermissions(facts)
    .filter(({ permission, targetId }) => isOpen(facts, permission, targetId))
    .map((one) => ({
      severity: "critical",
      object: permissionObject(one.permission),
      problem: `The permission to exchange ${one.about} lets every client through: no policy of it names the requesters.`,
      fix: narrowed(facts, one.permission),
    }));

/** A policy for the reader to fill in, because nobody else knows who is meant; the permission is then changed to hold it. */
function narrowed(facts: RealmFacts, { name }: Permission): Fix {
  const says = `Make a client policy with the requesters that may, and put it into ${name} in place of what is there now.`;
  if (facts.adminClientUuid === undefined) return { says, safe: false };
  const path = `/clients/${encodeURIComponent(facts.adminClientUuid)}/authz/resource-server/policy/client`;
  return request(facts, "POST", path, { name: "<requesters>", clients: ["<clientId>"] }, { says });
}

/** Fewer clients than this: a policy that names them all may well mean each of them. */
const MANY_CLIENTS = 4;

function isOpen(facts: RealmFacts, permission: Permission, targetId: string): boolean {
  if (permission.policies.length === 0) return false;
  if (evaluatePermission(...stranger(facts, permission)).granted) return true;
  const lets = (clientId: string, uuid: string): boolean => evaluatePermission(permission, contextOf(facts, clientId, uuid)).granted;
  const others = ownClients(facts).filter(({ id }) => id !== targetId);
  const named = Math.max(0, ...policiesIn(permission.policies).map((policy) => (policy.type === "client" ? policy.clientIds.size : 0)));
  return others.length >= MANY_CLIENTS && named >= others.length && others.every(({ clientId, id }) => lets(clientId, id));
}

/** What a permission is asked, at some time or other, by a client nobody has heard of. */
export const stranger = (facts: RealmFacts, permission: Permission): readonly [Permission, PolicyContext] => [
  { ...permission, policies: permission.policies.map(atAnyTime) },
  contextOf(facts, "a-client-that-is-not-there", "00000000-0000-0000-0000-000000000000"),
];

/** A client with what every service account has. */
const contextOf = ({ view, now, matchesRegex, defaultRoles }: RealmFacts, clientId: string, uuid: string): PolicyContext => ({
  view,
  identity: { kind: "client", id: uuid, clientUuid: uuid, roles: defaultRoles, groupIds: [], attributes: {} },
  clientId,
  now,
  ipAddress: "",
  matchesRegex,
});

/** What a policy lets through at some time or other. */
export function atAnyTime(policy: Policy): Policy {
  if (policy.type === "time") return { ...policy, logic: "POSITIVE", config: {} };
  return policy.type === "aggregate" ? { ...policy, policies: policy.policies.map(atAnyTime) } : policy;
}

/** With the members of aggregates. */
export function policiesIn(policies: readonly Policy[]): readonly Policy[] {
  return policies.flatMap((policy) => (policy.type === "aggregate" ? [policy, ...policiesIn(policy.policies)] : [policy]));
}

/** The other way to be let through, held by everybody. */
export const exchangeRoleForAll = (facts: RealmFacts): readonly Found[] => {
  if (facts.view.realm.dialect !== "native") return [];
  return ownClients(facts).flatMap(({ clientId }): Found[] => {
    const role = facts.view.clientRole(clientId, "token-exchange");
    if (!role || !facts.defaultRoles.has(role.id)) return [];
    return [
      {
        severity: "critical",
        object: { type: "role", id: role.id, name: `${clientId}/token-exchange` },
        problem: `Every service account holds the role token-exchange of ${clientId}: it is among the realm's default roles.`,
        fix: outOfDefaults(facts, role, clientId),
      },
    ];
  });
};

function outOfDefaults(facts: RealmFacts, { id, name }: Role, clientId: string): Fix {
  const says = "Take the role out of the default roles and map it to the service accounts that may exchange.";
  const { defaultRole } = facts;
  if (!defaultRole) return { says, safe: false };
  const realm = facts.view.realm.name;
  return request(facts, "DELETE", `/roles-by-id/${encodeURIComponent(defaultRole.id)}/composites`, [{ id, name }], {
    says,
    kcadm: shellLine(["kcadm.sh", "remove-roles", "-r", realm, "--rid", defaultRole.id, "--cclientid", clientId, "--rolename", name]),
  });
}

/** A permission that once was needed. Silent where the log does not reach back far enough. */
export const permissionUnused = (facts: RealmFacts): readonly Found[] => {
  const { since, usedPermissions, changed } = facts.use;
  if (since === undefined || since > facts.now - UNUSED_DAYS * 86_400) return [];
  return exchangePermissions(facts)
    .filter(({ permission, targetId }) => {
      const ids = [targetId, permission.id, ...policiesIn(permission.policies).map(({ id }) => id)];
      return permission.policies.length > 0 && !usedPermissions.has(permission.name) && !ids.some((id) => changed.has(id));
    })
    .map((one) => ({
      severity: "warning",
      object: permissionObject(one.permission),
      problem: `Nobody has used the permission to exchange ${one.about} for ${UNUSED_DAYS} days.`,
      fix: switchOff(
        facts,
        one,
        "Switch the permissions of this object off; with them go its other fine-grained permissions, if it has any.",
      ),
    }));
};
