import { BE_IMPERSONATED, IMPERSONATE } from "@cambist/core/policy/permission-names.ts";
import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { AdminCall, AdminChange } from "../admin-call.ts";
import { anyOf } from "../admin-roles.ts";
import { adminClientIdOf, type PolicyRow, type ResourceServer } from "./resource-server.ts";

/**
 * Commits a change to authorization settings. Whoever changes who may impersonate, or whom, hands out impersonation, so they must have it
 * themselves (SEC-ADM-05); that counts for every policy behind those permissions, however it is changed.
 * @throws {AdminError} 403; 409 and 503 of `call.commit`
 */
export async function commitAuthorization(call: AdminCall, server: ResourceServer, change: AdminChange): Promise<void> {
  needImpersonation(call, server, change.commands as readonly ConfigCommand[]);
  await call.commit(change);
}

/** @throws {AdminError} 403 the commands change who may impersonate, and the caller may not */
export function needImpersonation(call: AdminCall, { client, rows }: ResourceServer, commands: readonly ConfigCommand[]): void {
  if (client.clientId !== adminClientIdOf(call.realm.name)) return;
  if (impersonationRules(rows.policies) !== impersonationRules(applied(rows.policies, client.id, commands)))
    call.need(anyOf("impersonation"));
}

/** The policies after the commands, as far as decisions go by them. */
function applied(policies: readonly PolicyRow[], clientUuid: string, commands: readonly ConfigCommand[]): readonly PolicyRow[] {
  const rows = new Map(policies.map((row) => [row.id, row]));
  for (const command of commands) {
    if (!("clientUuid" in command) || command.clientUuid !== clientUuid) continue;
    if (command.do === "deleteResourceServer") rows.clear();
    else if (command.do === "saveAuthorizationPolicy") rows.set(command.row.id, command.row);
    else if (command.do === "deleteAuthorizationObject" && command.kind === "policy") rows.delete(command.id);
  }
  return [...rows.values()];
}

/** Both impersonation permissions with every policy behind them, as one text; empty while none has a policy. */
function impersonationRules(policies: readonly PolicyRow[]): string {
  const byId = new Map(policies.map((row) => [row.id, row]));
  const seen = new Set<string>();
  const visit = (id: string): void => {
    const row = byId.get(id);
    if (!row || seen.has(id)) return;
    seen.add(id);
    for (const applies of row.policyIds) visit(applies);
  };
  for (const { id, name, policyIds } of policies) {
    if ((name === IMPERSONATE || name === BE_IMPERSONATED) && policyIds.some((applied) => byId.has(applied))) visit(id);
  }
  const rules = [...seen].toSorted().map((id) => {
    const row = byId.get(id);
    return (
      row && [
        id,
        row.name,
        row.type,
        row.logic,
        row.decisionStrategy,
        row.representation["config"],
        row.policyIds.filter((one) => byId.has(one)),
      ]
    );
  });
  return JSON.stringify(rules);
}
