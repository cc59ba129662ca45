import { generateKeyPair, type KeyObject, randomBytes, randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { ALGORITHMS } from "./algorithms.ts";
import { selfSignedCertificate } from "./certificate.ts";
import { KeyRefused, readPrivateKey } from "./key-material.ts";
import type { KeyComponent } from "./key-set.ts";

/** A component whose key is there, in the shape of Keycloak's realm export. */
export interface CompleteKeyComponent extends KeyComponent {
  readonly id: string;
  readonly name: string;
  readonly subComponents: Readonly<Record<string, never>>;
  readonly config: Readonly<Record<string, readonly string[]>>;
}

/** For whom and when (epoch milliseconds): goes into the certificate. */
export interface KeyContext {
  readonly realm: string;
  readonly now: number;
}

const CERTIFICATE_YEARS = 10;
const RSA_BITS: readonly string[] = ["2048", "3072", "4096"];
const SECRET_BYTES: readonly string[] = ["16", "24", "32", "64", "128", "256", "512"];
const HMAC_BYTES = "128";
const AES_BYTES: readonly string[] = ["16", "24", "32"];

const newKeyPair = promisify(generateKeyPair);

type Config = Readonly<Record<string, readonly string[]>>;
type Generated = Promise<Config>;

/** What each kind of provider adds to its configuration. Imported keys (`rsa`) only lack a certificate. */
const MAKERS: ReadonlyMap<string, (config: Config, context: KeyContext) => Generated> = new Map([
  ["rsa", certify],
  ["rsa-enc", certify],
  ["rsa-generated", (config, context) => rsa(config, context, "SIG")],
  ["rsa-enc-generated", (config, context) => rsa(config, context, "ENC")],
  ["ecdsa-generated", ecdsa],
  ["eddsa-generated", eddsa],
  ["hmac-generated", async (config) => secret(config, hmacSizes(config), HMAC_BYTES)],
  ["aes-generated", async (config) => secret(config, AES_BYTES, "16")],
]);

/**
 * Adds the key material that a component lacks, as Keycloak does when one is created or imported without it. What is there
 * stays as it is; of providers unknown here nothing is made up. RSA keys are made in the thread pool, so several can be made at once.
 * @throws {KeyRefused} when its settings (size, curve) are not possible
 */
export async function completeKeyComponent(component: KeyComponent, context: KeyContext): Promise<CompleteKeyComponent> {
  const { id = randomUUID(), name = component.providerId, providerId, config = {} } = component;
  const added = await MAKERS.get(providerId)?.(config, context);
  const given = Object.fromEntries(Object.entries(config).filter(([, values]) => values.length > 0));
  return { id, name, providerId, subComponents: {}, config: { ...added, ...given } };
}

/** The four keys of a new realm: RS256, RSA-OAEP, HS512 (refresh tokens) and AES, priority 100. */
export function newRealmKeys(context: KeyContext): Promise<CompleteKeyComponent[]> {
  const priority = ["100"];
  const components: readonly KeyComponent[] = [
    { name: "rsa-generated", providerId: "rsa-generated", config: { priority } },
    { name: "rsa-enc-generated", providerId: "rsa-enc-generated", config: { priority, algorithm: ["RSA-OAEP"] } },
    { name: "hmac-generated-hs512", providerId: "hmac-generated", config: { priority, algorithm: ["HS512"] } },
    { name: "aes-generated", providerId: "aes-generated", config: { priority } },
  ];
  return Promise.all(components.map((component) => completeKeyComponent(component, context)));
}

/**
 * The key for a signature algorithm that a realm or client asks for and the realm has no key of; Keycloak makes it then and
 * there, with priority -100 and this name. @throws {KeyRefused} when there is no such algorithm
 */
export function fallbackKey(algorithm: string, context: KeyContext): Promise<CompleteKeyComponent> {
  const row = ALGORITHMS.get(algorithm);
  if (!row) throw new KeyRefused(`there is no signature algorithm of the name ${algorithm}`);
  const { providerId, setting } = PROVIDER_OF[row.keyType];
  const config = { priority: ["-100"], [setting]: [row.curve ?? algorithm] };
  return completeKeyComponent({ name: `fallback-${algorithm}`, providerId, config }, context);
}

const PROVIDER_OF = {
  RSA: { providerId: "rsa-generated", setting: "algorithm" },
  EC: { providerId: "ecdsa-generated", setting: "ecdsaEllipticCurveKey" },
  OKP: { providerId: "eddsa-generated", setting: "eddsaEllipticCurveKey" },
  oct: { providerId: "hmac-generated", setting: "algorithm" },
} as const;

async function rsa(config: Config, context: KeyContext, keyUse: "SIG" | "ENC"): Generated {
  if (config["privateKey"]?.[0]) return certify(config, context);
  const bits = choice(config, "keySize", RSA_BITS, "2048");
  const { privateKey } = await newKeyPair("rsa", { modulusLength: Number(bits), publicExponent: 65537 });
  return {
    privateKey: [base64(privateKey.export({ format: "der", type: "pkcs1" }))],
    keyUse: [keyUse],
    certificate: [certificate(privateKey, context)],
  };
}

async function certify(config: Config, context: KeyContext): Generated {
  const privateKey = config["privateKey"]?.[0];
  if (!privateKey || config["certificate"]?.[0]) return {};
  return { certificate: [certificate(readPrivateKey(privateKey), context)] };
}

async function ecdsa(config: Config): Generated {
  const curve = choice(config, "ecdsaEllipticCurveKey", ["P-256", "P-384", "P-521"], "P-256");
  if (config["ecdsaPrivateKey"]?.[0]) return {};
  return { ...storedPair("ecdsa", await newKeyPair("ec", { namedCurve: curve })), ecdsaEllipticCurveKey: [curve] };
}

async function eddsa(config: Config): Generated {
  const curve = choice(config, "eddsaEllipticCurveKey", ["Ed25519"], "Ed25519");
  if (config["eddsaPrivateKey"]?.[0]) return {};
  return { ...storedPair("eddsa", await newKeyPair("ed25519", {})), eddsaEllipticCurveKey: [curve] };
}

const storedPair = (family: string, { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject }): Config => ({
  [`${family}PrivateKey`]: [base64(privateKey.export({ format: "der", type: "pkcs8" }))],
  [`${family}PublicKey`]: [base64(publicKey.export({ format: "der", type: "spki" }))],
});

/** A key shorter than its algorithm's output is not possible (RFC 7518 §3.2). */
function hmacSizes(config: Config): readonly string[] {
  const least = ALGORITHMS.get(config["algorithm"]?.[0] ?? "HS256")?.signatureBytes ?? 0;
  return SECRET_BYTES.filter((size) => Number(size) >= least);
}

function secret(config: Config, sizes: readonly string[], usual: string): Config {
  if (config["secret"]?.[0]) return {};
  const size = choice(config, "secretSize", sizes, usual);
  return { kid: [randomUUID()], secret: [randomBytes(Number(size)).toString("base64url")] };
}

function choice(config: Config, name: string, allowed: readonly string[], usual: string): string {
  const value = config[name]?.[0] ?? usual;
  if (!allowed.includes(value)) throw new KeyRefused(`${name} is one of ${allowed.join(", ")}`);
  return value;
}

const certificate = (privateKey: KeyObject, { realm, now }: KeyContext): string =>
  base64(selfSignedCertificate(privateKey, { commonName: realm, now, years: CERTIFICATE_YEARS }));

const base64 = (bytes: Buffer): string => bytes.toString("base64");
