import type { Impersonator } from "../doctor/facts.ts";
import { atAnyTime, policiesIn } from "../doctor/permissions.ts";
import type { Permission } from "../model.ts";
import { evaluatePermission } from "../policy/evaluate-permission.ts";
import { findPermission } from "../policy/exchange-right.ts";
import { IMPERSONATE } from "../policy/permission-names.ts";
import { type Affected, NONE, type Some } from "./difference.ts";
import { aboutClient } from "./exchange.ts";
import type { AdministratorFacts, MigratedClient, MigrationFacts } from "./facts.ts";
import { grantedClients, migratedClients } from "./requesters.ts";

const isOn = ({ view }: MigrationFacts): boolean => view.features.impersonation && view.features.tokenExchange;
const permissionOf = ({ view }: MigrationFacts): Permission | undefined => findPermission(view, IMPERSONATE);
const byRole = (facts: MigrationFacts): readonly Impersonator[] => (isOn(facts) ? facts.impersonators : []);
const aboutUser = (name: string, detail?: string): Affected => ({ type: "user", name, ...(detail !== undefined && { detail }) });

/** Somebody may become others, by role or by permission. */
const isPossible = (facts: MigrationFacts): boolean => isOn(facts) && (facts.impersonators.length > 0 || permissionOf(facts) !== undefined);

/** The account's role counts for whatever token its client sends. A permission with policies would decide alone. */
export const rightOfAccounts = (facts: MigrationFacts): readonly Affected[] =>
  permissionOf(facts) ? [] : byRole(facts).flatMap((who) => (who.kind === "client" ? [aboutClient({ clientId: who.name })] : []));

/** Holders whose tokens of some client do not carry the role: there it did not count, here it does. */
export const rightWithoutTheRole = (facts: MigrationFacts): readonly Affected[] => {
  if (permissionOf(facts)) return [];
  const silent = migratedClients(facts).filter((client) => signsIn(client) && !carriesTheRole(facts, client));
  if (silent.length === 0) return [];
  const first = silent.slice(0, 2).map(({ clientId }) => clientId);
  const more = silent.length - first.length;
  const names = `tokens of ${first.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  return byRole(facts).flatMap((who) => (who.kind === "user" ? [aboutUser(who.name, names)] : []));
};

const signsIn = (client: MigratedClient): boolean =>
  client.standardFlowEnabled || client.implicitFlowEnabled || client.directAccessGrantsEnabled;

function carriesTheRole({ view }: MigrationFacts, { fullScopeAllowed, roleScope, defaultScopes }: MigratedClient): boolean {
  const role = view.clientRole(view.adminClientId, "impersonation");
  if (!role) return false;
  return fullScopeAllowed || view.expandRoles([...roleScope, ...defaultScopes.flatMap((scope) => [...scope.roleScope])]).has(role.id);
}

export const impersonatedLifetime = (facts: MigrationFacts): readonly Affected[] => {
  const { accessTokenLifespan, exchange, name } = facts.view.realm;
  if (!isPossible(facts)) return [];
  const here = Math.min(accessTokenLifespan, exchange.impersonationLifespan);
  return [
    { type: "realm", name, detail: here < accessTokenLifespan ? `${accessTokenLifespan} s there, ${here} s here` : `${here} s as there` },
  ];
};

/** Administrators whom somebody with the right could become there, and who hold a role that this one lacks. */
export const protectedUsers = (facts: MigrationFacts): readonly Affected[] => {
  if (!isPossible(facts)) return [];
  const { view, administrators } = facts;
  const ofAdmin = ({ roles }: AdministratorFacts): readonly string[] =>
    [...roles].filter((id) => view.role(id)?.clientId === view.adminClientId);
  const actors = byRole(facts).map(({ userId }) => administrators.find((one) => one.userId === userId));
  const byPermission = permissionOf(facts) !== undefined;
  return administrators.flatMap((target): Affected[] => {
    const roles = ofAdmin(target);
    const lacked = actors.flatMap((actor) => {
      if (!actor || actor.userId === target.userId) return [];
      return roles.find((id) => !actor.roles.has(id)) ?? [];
    })[0];
    const role = view.role(lacked ?? (byPermission ? (roles[0] ?? "") : ""));
    return role ? [aboutUser(target.username, `holds ${role.name}`)] : [];
  });
};

/** Holders of the role whom the permission lets through with no client: it is final. */
export const roleIsNotEnough = (facts: MigrationFacts): readonly Affected[] => {
  const permission = permissionOf(facts);
  if (!permission) return [];
  const always = { ...permission, policies: permission.policies.map(atAnyTime) };
  const named = policiesIn(permission.policies).flatMap((policy) => (policy.type === "client" ? [...policy.clientIds] : []));
  const { view, now, matchesRegex } = facts;
  return byRole(facts).flatMap((who): Affected[] => {
    const account = facts.administrators.find(({ userId }) => userId === who.userId);
    if (!account) return [];
    const { userId, roles, groupIds, attributes } = account;
    const isLetThrough = [...named, undefined].some(
      (clientId) =>
        evaluatePermission(always, {
          view,
          identity: { kind: "user", id: userId, userId, roles, groupIds, attributes },
          clientId,
          now,
          ipAddress: "",
          matchesRegex,
        }).granted,
    );
    if (isLetThrough) return [];
    return [who.kind === "user" ? aboutUser(who.name) : aboutClient({ clientId: who.name })];
  });
};

/** The permission's client policies are asked about another client. */
export const askedOfTheRequester = (facts: MigrationFacts): readonly Affected[] => {
  const permission = isOn(facts) ? permissionOf(facts) : undefined;
  const named = policiesIn(permission?.policies ?? []).flatMap((policy) => (policy.type === "client" ? [...policy.clientIds] : []));
  return permission && named.length > 0 ? [{ type: "permission", name: permission.name, detail: [...new Set(named)].join(", ") }] : [];
};

/** Clients that may become anybody without a token of somebody who may. */
export const nakedImpersonators = (facts: MigrationFacts): readonly Affected[] => {
  const permission = isOn(facts) && facts.view.realm.exchange.nakedImpersonation ? permissionOf(facts) : undefined;
  if (!permission) return [];
  return grantedClients(facts, permission)
    .filter(({ publicClient }) => !publicClient)
    .map((client) => aboutClient(client));
};

/** Disabled users could be impersonated until 26.5.2. */
export const disabledUsers = (facts: MigrationFacts): Some =>
  isPossible(facts) && isOlder(facts.source.version, [26, 5, 2]) ? facts.users.disabled : NONE;

function isOlder(version: string | undefined, than: readonly number[]): boolean {
  const parts = (version ?? "").split(".").map((part) => Number.parseInt(part, 10));
  for (const [index, wanted] of than.entries()) {
    const part = parts[index];
    if (part === undefined || Number.isNaN(part)) return index > 0 || version === undefined;
    if (part !== wanted) return part < wanted;
  }
  return false;
}

/** Where two may impersonate, one can become the other and go on from there. */
export const nestedImpersonation = (facts: MigrationFacts): readonly Affected[] => {
  const users = byRole(facts).filter(({ kind }) => kind === "user");
  return facts.impersonators.length > 1 ? users.map(({ name }) => aboutUser(name)) : [];
};
