import type { Json, RealmRow } from "@cambist/store/config-ports.ts";
import { REQUIRED_ACTIONS } from "../../realm-template/required-actions.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { AdminError, malformed, notFound } from "../admin-error.ts";
import { flagMember, objectBody, objectMember, textMember } from "../read-json.ts";

const actionsOf = ({ representation }: RealmRow): readonly Json[] => (representation["requiredActions"] ?? []) as readonly Json[]; // so stored
const priorityOf = (action: Json): number => (typeof action["priority"] === "number" ? action["priority"] : 0);
const byPriority = (actions: readonly Json[]): readonly Json[] => actions.toSorted((a, b) => priorityOf(a) - priorityOf(b));

function findAction(realm: RealmRow, alias: string): Json {
  const action = actionsOf(realm).find((one) => one["alias"] === alias);
  if (!action) throw notFound("Failed to find required action");
  return action;
}

export const listRequiredActions = async ({ realm }: AdminCall): Promise<AdminAnswer> => ok(byPriority(actionsOf(realm)));

export const readRequiredAction = async ({ realm, params }: AdminCall): Promise<AdminAnswer> =>
  ok(findAction(realm, params["alias"] ?? ""));

/** `PUT`: replaces; what is not named is off or 0. */
export async function updateRequiredAction(call: AdminCall): Promise<AdminAnswer> {
  const body = objectBody(call.body);
  const { priority = 0 } = body;
  if (priority !== null && !Number.isSafeInteger(priority)) throw malformed();
  const name = textMember(body, "name");
  const config = objectMember(body, "config");
  const flags = { enabled: flagMember(body, "enabled") ?? false, defaultAction: flagMember(body, "defaultAction") ?? false };
  return change(call, "UPDATE", (realm, alias) => {
    const was = findAction(realm, alias);
    const action = {
      alias,
      ...(name !== undefined && { name }),
      providerId: was["providerId"] ?? alias,
      ...flags,
      priority: priority ?? 0,
      config: config ?? was["config"] ?? {},
    };
    return actionsOf(realm).map((one) => (one === was ? action : one));
  });
}

export async function deleteRequiredAction(call: AdminCall): Promise<AdminAnswer> {
  return change(call, "DELETE", (realm, alias) => {
    const was = findAction(realm, alias);
    return actionsOf(realm).filter((one) => one !== was);
  });
}

/** `POST .../raise-priority` or `lower-priority`: changes places with its neighbour. */
export const moveRequiredAction =
  (direction: "raise" | "lower") =>
  async (call: AdminCall): Promise<AdminAnswer> =>
    change(call, "UPDATE", (realm, alias) => {
      const action = findAction(realm, alias);
      const ordered = byPriority(actionsOf(realm));
      const neighbour = ordered[ordered.indexOf(action) + (direction === "raise" ? -1 : 1)];
      if (!neighbour) return ordered;
      return ordered.map((one) =>
        one === action ? { ...one, priority: priorityOf(neighbour) } : one === neighbour ? { ...one, priority: priorityOf(action) } : one,
      );
    });

/** `POST A/authentication/register-required-action` `{"providerId", "name"}`. */
export async function registerRequiredAction(call: AdminCall): Promise<AdminAnswer> {
  const body = objectBody(call.body);
  const providerId = textMember(body, "providerId") ?? "";
  const known = REQUIRED_ACTIONS.find((one) => one.providerId === providerId);
  if (!known) throw new AdminError(400, { error: "Required Action Provider with given providerId not found" });
  const name = textMember(body, "name") ?? known.name;
  await call.changeRealm((was) => {
    const actions = actionsOf(was);
    if (actions.some((one) => one["providerId"] === providerId)) throw new AdminError(409, { error: "unknown_error" });
    const priority = Math.max(0, ...actions.map(priorityOf)) + 1;
    const action = { alias: providerId, name, providerId, enabled: true, defaultAction: false, priority, config: {} };
    return {
      row: { ...was, representation: { ...was.representation, requiredActions: [...actions, action] } },
      event: {
        operation: "CREATE",
        resourceType: "REQUIRED_ACTION",
        resourcePath: "authentication/register-required-action",
        representation: body,
      },
    };
  });
  return noContent;
}

export async function listUnregisteredActions({ realm }: AdminCall): Promise<AdminAnswer> {
  const registered = new Set(actionsOf(realm).map((one) => one["providerId"]));
  return ok(REQUIRED_ACTIONS.filter(({ providerId }) => !registered.has(providerId)).map(({ name, providerId }) => ({ name, providerId })));
}

async function change(
  call: AdminCall,
  operation: "UPDATE" | "DELETE",
  edit: (realm: RealmRow, alias: string) => readonly Json[],
): Promise<AdminAnswer> {
  const alias = call.params["alias"] ?? "";
  await call.changeRealm((was) => ({
    row: { ...was, representation: { ...was.representation, requiredActions: edit(was, alias) } },
    event: {
      operation,
      resourceType: "REQUIRED_ACTION",
      resourcePath: `authentication/required-actions/${alias}`,
      ...(operation === "UPDATE" && { representation: call.body }),
    },
  }));
  return noContent;
}
