import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";

/** Where a sealed value is stored. It is authenticated, so that a value moved to another row does not open (SEC-DB-05). */
export interface SecretPlace {
  readonly table: string;
  /** Id of the realm. */
  readonly realm: string;
  /** Id of the row. */
  readonly row: string;
  readonly column: string;
}

/** A sealed value that does not open: of another key, another place, or damaged. Says where it was read, never what was in it. */
export class SealedSecretError extends Error {
  override readonly name = "SealedSecretError";
  readonly place: SecretPlace;
  constructor(place: SecretPlace) {
    super(`The stored secret ${place.table}.${place.column} of ${place.row} does not open with this key`);
    this.place = place;
  }
}

/** Length of the key in bytes. */
export const SECRET_KEY_BYTES = 32;

const ALGORITHM = "aes-256-gcm";
/** First byte of every sealed value; another format would carry another one. */
const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts what the database must give back in plain: client and provider secrets, private keys. AES-256-GCM with a random nonce,
 * which is safe for 2³² values per key (NIST SP 800-38D §8.3).
 */
export class SecretBox {
  /** Names the key without giving it away: a database that remembers it can tell a wrong key from a damaged row. */
  readonly keyId: string;
  readonly #key: Buffer;

  /** @throws {RangeError} unless the key has 32 bytes */
  constructor(key: Buffer) {
    if (key.length !== SECRET_KEY_BYTES) throw new RangeError(`The key must have ${SECRET_KEY_BYTES} bytes`);
    this.#key = Buffer.from(key);
    this.keyId = Buffer.from(hkdfSync("sha256", key, "", "cambist key id", 8)).toString("hex");
  }

  /** The sealed text, base64url. Sealing the same text twice gives two different results. */
  seal(plain: string, place: SecretPlace): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(placeBytes(place));
    const body = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
    return Buffer.concat([Buffer.of(FORMAT), nonce, body, cipher.getAuthTag()]).toString("base64url");
  }

  /** @throws {SealedSecretError} when it was sealed with another key or for another place, or is damaged */
  open(sealed: string, place: SecretPlace): string {
    const bytes = Buffer.from(sealed, "base64url");
    if (bytes.length < 1 + NONCE_BYTES + TAG_BYTES || bytes[0] !== FORMAT) throw new SealedSecretError(place);
    const decipher = createDecipheriv(ALGORITHM, this.#key, bytes.subarray(1, 1 + NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(placeBytes(place));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString("utf8");
    } catch {
      throw new SealedSecretError(place);
    }
  }
}

/** JSON keeps the four parts apart: no two places have the same bytes. */
const placeBytes = ({ table, realm, row, column }: SecretPlace): Buffer => Buffer.from(JSON.stringify([table, realm, row, column]), "utf8");

/** SHA-256 of a client secret, hex: what a presented secret is compared with. Client secrets are random, so no slow hash is needed. */
export const hashSecret = (secret: string): string => hash("sha256", secret, "hex");

/** Whether a presented secret has this hash; takes the same time wherever they differ. */
export function secretsEqual(presented: string, secretHash: string): boolean {
  const actual = hashSecret(presented);
  // The texts, not the bytes they stand for: those take twice as long to make.
  return actual.length === secretHash.length && timingSafeEqual(Buffer.from(actual, "latin1"), Buffer.from(secretHash, "latin1"));
}
