import { isPrivateAddress } from "../../http/caller.ts";
import { invalid } from "../admin-error.ts";

/** Names that Keycloak gives some addresses in its messages; the others are their key with underscores. */
const NAMES: Readonly<Record<string, string | undefined>> = { userInfoUrl: "userinfo_url", tokenIntrospectionUrl: "introspection_url" };

/** Whether a config entry holds the address of an endpoint. */
export const isEndpoint = (key: string): boolean => key.endsWith("Url") && key !== "useJwksUrl";

/**
 * Endpoints of a provider are http(s) addresses, and plain http only where the realm lets it be.
 * @param sslRequired of the realm: with `external` plain http is for this machine and private networks alone
 * @throws {AdminError} 400 @see Keycloak 26: UriUtils.checkUrl
 */
export function checkEndpoints(config: Readonly<Record<string, string>>, sslRequired: unknown): void {
  for (const [key, value] of Object.entries(config)) {
    if (!isEndpoint(key) || value === "") continue;
    const name = NAMES[key] ?? key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const url = /[\s\p{Cc}]/u.test(value) ? null : URL.parse(value);
    if (!url) throw invalid(`The url [${name}] is malformed`);
    if (url.protocol === "https:") continue;
    if (url.protocol !== "http:") throw invalid(`Invalid protocol/scheme for url [${name}]`);
    if (sslRequired === "none") continue;
    if (sslRequired === "all" || !isLocal(url.hostname)) throw invalid(`The url [${name}] requires secure connections`);
  }
}

/** By the address alone; a name is not looked up. */
const isLocal = (host: string): boolean => host === "localhost" || isPrivateAddress(host.replace(/^\[(.*)\]$/, "$1"));
