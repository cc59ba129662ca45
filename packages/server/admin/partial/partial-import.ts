import { StorageConflict } from "@cambist/store/admin-ports.ts";
import type { Json } from "@cambist/store/config-ports.ts";
import type { Command } from "@cambist/store/ports.ts";
import { ImportError } from "../../imports/import-error.ts";
import { RealmNode } from "../../imports/realm-node.ts";
import { type AdminAnswer, type AdminCall, ok } from "../admin-call.ts";
import { AdminError, conflict, invalid } from "../admin-error.ts";
import { needRolesToHandOut } from "../hand-out.ts";
import { objectBody } from "../read-json.ts";
import { findItems, type ImportItem } from "./import-items.ts";
import { importContext } from "./import-context.ts";
import { buildItems } from "./import-rows.ts";

const POLICIES = ["FAIL", "SKIP", "OVERWRITE"] as const;
type Policy = (typeof POLICIES)[number];

/**
 * `POST A/partialImport`: users, clients, groups, roles and identity providers of a realm file into a realm that stands. What exists fails
 * the whole, is skipped, or is deleted and made anew. All or nothing.
 */
export async function partialImport(call: AdminCall): Promise<AdminAnswer> {
  const body = objectBody(call.body);
  const policy = readPolicy(body["ifResourceExists"]);
  try {
    const items = await findItems(call, new RealmNode("partialImport", "", body));
    const taken = items.find(({ existingId }) => existingId !== undefined);
    if (policy === "FAIL" && taken) throw conflict(taken.existsMessage);
    const actions = items.map((item) => ({ item, action: actionFor(item, policy) }));
    const chosen = actions.flatMap(({ item, action }) => (action === "SKIPPED" ? [] : [item]));
    const context = await importContext(call, chosen);
    const { commands, handedOut, warnings } = await buildItems(call, context, chosen);
    await needRolesToHandOut(call, handedOut);
    const warning = warnings.line("partialImport");
    if (warning !== undefined) call.services.log.warn("cambist.admin", warning);
    const removals: readonly Command[] = (await Promise.all(chosen.map((item) => item.remove()))).flat();
    const results = actions.flatMap(({ item, action }) => resultsOf(item, action));
    if (chosen.length > 0) await call.commit({ commands: [...removals, ...commands], events: chosen.map(eventOf) });
    const count = (action: string): number => results.filter((result) => result["action"] === action).length;
    return ok({ overwritten: count("OVERWRITTEN"), added: count("ADDED"), skipped: count("SKIPPED"), results });
  } catch (error) {
    if (error instanceof ImportError) throw invalid(error.path ? `${error.path}: ${error.reason}` : error.reason);
    if (error instanceof AdminError && error.cause instanceof StorageConflict) throw conflict("Duplicate resource error");
    throw error;
  }
}

function readPolicy(value: unknown): Policy {
  if (value === undefined || value === null) return "FAIL";
  const policy = POLICIES.find((one) => one === value);
  if (!policy) throw new AdminError(400, { error: "unknown_error", error_description: "Cannot parse the JSON" });
  return policy;
}

type Action = "ADDED" | "SKIPPED" | "OVERWRITTEN";

const actionFor = ({ existingId, isProtected }: ImportItem, policy: Policy): Action =>
  existingId === undefined ? "ADDED" : policy === "SKIP" || isProtected ? "SKIPPED" : "OVERWRITTEN";

/** Keycloak counts a role that is made anew twice. */
function resultsOf({ resourceType, resourceName, id, existingId }: ImportItem, action: Action): readonly Json[] {
  const result = { action, resourceType, resourceName, id: action === "SKIPPED" ? existingId : id };
  const isRole = resourceType === "REALM_ROLE" || resourceType === "CLIENT_ROLE";
  return action === "OVERWRITTEN" && isRole ? [result, { ...result, action: "ADDED" }] : [result];
}

const EVENT_TYPES = { IDP: "IDENTITY_PROVIDER" } as Readonly<Record<string, string>>;

const eventOf = ({ resourceType, resourcePath, resourceName, existingId }: ImportItem) =>
  ({
    operation: existingId === undefined ? "CREATE" : "UPDATE",
    resourceType: EVENT_TYPES[resourceType] ?? resourceType,
    resourcePath,
    representation: { name: resourceName },
  }) as const;
