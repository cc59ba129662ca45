import type { Policy } from "../model.ts";
import type { PolicyContext, PolicyIdentity } from "./evaluate-permission.ts";
import { formatTime, timeVote } from "./time-policy.ts";

type PolicyOf<T extends Policy["type"]> = Extract<Policy, { type: T }>;

/**
 * What a policy says before its logic is applied: yes, no, or undefined when it cannot be decided. A policy that names nothing is
 * undecidable too: with negative logic it would permit everybody.
 * @see Keycloak 26: the policy providers of its authorization services
 */
export function policyVote(policy: Exclude<Policy, { type: "aggregate" }>, context: PolicyContext): boolean | undefined {
  const { identity } = context;
  switch (policy.type) {
    case "client":
      return policy.clientIds.size === 0 ? undefined : context.clientId !== undefined && policy.clientIds.has(context.clientId);
    case "user":
      return policy.userIds.size === 0 ? undefined : identity.kind === "user" && policy.userIds.has(identity.id);
    case "role":
      return listVote(policy.roles, ({ roleId }) => identity.roles.has(roleId));
    case "client-scope": {
      const words = new Set((identity.scope ?? "").split(" "));
      return listVote(policy.scopes, ({ name }) => name !== undefined && words.has(name));
    }
    case "group":
      return groupVote(policy, context);
    case "time":
      return timeVote(policy.config, context.now);
    case "regex":
      return regexVote(policy, context);
    default:
      return undefined;
  }
}

/** One is enough, but a required one that is missing decides against all others. */
function listVote<T extends { readonly required: boolean }>(entries: readonly T[], holds: (entry: T) => boolean): boolean | undefined {
  if (entries.length === 0) return undefined;
  if (entries.some((entry) => entry.required && !holds(entry))) return false;
  return entries.some(holds);
}

/** By the identity's claim when the policy names one and the identity has it, otherwise by its memberships. */
function groupVote(policy: PolicyOf<"group">, context: PolicyContext): boolean | undefined {
  const groups = policy.groups.filter(({ groupId }) => context.view.group(groupId) !== undefined);
  if (groups.length === 0) return undefined;
  const claimed = attribute(context.identity, policy.groupsClaim);
  if (claimed.length > 0) return groups.some((group) => claimed.some((value) => claimNames(value, group, context)));
  return groups.some(({ groupId, extendChildren }) =>
    context.identity.groupIds.some((id) => id === groupId || (extendChildren && isBelow(id, groupId, context))),
  );
}

type GroupDefinition = PolicyOf<"group">["groups"][number];

/** A path, or the bare name of the group. Below means below: `/ab` is not a child of `/a`. */
function claimNames(value: string, { groupId, extendChildren }: GroupDefinition, { view }: PolicyContext): boolean {
  const group = view.group(groupId);
  if (!group) return false;
  if (!value.includes("/")) return value === group.name;
  return value === group.path || (extendChildren && value.startsWith(`${group.path}/`));
}

function isBelow(id: string, ancestor: string, { view }: PolicyContext): boolean {
  let parent = view.group(id)?.parentId;
  for (let depth = 0; parent !== undefined && depth < 64; depth++) {
    if (parent === ancestor) return true;
    parent = view.group(parent)?.parentId;
  }
  return false;
}

function regexVote({ targetClaim, pattern, targetContextAttributes }: PolicyOf<"regex">, context: PolicyContext): boolean | undefined {
  if (targetClaim === "" || pattern === "") return undefined;
  const value = targetContextAttributes ? contextAttribute(context, targetClaim) : attribute(context.identity, targetClaim)[0];
  return value === undefined ? false : context.matchesRegex(pattern, value);
}

function attribute({ attributes, scope }: PolicyIdentity, name: string): readonly string[] {
  if (name === "scope" && scope !== undefined) return [scope];
  return Object.hasOwn(attributes, name) ? (attributes[name] ?? []) : [];
}

/** Keycloak's names of what it knows about the request. */
function contextAttribute({ clientId, now, ipAddress, host, userAgent, view }: PolicyContext, name: string): string | undefined {
  switch (name) {
    case "kc.client.id":
      return clientId;
    case "kc.time.date_time":
      return formatTime(now);
    case "kc.client.network.ip_address":
      return ipAddress;
    case "kc.client.network.host":
      return host;
    case "kc.client.user_agent":
      return userAgent;
    case "kc.realm.name":
      return view.realm.name;
    default:
      return undefined;
  }
}
