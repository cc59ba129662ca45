import type { Json } from "@cambist/store/config-ports.ts";
import { AdminError } from "../admin-error.ts";

/** Schemes a browser would run instead of visiting. */
const ILLEGAL_SCHEME = /^(?:javascript|data|vbscript):/i;
/** Keycloak's own placeholders at the beginning of built-in clients' URLs. */
const PLACEHOLDER = /^\$\{(?:authBaseUrl|authAdminUrl)\}/;

/** `{"error":"invalid_input"}`, as Keycloak refuses what a client says of itself. */
export const invalidInput = (description: string): AdminError =>
  new AdminError(400, { error: "invalid_input", error_description: description });

/** What a client says of its addresses makes sense. @throws {AdminError} 400 */
export function checkUrls(client: Json): void {
  checkUrl("Root URL", client["rootUrl"], false);
  checkUrl("Base URL", client["baseUrl"], true);
  const { redirectUris } = client;
  for (const uri of Array.isArray(redirectUris) ? (redirectUris as readonly string[]) : []) {
    if (ILLEGAL_SCHEME.test(uri.trim())) throw invalidInput("A redirect URI uses an illegal scheme");
    if (uri.includes("#")) throw invalidInput("Redirect URIs must not contain an URI fragment");
    if (!isClean(uri)) throw invalidInput("A redirect URI is not a valid URI");
  }
}

function checkUrl(what: string, value: unknown, mayBeRelative: boolean): void {
  if (typeof value !== "string" || value === "") return;
  if (ILLEGAL_SCHEME.test(value.trim())) throw invalidInput(`${what} uses an illegal scheme`);
  if (value.includes("#")) throw invalidInput(`${what} must not contain an URL fragment`);
  const url = value.replace(PLACEHOLDER, "http://localhost");
  const absolute = mayBeRelative && !/^[a-z][a-z0-9+.-]*:/i.test(url) ? `http://localhost/${url}` : url;
  if (!isClean(value) || !URL.parse(absolute)) throw invalidInput(`${what} is not a valid URL`);
}

const isClean = (value: string): boolean => !/[\s\p{Cc}]/u.test(value) && value.isWellFormed();
