import type { Dialect, EventSettings } from "@cambist/core/model.ts";
import { refusalRow, type EventDetails, type Refusal } from "@cambist/core/refusals.ts";
import type { AuditRecord, EpochMillis } from "@cambist/store/ports.ts";
import { inDetailOrder, KEYCLOAK_DETAILS, OUR_DETAILS } from "./detail-order.ts";
import { isShown } from "./event-view.ts";
import { reasonOf } from "./refusal-text.ts";
import { MAX_CLIENT_ID, recordable } from "./safe-text.ts";

/** The realm an event belongs to, as far as recording asks. */
export interface RecordedRealm {
  readonly id: string;
  readonly name: string;
  readonly dialect: Dialect;
  readonly events: EventSettings;
}

/** For a request to a realm that does not exist: the name is what the request said, cut; no view shows the event. */
export function unknownRealm(name: string, dialect: Dialect): RecordedRealm {
  return { id: "", name: recordable(name, MAX_CLIENT_ID), dialect, events: { enabled: false, types: new Set(), expiration: 0 } };
}

/** What happened, before it is a record. Details and facts may hold more than is recorded: only listed names pass. */
export interface Happening {
  /** Decision id. */
  readonly id: string;
  readonly time: EpochMillis;
  readonly realm: RecordedRealm;
  /** Keycloak's type without `_ERROR`. */
  readonly type: string;
  /** As given when the client is not known. */
  readonly clientId?: string | undefined;
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly ipAddress?: string | undefined;
  readonly details: EventDetails;
  readonly facts?: Readonly<Record<string, unknown>> | undefined;
  /** Order in which Keycloak sets the details of this event, where it is not the usual one. */
  readonly inserted?: readonly string[] | undefined;
}

const DETAILS = new Set([...KEYCLOAK_DETAILS, ...OUR_DETAILS]);

/** Members of `facts` that are recorded: the audit's own vocabulary, beside Keycloak's. None can hold a token or a secret. */
export const FACTS: ReadonlySet<string> = new Set(
  [
    "refusal cause parameter client hint engine request_id",
    "exchange_right impersonation_right permission permissions target_permission policy policies rights rule role protected_role",
    "lineage parent requesters targets act earlier_act impersonator chain_start dropped_scopes dropped_roles granted_scopes",
    "subject_jti subject_client subject_session subject_audience requested_scope requested_audiences requested_resources",
    "audience resource scope lifetime expires_at plane ceiling reason warnings",
  ].flatMap((line) => line.split(" ")),
);

/** The record of something that was allowed. `issued`: the `jti` of every token it led to. */
export function successRecord(happening: Happening, issued: readonly string[]): AuditRecord {
  return recordOf(happening, { type: happening.type, error: undefined, issued, keycloakEvent: true });
}

/**
 * The record of a refusal: Keycloak's error and reason from the refusal's row, the row's name and its placeholders among the facts.
 * @see Keycloak 26.1: `scope` is never a detail of an error event
 */
export function refusalRecord(happening: Happening, refusal: Refusal): AuditRecord {
  const { details } = happening;
  const row = refusalRow(refusal);
  const { parameter, cause, client, hint } = details;
  return errorRecord(
    {
      ...happening,
      details: { ...details, reason: reasonOf(row, details) ?? details["reason"], scope: undefined },
      facts: { parameter, cause, client, hint, ...happening.facts, refusal },
    },
    { error: row.event, keycloakEvent: row.keycloakEvent !== false },
  );
}

/** The record of a refusal that has no row of its own: those of client registration. `keycloakEvent`: Keycloak emits one. */
export function errorRecord(
  happening: Happening,
  { error, keycloakEvent }: { readonly error: string; readonly keycloakEvent: boolean },
): AuditRecord {
  return recordOf(happening, { type: `${happening.type}_ERROR`, error, issued: [], keycloakEvent });
}

interface Outcome {
  readonly type: string;
  readonly error: string | undefined;
  readonly issued: readonly string[];
  readonly keycloakEvent: boolean;
}

function recordOf(happening: Happening, { type, error, issued, keycloakEvent }: Outcome): AuditRecord {
  const { id, time, realm, clientId, userId, sessionId, ipAddress, facts } = happening;
  return {
    id,
    time,
    realmId: realm.id,
    realmName: realm.name,
    type,
    clientId: clientId === undefined ? undefined : recordable(clientId, MAX_CLIENT_ID),
    userId,
    sessionId,
    ipAddress,
    error,
    details: detailsOf(happening),
    facts: factsOf(facts),
    issued,
    shown: isShown(realm.events, type, { dialect: realm.dialect, keycloakEvent, clientNamed: clientId !== undefined }),
  };
}

/** Only listed names, only values that are there. In `native` the decision's id is a detail too: Keycloak's event view has no place for it. */
function detailsOf({ id, realm, details, inserted }: Happening): Record<string, string> {
  const kept = inDetailOrder(details, inserted, (name, value) => (DETAILS.has(name) ? recordable(value) : undefined));
  if (realm.dialect === "native") kept["decision"] = id;
  return kept;
}

function factsOf(facts: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const name in facts) {
    const value = facts[name];
    if (value !== undefined && FACTS.has(name)) kept[name] = recordableValue(value, MAX_FACT_DEPTH);
  }
  return kept;
}

/** As deep as any JSON this server reads. */
const MAX_FACT_DEPTH = 32;

/** The value itself where nothing in it has to change, as is nearly always so. */
function recordableValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return recordable(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return "(cut)";
  return Array.isArray(value) ? recordableList(value, depth) : recordableObject(value as Readonly<Record<string, unknown>>, depth);
}

function recordableList(list: readonly unknown[], depth: number): readonly unknown[] {
  let kept: unknown[] | undefined;
  for (const [index, member] of list.entries()) {
    const recorded = recordableValue(member, depth - 1);
    if (recorded !== member) (kept ??= [...list])[index] = recorded;
  }
  return kept ?? list;
}

function recordableObject(object: Readonly<Record<string, unknown>>, depth: number): Readonly<Record<string, unknown>> {
  let kept: Record<string, unknown> | undefined;
  for (const name in object) {
    if (name === "__proto__") kept ??= withoutPrototype(object);
    else {
      const recorded = recordableValue(object[name], depth - 1);
      if (recorded !== object[name]) (kept ??= withoutPrototype(object))[name] = recorded;
    }
  }
  return kept ?? object;
}

const withoutPrototype = (object: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== "__proto__"));
