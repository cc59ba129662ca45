import type { Json, RealmRow } from "@cambist/store/config-ports.ts";
import { SAVED_BY_DEFAULT } from "../../events/event-view.ts";
import type { Fields } from "../../imports/fields.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { AdminError } from "../admin-error.ts";
import { readRepresentation } from "../read-representation.ts";

/** Where events go. The console log is the only listener that does something here. */
const LISTENERS: readonly unknown[] = ["jboss-logging", "email"];

const FIELDS: Fields = new Map([
  ["eventsEnabled", "flag"],
  ["eventsExpiration", "whole"],
  ["eventsListeners", "texts"],
  ["enabledEventTypes", "texts"],
  ["adminEventsEnabled", "flag"],
  ["adminEventsDetailsEnabled", "flag"],
]);

/** `GET A/events/config`. No types of its own means Keycloak's usual ones, which it spells out. */
export async function readEventsConfig({ realm }: AdminCall): Promise<AdminAnswer> {
  return ok(eventsConfig(realm));
}

function eventsConfig({ representation }: RealmRow): Json {
  const types = representation["enabledEventTypes"];
  const expiration = representation["eventsExpiration"];
  return {
    eventsEnabled: representation["eventsEnabled"] === true,
    ...(typeof expiration === "number" && expiration !== 0 && { eventsExpiration: expiration }),
    eventsListeners: representation["eventsListeners"] ?? [],
    enabledEventTypes: Array.isArray(types) && types.length > 0 ? (types as readonly unknown[]) : [...SAVED_BY_DEFAULT],
    adminEventsEnabled: representation["adminEventsEnabled"] === true,
    adminEventsDetailsEnabled: representation["adminEventsDetailsEnabled"] === true,
  };
}

/** `PUT A/events/config`: merges, but events are off and do not expire unless the body says otherwise. @throws {AdminError} 400 an unknown listener */
export async function updateEventsConfig(call: AdminCall): Promise<AdminAnswer> {
  const { kept } = readRepresentation(call, "RealmEventsConfigRepresentation", FIELDS);
  const listeners = kept["eventsListeners"] as readonly string[] | undefined;
  if (listeners?.some((listener) => !LISTENERS.includes(listener))) throw new AdminError(400, { error: "Unknown event listener" });
  await call.changeRealm((was) => ({
    row: { ...was, representation: { ...was.representation, eventsEnabled: false, eventsExpiration: 0, ...kept } },
    event: { operation: "UPDATE", resourceType: "REALM", resourcePath: "events/config", representation: kept },
  }));
  return noContent;
}
