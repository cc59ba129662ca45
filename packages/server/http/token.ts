import { OAuthError } from "@cambist/core/refusals.ts";
import type { Form } from "@cambist/core/token-request/form.ts";
import type { TokenResponse } from "@cambist/protocol/token-response.ts";
import { authenticateClient } from "../client-auth/authenticate-client.ts";
import { readCredentials } from "../client-auth/credentials.ts";
import type { Grant } from "../grants/grant.ts";
import { GRANTS } from "../grants/grants.ts";
import { checkTransport, type EndpointCall } from "./endpoint-call.ts";

/**
 * The token endpoint (RFC 6749 §3.2): the phases that every grant shares, in Keycloak's order, so that no grant can forget one:
 * transport, grant type, client, duplicates, grant.
 * @throws {OAuthError} whatever refuses first
 */
export async function token(call: EndpointCall): Promise<TokenResponse> {
  const { form, details } = call;
  const credentials = readCredentials(call.authorization, form);
  call.clientIdSent = credentials.clientId;
  checkTransport(call);
  const grant = findGrant(form, call);
  call.event = grant.event;
  details["grant_type"] = grant.grantType;
  const { client, method } = await authenticateClient(credentials, {
    realm: call.realm,
    issuer: call.issuer,
    now: call.now,
    writer: call.services.writer,
  });
  call.client = client;
  details["client_auth_method"] = method;
  const duplicate = form.firstDuplicate(grant.repeatable);
  if (duplicate !== undefined) throw new OAuthError("parameter_duplicated", { parameter: duplicate });
  return grant.issue(Object.assign(call, { client }));
}

function findGrant(form: Form, { realm }: EndpointCall): Grant {
  const grantType = form.get("grant_type");
  // RFC 6749 §3.2: a parameter without a value is as good as left out; to Keycloak it is one more unknown word.
  if (grantType === undefined || (grantType === "" && realm.view.realm.dialect === "native")) throw new OAuthError("grant_type_missing");
  const grant = GRANTS.get(grantType);
  if (!grant?.enabled(realm.view.features)) throw new OAuthError("grant_type_unsupported");
  return grant;
}
