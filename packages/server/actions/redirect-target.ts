import type { ClientRow } from "@cambist/store/config-ports.ts";
import { jsonTexts } from "../realms/json-object.ts";

/** Longest address that goes into a link; the link has to fit into a request. */
const MAX_LENGTH = 2000;

/** A path that some servers read as one further up: coded dots, slashes and percent signs, and parameters of a segment (SEC-EP-01). */
const CLIMBS = /%(?:25|2e|2f|5c)|;/i;

/** A browser visits it, as one and the same for whoever reads it (SEC-UI-03). */
export const isWebAddress = (uri: string): boolean => webAddress(uri) !== undefined;

function webAddress(uri: string): URL | undefined {
  const url = uri.length > MAX_LENGTH || /[\s\p{C}\\#]/u.test(uri) ? null : URL.parse(uri);
  return url && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "" ? url : undefined;
}

/**
 * The client has registered this address: as it is, or by a `*` at the end of one with the same origin. Relative ones are below the
 * client's root URL, else the server's base. A link never leads anywhere but to a web address, without user and fragment.
 */
export function isRedirectOf({ representation }: ClientRow, uri: string, baseUrl: string): boolean {
  const url = webAddress(uri);
  if (!url) return false;
  const said = representation["rootUrl"];
  const root = (typeof said === "string" && said !== "" ? said : baseUrl)
    .replace(/^\$\{auth(?:BaseUrl|AdminUrl)\}/, baseUrl)
    .replace(/\/$/, "");
  return jsonTexts(representation["redirectUris"]).some((registered) => {
    if (registered === "*") return true;
    const whole = registered.startsWith("/") ? `${root}${registered}` : registered;
    if (!whole.endsWith("*")) return URL.parse(whole)?.href === url.href;
    const beginning = URL.parse(whole.slice(0, -1));
    if (beginning?.origin !== url.origin || !url.href.startsWith(beginning.href)) return false;
    return !CLIMBS.test(url.pathname);
  });
}
