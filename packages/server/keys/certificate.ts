import { type KeyObject, sign } from "node:crypto";
import * as der from "./der.ts";
import { publicHalf } from "./key-material.ts";

const COMMON_NAME = "2.5.4.3";
const SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
/** Clocks of readers may be behind: Keycloak starts validity this much earlier. */
const LEEWAY_MS = 100_000;

/** What a self-signed certificate says. */
export interface CertificateSubject {
  /** The `CN`: realm name or client id. */
  readonly commonName: string;
  /** Epoch milliseconds of its making; also its serial number, as in Keycloak. */
  readonly now: number;
  readonly years: number;
}

/**
 * A self-signed certificate (DER) around an RSA key, version 1 like Keycloak's: it only wraps the key for readers of `x5c`.
 * @see RFC 5280 §4.1
 */
export function selfSignedCertificate(privateKey: KeyObject, { commonName, now, years }: CertificateSubject): Buffer {
  const name = der.sequence(der.set(der.sequence(der.objectIdentifier(COMMON_NAME), der.utf8String(commonName))));
  const algorithm = der.sequence(der.objectIdentifier(SHA256_WITH_RSA), der.nullValue());
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + years);
  const toBeSigned = der.sequence(
    der.integer(BigInt(now)),
    algorithm,
    name,
    der.sequence(der.time(new Date(now - LEEWAY_MS)), der.time(notAfter)),
    name,
    publicHalf(privateKey).export({ format: "der", type: "spki" }),
  );
  return der.sequence(toBeSigned, algorithm, der.bitString(sign("sha256", toBeSigned, privateKey)));
}
