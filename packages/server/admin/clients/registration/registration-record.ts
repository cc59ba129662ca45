import type { AuditRecord } from "@cambist/store/ports.ts";
import { isEmitted } from "../../../events/event-view.ts";
import { errorRecord, type Happening, successRecord } from "../../../events/record.ts";
import { emit } from "../../../http/conclude.ts";
import type { RegistrationError } from "./registration-error.ts";
import type { RegistrationRequest } from "./client-registrations.ts";

type From = Pick<RegistrationRequest, "services" | "realm" | "caller">;

/** Keycloak's type of what a verb asks for. */
const EVENT_OF = { POST: "CLIENT_REGISTER", GET: "CLIENT_INFO", PUT: "CLIENT_UPDATE", DELETE: "CLIENT_DELETE" } as const;
export type RegistrationVerb = keyof typeof EVENT_OF;

/** The record of a registration, a change, a removal or a reading that was allowed. */
export const registrationSuccess = (request: From, verb: RegistrationVerb, clientId: string): AuditRecord =>
  successRecord(happeningOf(request, verb, clientId), []);

/** Records and emits a refusal, once. @throws {StorageUnavailable} */
export async function recordRegistrationRefusal(
  request: From & Pick<RegistrationRequest, "clientId">,
  verb: RegistrationVerb,
  refusal: RegistrationError,
): Promise<void> {
  const { services, realm } = request;
  // Keycloak says nothing of bad metadata.
  const error = ERRORS[refusal.status];
  const keycloakEvent = error !== undefined;
  const details = { reason: refusal.body.error_description };
  const clientId = verb === "POST" ? undefined : request.clientId;
  const record = errorRecord(
    { ...happeningOf(request, verb, clientId), details },
    { error: error ?? "invalid_registration", keycloakEvent },
  );
  await services.writer.write({ audit: [record] });
  const clientNamed = clientId !== undefined;
  if (isEmitted({ dialect: realm.view.realm.dialect, keycloakEvent, clientNamed })) emit(request, record);
}

const ERRORS: Readonly<Record<number, string>> = { 401: "invalid_token", 403: "not_allowed", 404: "client_not_found" };

const happeningOf = ({ services, realm, caller }: From, verb: RegistrationVerb, clientId: string | undefined): Happening => ({
  id: services.newId(),
  time: services.clock(),
  realm: realm.view.realm,
  type: EVENT_OF[verb],
  clientId,
  ipAddress: caller.ipAddress,
  details: {},
});
