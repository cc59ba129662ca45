import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { addressMatcher, plainAddress } from "../http/caller.ts";
import { MailFailed } from "./mail-failed.ts";

/**
 * Where no mail server is: the services that tell a machine its own credentials, and addresses that are no single machine. Loopback and
 * private networks are not here, because relays live there.
 */
const isNoServer = addressMatcher([
  "0.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/3",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "::/128",
  "fe80::/10",
  "ff00::/8",
  "fd00:ec2::/32",
  "fd20:ce::/32",
]);

/** NAT64, 6to4 and mapped addresses carry an IPv4 address in another spelling. */
const isCarrier = addressMatcher(["64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "::ffff:0:0/96", "::ffff:0:0:0/96", "::/96"]);

function isRefused(address: string): boolean {
  if (isIP(address) === 4) return isNoServer(address);
  if (address === "::1") return false;
  return isNoServer(address) || isCarrier(address);
}

/** Asks for all addresses of a name. */
export type Resolve = (host: string) => Promise<readonly string[]>;

const bySystem: Resolve = async (host) => (await lookup(host, { all: true, order: "ipv4first" })).map(({ address }) => address);

/**
 * The addresses of a mail server, each of them checked: whoever connects takes one of these and does not ask again, or the second answer
 * could be another (SEC-OUT-02, SEC-OUT-03). One refused address refuses the host.
 * @throws {MailFailed}
 */
export async function outboundAddresses(host: string, resolve: Resolve = bySystem): Promise<readonly string[]> {
  const found = isIP(host) > 0 ? [host] : await resolve(host);
  const addresses = found.map((address) => (isIP(plainAddress(address)) === 4 ? plainAddress(address) : address));
  if (addresses.length === 0) throw new MailFailed("the host has no address");
  if (addresses.some(isRefused)) throw new MailFailed("the host has an address that mail is not sent to");
  return addresses;
}
