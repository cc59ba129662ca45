import type { Client } from "@cambist/core/model.ts";
import { OAuthError } from "@cambist/core/refusals.ts";
import type { Form } from "@cambist/core/token-request/form.ts";
import type { EpochMillis } from "@cambist/store/ports.ts";
import type { FastifyRequest } from "fastify";
import type { LoadedRealm } from "../realms/compile-realm.ts";
import type { Services } from "../services.ts";
import { type AskingRequest, type Caller, isPrivateAddress } from "./caller.ts";

export type BodyProblem = "form_malformed" | "form_too_large";

/** One request to a protocol endpoint of one realm, and what is learnt about it on the way; the audit record is made from it. */
export interface EndpointCall {
  readonly services: Services;
  readonly realm: LoadedRealm;
  readonly caller: Caller;
  /** Issuer URL of the realm as this caller sees it. */
  readonly issuer: string;
  readonly now: EpochMillis;
  /** Id of the decision that this request leads to. */
  readonly decision: string;
  readonly form: Form;
  /** Why the body could not be read as a form, which is then empty. */
  readonly bodyProblem?: BodyProblem | undefined;
  readonly authorization: string | undefined;
  readonly origin: string | undefined;
  readonly accept: string | undefined;
  /** Keycloak's event type without `_ERROR`. */
  event: string;
  /** Known once it has authenticated. */
  client?: Client | undefined;
  /** The client id as sent, before it has authenticated. */
  clientIdSent?: string | undefined;
  userId?: string | undefined;
  sessionId?: string | undefined;
  /** Event details in the order they were learnt. */
  readonly details: Record<string, string>;
}

/** Issuer URL of a realm (OpenID Connect Discovery §3): base URL, `/realms/`, the name percent-encoded. */
// Joined, not added: what is added stays in pieces, and JSON writes an object with such a text at half the speed.
export const issuerOf = ({ baseUrl }: Pick<Caller, "baseUrl">, realmName: string): string =>
  [baseUrl, "/realms/", encodeURIComponent(realmName)].join("");

/** @throws {OAuthError} realm_unknown */
export async function findRealm(services: Services, name: string): Promise<LoadedRealm> {
  const realm = await services.realms.get(name);
  if (!realm) throw new OAuthError("realm_unknown");
  return realm;
}

/** The checks that come before everything else at a protocol endpoint. @throws {OAuthError} https_required, realm_disabled, form_* */
export function checkTransport({ realm, caller, bodyProblem }: Pick<EndpointCall, "realm" | "caller" | "bodyProblem">): void {
  const { sslRequired, enabled } = realm.view.realm;
  if (!caller.secure && (sslRequired === "all" || (sslRequired === "external" && !isPrivateAddress(caller.ipAddress))))
    throw new OAuthError("https_required");
  if (!enabled) throw new OAuthError("realm_disabled");
  if (bodyProblem) throw new OAuthError(bodyProblem);
}

/** A request to an endpoint of a realm, whoever read it. */
export interface RequestToRealm extends AskingRequest {
  readonly params: { readonly realm: string };
  /** A form, what is wrong with it, or something that is no form. */
  readonly body: unknown;
}

export type RealmRequest = FastifyRequest<{ Params: { realm: string } }>;
