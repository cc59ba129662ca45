import type { KeyObject, X509Certificate } from "node:crypto";
import { ALGORITHMS } from "./algorithms.ts";
import { KeyRefused, publicHalf, readCertificate, readPrivateKey, readPublicKey, readSecret } from "./key-material.ts";
import { createSigningKey, type KeyStatus, type KeyUse, type SigningKey, type SigningKeyParts } from "./signing-key.ts";

/** A key provider as realm representations carry it under `components["org.keycloak.keys.KeyProvider"]`. */
export interface KeyComponent {
  readonly id?: string;
  readonly name?: string;
  readonly providerId: string;
  readonly config?: Readonly<Record<string, readonly string[]>>;
}

/** A component that gave no key, for the operator's warning. Nothing of the key is in it. */
export interface KeyProblem {
  /** Name, or id where the component is already a key. */
  readonly component: string;
  /** Kind of provider, or the algorithm where the component is already a key. */
  readonly providerId: string;
  readonly reason: string;
}

type Setting = (name: string) => string | undefined;
type Loaded = Omit<SigningKeyParts, "status" | "priority" | "providerId">;

/** An AES key has at least this. */
const MIN_SECRET_BYTES = 16;
/** RSA1_5 can be turned into a decryption oracle (SEC-JOSE-15). */
const RSA_ENCRYPTION: ReadonlySet<string> = new Set(["RSA-OAEP", "RSA-OAEP-256"]);

/** How each kind of provider becomes a key. Others (key stores, ECDH) are reported as problems. */
const PROVIDERS: ReadonlyMap<string, (setting: Setting) => Loaded> = new Map([
  ["rsa", (setting) => rsa(setting, "sig")],
  ["rsa-generated", (setting) => rsa(setting, "sig")],
  ["rsa-enc", (setting) => rsa(setting, "enc")],
  ["rsa-enc-generated", (setting) => rsa(setting, "enc")],
  ["ecdsa-generated", (setting) => pair(setting, "ecdsa")],
  ["eddsa-generated", (setting) => pair(setting, "eddsa")],
  ["hmac-generated", (setting) => secretKey(setting, "sig", setting("algorithm") ?? "HS256")],
  ["aes-generated", (setting) => secretKey(setting, "enc", "AES")],
]);

function rsa(setting: Setting, providerUse: KeyUse): Loaded {
  const privateKey = readPrivateKey(required(setting, "privateKey"));
  const use = setting("keyUse")?.toLowerCase() === "enc" ? "enc" : providerUse;
  const algorithm = setting("algorithm") ?? (use === "enc" ? "RSA-OAEP" : "RS256");
  if (use === "enc" && !RSA_ENCRYPTION.has(algorithm)) throw new KeyRefused(`encryption with ${algorithm} is not supported`);
  return {
    kid: setting("kid"),
    use,
    algorithm,
    privateKey,
    publicKey: publicHalf(privateKey),
    certificate: certificateFor(privateKey, setting),
  };
}

/** EC and Edwards pairs: PKCS#8 and SubjectPublicKeyInfo side by side; the algorithm follows from the curve, the kid from the key. */
function pair(setting: Setting, family: "ecdsa" | "eddsa"): Loaded {
  const privateKey = readPrivateKey(required(setting, `${family}PrivateKey`));
  const stored = setting(`${family}PublicKey`);
  const publicKey = stored === undefined ? publicHalf(privateKey) : readPublicKey(stored);
  const curve = setting(`${family}EllipticCurveKey`) ?? (family === "ecdsa" ? "P-256" : "Ed25519");
  const algorithm = [...ALGORITHMS].find(([, row]) => row.curve === curve)?.[0];
  if (!algorithm) throw new KeyRefused("its curve is not supported");
  return { algorithm, privateKey, publicKey, certificate: certificateFor(privateKey, setting) };
}

/** An HMAC key is no shorter than what it makes (RFC 7518 §3.2); Keycloak also takes shorter ones. */
function secretKey(setting: Setting, use: KeyUse, algorithm: string): Loaded {
  const minBytes = ALGORITHMS.get(algorithm)?.signatureBytes ?? MIN_SECRET_BYTES;
  return { kid: required(setting, "kid"), use, algorithm, secret: readSecret(required(setting, "secret"), minBytes) };
}

/** @throws {KeyRefused} when it is somebody else's: it would be published beside this key */
function certificateFor(privateKey: KeyObject, setting: Setting): X509Certificate | undefined {
  const text = setting("certificate");
  if (!text) return undefined;
  const certificate = readCertificate(text);
  if (!certificate.checkPrivateKey(privateKey)) throw new KeyRefused("its certificate belongs to another key");
  return certificate;
}

function required(setting: Setting, name: string): string {
  const value = setting(name);
  if (!value) throw new KeyRefused(`it has no ${name}`);
  return value;
}

/** The keys of one realm, loaded once per configuration version. */
export class RealmKeys {
  /** Highest priority first, then by component id, as Keycloak orders them; disabled ones included. */
  readonly keys: readonly SigningKey[];
  /** Components that give no usable key. */
  readonly problems: readonly KeyProblem[];
  /** Enabled keys whose kid is unambiguous. */
  readonly #byKid: ReadonlyMap<string, readonly SigningKey[]>;
  readonly #active: Readonly<Record<KeyUse, ReadonlyMap<string, SigningKey>>>;

  private constructor(keys: readonly SigningKey[], problems: readonly KeyProblem[]) {
    this.keys = keys;
    const { byKid, ambiguous } = indexByKid(keys);
    this.problems = [...problems, ...ambiguous];
    this.#byKid = byKid;
    const usable = keys.filter((key) => key.status === "active" && byKid.has(key.kid));
    this.#active = { sig: firstByAlgorithm(usable, "sig"), enc: firstByAlgorithm(usable, "enc") };
  }

  /** Loads what can be loaded; a bad component becomes a problem and leaves the others usable. Never throws. */
  static fromComponents(components: readonly KeyComponent[]): RealmKeys {
    const keys: SigningKey[] = [];
    const problems: KeyProblem[] = [];
    for (const component of components) {
      try {
        keys.push(loadKey(component));
      } catch (error) {
        problems.push({
          component: component.name ?? component.id ?? "",
          providerId: component.providerId,
          reason: error instanceof KeyRefused ? error.message : "its key cannot be read",
        });
      }
    }
    keys.sort((a, b) => b.priority - a.priority || compare(a.providerId ?? "", b.providerId ?? ""));
    return new RealmKeys(keys, problems);
  }

  /** The key that signs (or, for `enc`, that others encrypt to): the enabled and active one of highest priority. */
  active(algorithm: string, use: KeyUse = "sig"): SigningKey | undefined {
    return this.#active[use].get(algorithm);
  }

  /** The enabled signature key that a token's header proposes; undefined unless it is exactly one. A token without `kid` finds none. */
  find(kid: string | undefined, algorithm: string): SigningKey | undefined {
    if (kid === undefined) return undefined;
    return this.#byKid.get(kid)?.find((key) => key.algorithm === algorithm && key.use === "sig");
  }
}

/** One kid, one key (SEC-JOSE-12). One key pair may serve several algorithms; keys that share a kid otherwise are left out. */
function indexByKid(keys: readonly SigningKey[]): { byKid: Map<string, SigningKey[]>; ambiguous: KeyProblem[] } {
  const byKid = new Map<string, SigningKey[]>();
  for (const key of keys) {
    if (key.status === "disabled") continue;
    const same = byKid.get(key.kid);
    if (same) same.push(key);
    else byKid.set(key.kid, [key]);
  }
  const ambiguous: KeyProblem[] = [];
  for (const [kid, [first, ...others]] of byKid) {
    if (!first || others.length === 0) continue;
    const group = [first, ...others];
    if (others.every((key) => isSameKey(key, first)) && new Set(group.map((key) => key.algorithm)).size === group.length) continue;
    byKid.delete(kid);
    const reason = `its kid ${kid} is the kid of another enabled key too`;
    ambiguous.push(...group.map((key) => ({ component: key.providerId ?? "", providerId: key.algorithm, reason })));
  }
  return { byKid, ambiguous };
}

const isSameKey = (a: SigningKey, b: SigningKey): boolean =>
  a.publicKey !== undefined && b.publicKey !== undefined && a.publicKey.equals(b.publicKey);

function firstByAlgorithm(keys: readonly SigningKey[], use: KeyUse): Map<string, SigningKey> {
  const first = new Map<string, SigningKey>();
  for (const key of keys) if (key.use === use && !first.has(key.algorithm)) first.set(key.algorithm, key);
  return first;
}

function loadKey(component: KeyComponent): SigningKey {
  const load = PROVIDERS.get(component.providerId);
  if (!load) throw new KeyRefused("key providers of this kind are not supported");
  const setting: Setting = (name) => component.config?.[name]?.[0];
  const priority = Number(setting("priority") ?? "0");
  if (!Number.isSafeInteger(priority)) throw new KeyRefused("its priority is not a whole number");
  return createSigningKey({ ...load(setting), status: statusOf(setting), priority, providerId: component.id });
}

function statusOf(setting: Setting): KeyStatus {
  if (!isOn(setting("enabled"))) return "disabled";
  return isOn(setting("active")) ? "active" : "passive";
}

const isOn = (value: string | undefined): boolean => value === undefined || value.toLowerCase() === "true";

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
