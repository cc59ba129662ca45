import type { Json } from "@cambist/store/config-ports.ts";
import { invalid, malformed } from "../admin-error.ts";
import { GLOBAL_PROFILE_NAMES } from "./global-profiles.ts";
import { isProvider } from "../serverinfo/provider-ids.ts";

const EXECUTOR = "org.keycloak.services.clientpolicy.executor.ClientPolicyExecutorProvider";
const CONDITION = "org.keycloak.services.clientpolicy.condition.ClientPolicyConditionProvider";

const listOf = (value: unknown, member: string): readonly Json[] => {
  if (typeof value !== "object" || value === null) throw malformed();
  const list = (value as Json)[member] ?? [];
  if (!Array.isArray(list) || !list.every((entry) => typeof entry === "object" && entry !== null)) throw malformed();
  return list as readonly Json[];
};

/** `{"profiles": [...]}`. @throws {AdminError} 400 no name, a name twice, an executor that does not exist */
export function readProfiles(body: unknown): Json {
  const profiles = listOf(body, "profiles").map(({ name, description, executors }) => {
    if (typeof name !== "string" || name === "") throw invalid("client profile without its name not allowed.");
    if (GLOBAL_PROFILE_NAMES.includes(name)) throw invalid(`proposed client profile name is duplicated.`);
    const steps = listOf({ executors: executors ?? [] }, "executors").map(({ executor, configuration }) => {
      if (!isProvider(EXECUTOR, executor))
        throw invalid("proposed client profile contains the executor, which does not have valid provider, or has invalid configuration.");
      return { executor, configuration: configuration ?? {} };
    });
    return { name, ...(typeof description === "string" && { description }), executors: steps };
  });
  if (new Set(profiles.map(({ name }) => name)).size < profiles.length) throw invalid("proposed client profile name is duplicated.");
  return { profiles };
}

/** `{"policies": [...]}`. @throws {AdminError} 400 no name, a name twice, a condition or profile that does not exist */
export function readPolicies(body: unknown, profiles: unknown): Json {
  const known = new Set([...GLOBAL_PROFILE_NAMES, ...listOf(profiles ?? {}, "profiles").map(({ name }) => name)]);
  const policies = listOf(body, "policies").map(({ name, description, enabled, conditions, profiles: named }) => {
    if (typeof name !== "string" || name === "") throw invalid("proposed client policy name missing.");
    const checks = listOf({ conditions: conditions ?? [] }, "conditions").map(({ condition, configuration }) => {
      if (!isProvider(CONDITION, condition))
        throw invalid("the proposed client policy contains the condition with its invalid configuration.");
      return { condition, configuration: configuration ?? {} };
    });
    const list: unknown = named ?? [];
    if (!Array.isArray(list)) throw malformed();
    for (const profile of list as readonly unknown[])
      if (!known.has(profile)) throw invalid(`Policy ${name} contains invalid profile ${String(profile)}`);
    return {
      name,
      ...(typeof description === "string" && { description }),
      enabled: enabled === true,
      conditions: checks,
      profiles: list as readonly unknown[],
    };
  });
  if (new Set(policies.map(({ name }) => name)).size < policies.length) throw invalid("proposed client policy name is duplicated.");
  return { policies };
}

/** The client policy members of a realm representation that were given, checked. @throws {AdminError} 400 */
export function clientPoliciesIn(given: Json, was: Json): Json {
  const changed: Record<string, unknown> = {};
  if (given["clientProfiles"] !== undefined) changed["clientProfiles"] = readProfiles(given["clientProfiles"]);
  if (given["clientPolicies"] !== undefined)
    changed["clientPolicies"] = readPolicies(given["clientPolicies"], changed["clientProfiles"] ?? was["clientProfiles"]);
  return changed;
}
