import { CLIENT_ASSERTION_TYPE } from "@cambist/protocol/grant-types.ts";
import { decodeFormPart, type Form } from "@cambist/core/token-request/form.ts";

/** What a request offers to authenticate its client with; nothing is checked yet. */
export interface ClientCredentials {
  readonly clientId: string | undefined;
  readonly secret: string | undefined;
  readonly assertion: string | undefined;
  readonly assertionType: string | undefined;
  /** HTTP Basic was used: a refusal then carries `WWW-Authenticate` (RFC 6749 §5.2). */
  readonly basic: boolean;
  /** The Basic header is there and cannot be read. */
  readonly malformed: boolean;
  /** More than one method at once (RFC 6749 §2.3 forbids it). */
  readonly ambiguous: boolean;
}

/**
 * Reads client credentials (RFC 6749 §2.3.1, RFC 7523 §2.2). Both parts of Basic are form-decoded after the first colon splits them. As in
 * Keycloak, `client_id` and `client_secret` of the form win over the header, each for itself; `ambiguous` tells whoever minds.
 */
export function readCredentials(authorization: string | undefined, form: Form): ClientCredentials {
  const header = readBasic(authorization);
  const formId = form.get("client_id");
  const formSecret = form.get("client_secret");
  const assertion = form.get("client_assertion");
  const methods = [header.secret !== undefined, formSecret !== undefined, assertion !== undefined].filter(Boolean).length;
  return {
    clientId: formId ?? header.clientId,
    secret: formSecret ?? header.secret,
    assertion,
    assertionType: form.get("client_assertion_type"),
    basic: header.basic,
    malformed: header.malformed && formId === undefined,
    ambiguous: methods > 1 || (formId !== undefined && header.clientId !== undefined && formId !== header.clientId),
  };
}

export const isJwtBearer = ({ assertionType }: ClientCredentials): boolean => assertionType === CLIENT_ASSERTION_TYPE;

interface Basic {
  readonly basic: boolean;
  readonly malformed: boolean;
  readonly clientId?: string;
  readonly secret?: string;
}

function readBasic(authorization: string | undefined): Basic {
  const match = authorization === undefined ? null : /^basic +(.*)$/i.exec(authorization);
  if (!match) return { basic: false, malformed: false };
  const encoded = match[1] ?? "";
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded) || encoded.length > 16_384) return { basic: true, malformed: true };
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  // No colon: there is no client id to be read, as if the header were not there.
  if (colon === -1) return { basic: true, malformed: false };
  const clientId = decodeFormPart(text.slice(0, colon));
  const secret = decodeFormPart(text.slice(colon + 1));
  if (clientId === undefined || secret === undefined) return { basic: true, malformed: true };
  return { basic: true, malformed: false, clientId, secret };
}
