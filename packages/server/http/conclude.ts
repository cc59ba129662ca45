import { OAuthError, refusalRow } from "@cambist/core/refusals.ts";
import { type AuditRecord, StorageUnavailable, type WriteOutcome, type WriteUnit } from "@cambist/store/ports.ts";
import { isEmitted } from "../events/event-view.ts";
import { type Happening, refusalRecord, successRecord } from "../events/record.ts";
import type { EndpointCall } from "./endpoint-call.ts";

export interface Success {
  readonly facts?: Readonly<Record<string, unknown>>;
  /** `jti` of every token issued. */
  readonly issued?: readonly string[];
}

/**
 * Commits what a call changes together with its audit record; the event goes out after the commit. Start it, sign meanwhile, await it
 * before the answer leaves: no token leaves unrecorded. A guard that fails writes nothing, and the caller decides what that means.
 * @throws {OAuthError} audit_unavailable: nothing was written
 */
export async function conclude(call: EndpointCall, unit: Omit<WriteUnit, "audit">, success: Success = {}): Promise<WriteOutcome> {
  const record = successRecord(happeningOf(call, success.facts), success.issued ?? []);
  const outcome = await write(call, { guards: unit.guards, commands: unit.commands, audit: [record] });
  if (outcome.ok) emit(call, record);
  return outcome;
}

/** Records a success that changes nothing. Keycloak emits no event of it, so in its dialect only the audit log knows. @throws {OAuthError} audit_unavailable */
export async function concludeUnchanged(call: EndpointCall, facts: Readonly<Record<string, unknown>>): Promise<void> {
  if (call.realm.view.realm.dialect === "native") await conclude(call, {}, { facts });
  else await write(call, { audit: [{ ...successRecord(happeningOf(call, facts), []), shown: false }] });
}

/** Records a refusal, once. @throws {OAuthError} audit_unavailable */
export async function concludeRefusal(call: EndpointCall, error: OAuthError): Promise<void> {
  const happening = happeningOf(call, error.evidence);
  const record = refusalRecord({ ...happening, details: { ...happening.details, ...error.about } }, error.refusal);
  await write(call, { audit: [record] });
  const keycloakEvent = refusalRow(error.refusal).keycloakEvent !== false;
  if (isEmitted({ dialect: call.realm.view.realm.dialect, keycloakEvent, clientNamed: record.clientId !== undefined })) emit(call, record);
}

function happeningOf(call: EndpointCall, facts: Readonly<Record<string, unknown>> | undefined): Happening {
  return {
    id: call.decision,
    time: call.now,
    realm: call.realm.view.realm,
    type: call.event,
    clientId: call.client?.clientId ?? call.clientIdSent,
    userId: call.userId,
    sessionId: call.sessionId,
    ipAddress: call.caller.ipAddress,
    details: call.details,
    facts,
  };
}

async function write({ services }: EndpointCall, unit: WriteUnit): Promise<WriteOutcome> {
  try {
    return await services.writer.write(unit);
  } catch (error) {
    if (error instanceof StorageUnavailable) throw new OAuthError("audit_unavailable", {}, { cause: error });
    throw error;
  }
}

/** After the commit: the counter and the line. */
export function emit({ services, realm }: Pick<EndpointCall, "services" | "realm">, record: AuditRecord): void {
  services.metrics.event(record, record.clientId === undefined || realm.view.clientIsEnabled(record.clientId) !== undefined);
  services.log.event(record);
}
