import type { EventFilter } from "@cambist/store/admin-ports.ts";
import type { Json } from "@cambist/store/config-ports.ts";
import type { EpochMillis, StoredAuditRecord } from "@cambist/store/ports.ts";
import { SAVED_BY_DEFAULT } from "../../events/event-view.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { AdminError, invalid } from "../admin-error.ts";
import { pageOf } from "../read-query.ts";
import { isEventType } from "./event-types.ts";

/** Events of one answer unless the caller says otherwise. */
const DEFAULT_MAX = 100;
const DAY: EpochMillis = 86_400_000;
const OPERATIONS: readonly string[] = ["CREATE", "UPDATE", "DELETE", "ACTION"];

/** `GET A/events`, newest first. */
export async function listEvents(call: AdminCall): Promise<AdminAnswer> {
  const { query, store, realm } = call;
  const types = query.getAll("type");
  const unknown = types.find((type) => !isEventType(type) && !SAVED_BY_DEFAULT.has(type));
  if (unknown !== undefined) throw invalid(`There is no event type ${unknown.slice(0, 100)}`);
  const records = await store.events(realm.id, {
    kind: "events",
    ...(types.length > 0 && { types }),
    clientId: query.get("client") ?? undefined,
    userId: query.get("user") ?? undefined,
    ipAddress: query.get("ipAddress") ?? undefined,
    ...datesOf(query),
    ...pageOf(query, DEFAULT_MAX),
  });
  return ok(records.map(eventRepresentation));
}

/** `GET A/admin-events`, newest first. */
export async function listAdminEvents(call: AdminCall): Promise<AdminAnswer> {
  const { query, store, realm } = call;
  const operations = query.getAll("operationTypes");
  const unknown = operations.find((operation) => !OPERATIONS.includes(operation));
  if (unknown !== undefined) throw invalid(`There is no operation type ${unknown.slice(0, 100)}`);
  const details: Record<string, readonly string[]> = {};
  const resourceTypes = query.getAll("resourceTypes");
  if (resourceTypes.length > 0) details["resourceType"] = resourceTypes;
  for (const [parameter, detail] of [
    ["authRealm", "authRealm"],
    ["authClient", "authClient"],
    ["authUser", "authUser"],
    ["authIpAddress", "authIpAddress"],
  ] as const) {
    const value = query.get(parameter);
    if (value !== null) details[detail] = [value];
  }
  const records = await store.events(realm.id, {
    kind: "admin-events",
    ...(operations.length > 0 && { types: operations.map((operation) => `ADMIN_${operation}`) }),
    ...(Object.keys(details).length > 0 && { details }),
    resourcePath: query.get("resourcePath") ?? undefined,
    ...datesOf(query),
    ...pageOf(query, DEFAULT_MAX),
  });
  return ok(records.map(adminEventRepresentation));
}

/** `DELETE`: the view begins anew; the audit log keeps its records, and one of this. */
export const clearEvents =
  (kind: EventFilter["kind"]) =>
  async (call: AdminCall): Promise<AdminAnswer> => {
    const event = { operation: "DELETE", resourceType: "REALM", resourcePath: kind, hidden: true } as const;
    await call.commit({ commands: [{ do: "clearEventView", realmId: call.realm.id, kind }], event });
    return noContent;
  };

/** Days in UTC; `dateTo` includes its day. */
function datesOf(query: URLSearchParams): Pick<EventFilter, "dateFrom" | "dateTo" | "oldestFirst"> {
  const from = dayOf(query, "dateFrom", "Date(From)");
  const to = dayOf(query, "dateTo", "Date(To)");
  return {
    dateFrom: from,
    dateTo: to === undefined ? undefined : to + DAY - 1,
    oldestFirst: query.get("direction") === "asc",
  };
}

function dayOf(query: URLSearchParams, name: string, label: string): EpochMillis | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(day)) throw new AdminError(400, { error: `Invalid value for '${label}', expected format is yyyy-MM-dd` });
  return day;
}

function eventRepresentation({ time, type, realmId, clientId, userId, sessionId, ipAddress, error, details }: StoredAuditRecord): Json {
  return {
    time,
    type,
    realmId,
    ...(clientId !== undefined && { clientId }),
    ...(userId !== undefined && { userId }),
    ...(sessionId !== undefined && { sessionId }),
    ...(ipAddress !== undefined && { ipAddress }),
    ...(error !== undefined && { error }),
    ...(Object.keys(details).length > 0 && { details }),
  };
}

function adminEventRepresentation({ time, realmId, details, facts }: StoredAuditRecord): Json {
  const { operationType, resourceType, resourcePath, authRealm, authClient, authUser, authIpAddress } = details;
  const { representation, detailed, details: more } = facts;
  return {
    time,
    realmId,
    authDetails: { realmId: authRealm, clientId: authClient, userId: authUser, ipAddress: authIpAddress },
    operationType,
    resourceType,
    ...(resourcePath && { resourcePath }),
    ...(detailed === true && representation !== undefined && { representation }),
    ...(more !== undefined && { details: more }),
  };
}
