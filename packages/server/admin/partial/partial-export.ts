import type { Json } from "@cambist/store/config-ports.ts";
import { exportContext } from "../../exports/export-context.ts";
import { realmParts } from "../../exports/realm-parts.ts";
import type { AdminAnswer, AdminCall } from "../admin-call.ts";
import { anyOf, NEEDS } from "../admin-roles.ts";
import { flagOf } from "../read-query.ts";

const GROUP_LISTS = anyOf("query-groups", "view-users", "manage-users");

/** `POST A/partial-export`: the realm without users and secrets; clients, and groups with roles, when they are asked for. */
export async function partialExport(call: AdminCall): Promise<AdminAnswer> {
  const clients = flagOf(call.query, "exportClients") ?? false;
  const groupsAndRoles = flagOf(call.query, "exportGroupsAndRoles") ?? false;
  if (clients) call.need(NEEDS.viewClients);
  if (groupsAndRoles) call.need(GROUP_LISTS);
  const context = await exportContext(call, false);
  const members: Record<string, unknown> = {};
  for await (const part of realmParts(context, { clients, groupsAndRoles, users: clients ? "service-accounts" : "none" })) {
    members[part.member] = "value" in part ? part.value : await all(part.elements);
  }
  return { body: members satisfies Json, type: "application/json" };
}

async function all(elements: AsyncIterable<unknown>): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for await (const element of elements) found.push(element);
  return found;
}
