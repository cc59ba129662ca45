import { BlockList, isIP } from "node:net";
import type { IncomingHttpHeaders } from "node:http";
import type { ServedConfig } from "../services.ts";
import { RecentMap } from "../remembered/recent-map.ts";

/** Where a request came from and how the caller addressed the server. */
export interface Caller {
  readonly ipAddress: string;
  readonly userAgent: string | undefined;
  readonly secure: boolean;
  /** Base URL of the server for this caller, with the relative path and without a trailing slash. */
  readonly baseUrl: string;
}

/** What of a request it hangs on. */
export interface AskingRequest {
  readonly headers: IncomingHttpHeaders;
  readonly protocol: string;
  readonly raw: { readonly socket: { readonly remoteAddress?: string | undefined } };
}

/** What of the configuration it hangs on. */
export type CallerConfig = Pick<ServedConfig, "relativePath" | "hostname" | "proxyHeaders" | "proxyTrustedAddresses">;
type Forwarded = Readonly<Partial<Record<"for" | "proto" | "host" | "port", string>>>;

/** Reads addresses and forwarded headers. Headers count only from trusted peers and only in the configured style (SEC-EP-15). */
export function callerReader(config: CallerConfig): (http: AskingRequest) => Caller {
  const isTrusted = trustedMatcher(config.proxyTrustedAddresses);
  return (http) => {
    const peer = plainAddress(http.raw.socket.remoteAddress ?? "");
    const forwarded =
      config.proxyHeaders && isTrusted(peer)
        ? readForwarded(http, config.proxyHeaders, config.proxyTrustedAddresses.length > 0 ? isTrusted : undefined)
        : {};
    const secure = (forwarded.proto ?? (http.protocol === "https" ? "https" : "http")) === "https";
    return {
      ipAddress: forwarded.for ?? peer,
      userAgent: http.headers["user-agent"],
      secure,
      baseUrl: baseUrl(config, http, forwarded, secure),
    };
  };
}

function baseUrl({ hostname, relativePath }: CallerConfig, http: AskingRequest, forwarded: Forwarded, secure: boolean): string {
  if (hostname?.kind === "url") return hostname.url;
  const scheme = secure ? "https" : "http";
  const asked = forwarded.host ?? http.headers.host ?? "localhost";
  const authority = hostname ? `${hostname.host}${portOf(asked)}` : asked;
  const port =
    forwarded.port !== undefined && !/:\d+$/.test(authority) && forwarded.port !== (secure ? "443" : "80") ? `:${forwarded.port}` : "";
  return `${originOf(`${scheme}://${authority}${port}`) ?? `${scheme}://localhost`}${relativePath}`;
}

/** Callers address a server by a few names only: reading each anew is for those who make some up. */
const origins = new RecentMap<{ readonly origin: string | undefined }>(256);
function originOf(url: string): string | undefined {
  let known = origins.get(url);
  if (!known) origins.set(url, (known = { origin: URL.parse(url)?.origin }));
  return known.origin;
}

const portOf = (host: string): string => /:\d+$/.exec(host)?.[0] ?? "";

/**
 * What the proxies said. Each appends to what it was sent, and the caller may have sent anything: with a list of trusted addresses the last
 * address that is none of them is the caller; without a list it is the first, as in Keycloak.
 */
function readForwarded(http: AskingRequest, style: "forwarded" | "xforwarded", isTrusted?: (address: string) => boolean): Forwarded {
  const all = (name: string): readonly string[] => {
    const value = http.headers[name];
    return (Array.isArray(value) ? value.join(",") : (value ?? "")).split(",").map((part) => part.trim());
  };
  const header = (name: string): string | undefined => all(name)[0] || undefined;
  const caller = (addresses: readonly string[]): string | undefined =>
    isTrusted ? (addresses.findLast((address) => !isTrusted(bareAddress(address))) ?? addresses[0]) : addresses[0];
  const found: Record<string, string | undefined> = {};
  if (style === "xforwarded") {
    Object.assign(found, {
      for: caller(all("x-forwarded-for")),
      proto: header("x-forwarded-proto"),
      host: header("x-forwarded-host"),
      port: header("x-forwarded-port"),
    });
  } else {
    for (const pair of (header("forwarded") ?? "").split(";")) {
      const [name, value] = pair.split("=", 2);
      if (name && value) found[name.trim().toLowerCase()] = unquoted(value);
    }
    found["for"] = caller(
      all("forwarded")
        .flatMap((element) => /(?:^|;)\s*for=([^;]*)/i.exec(element)?.[1] ?? [])
        .map(unquoted),
    );
  }
  const address = found["for"] === undefined ? undefined : bareAddress(found["for"]);
  const proto = found["proto"]?.toLowerCase();
  return {
    ...(address !== undefined && isIP(address) > 0 && { for: address }),
    ...((proto === "http" || proto === "https") && { proto }),
    ...(found["host"] !== undefined && { host: found["host"] }),
    ...(found["port"] !== undefined && /^\d{1,5}$/.test(found["port"]) && { port: found["port"] }),
  };
}

const unquoted = (value: string): string => value.trim().replace(/^"|"$/g, "");

/** An address without brackets and port (RFC 7239 §6). */
const bareAddress = (text: string): string => plainAddress(text.replace(/^\[([^\]]+)\](?::\d+)?$/, "$1").replace(/^([\d.]+):\d+$/, "$1"));

/** `::ffff:127.0.0.1` is `127.0.0.1`. */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}

/** An empty list trusts everybody: the operator said that there is a proxy and not where. */
function trustedMatcher(entries: readonly string[]): (address: string) => boolean {
  return entries.length === 0 ? () => true : addressMatcher(entries);
}

/** Whether an IP address is one of these: addresses, and networks with their prefix (`10.0.0.0/8`). */
export function addressMatcher(entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", prefix] = entry.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return (address) => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

const isInPrivateNetwork = addressMatcher([
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "::1",
  "fc00::/7",
  "fe80::/10",
]);

/** Loopback, link-local and private networks: with `sslRequired=external` they may use plain HTTP. @see Keycloak 26: SslRequired.EXTERNAL */
export function isPrivateAddress(address: string): boolean {
  let known = classified.get(address);
  if (!known) {
    classified.set(address, (known = { isPrivate: isIP(address) > 0 && isInPrivateNetwork(address) }));
  }
  return known.isPrivate;
}
const classified = new RecentMap<{ readonly isPrivate: boolean }>(1024);
