import { MASK } from "./masked.ts";

/** Attributes of a client that are secrets; they are sealed in its row. */
export const CLIENT_SECRET_ATTRIBUTES: readonly string[] = [
  "client.secret.rotated",
  "saml.signing.private.key",
  "saml.encryption.private.key",
];
/** Config entries of components that are secrets, of key providers and of user federation; they are sealed in the row. */
export const COMPONENT_SECRETS: readonly string[] = [
  "privateKey",
  "secret",
  "ecdsaPrivateKey",
  "eddsaPrivateKey",
  "ecdhPrivateKey",
  "keystorePassword",
  "keyPassword",
  "bindCredential",
  "clientSecret",
  "password",
];
/** Members of a realm's `smtpServer` that are secrets; they are sealed in its row. */
export const SMTP_SECRETS: readonly string[] = ["password", "authTokenClientSecret"];

/** Every name under which a secret stands in what administrators and realm files say. */
export const SECRET_NAMES: readonly string[] = [
  ...new Set([
    ...CLIENT_SECRET_ATTRIBUTES,
    ...COMPONENT_SECRETS,
    ...SMTP_SECRETS,
    "registrationAccessToken",
    // Of users: the whole of a credential, and what old files have in its place.
    "credentials",
    "hashedSaltedValue",
    "salt",
    "secretData",
    "codeSecret",
    // Of steps of a sign-up that ask reCAPTCHA.
    "secret.key",
    "api.key",
  ]),
];

const KNOWN: ReadonlySet<string> = new Set(SECRET_NAMES);
/** What a later version of Keycloak brings may not be written down before anybody has heard of it. */
const LIKE_A_SECRET = /(?:secret|password|passphrase|credential|private[._]?key)$/i;

export const holdsSecret = (name: string): boolean => KNOWN.has(name) || LIKE_A_SECRET.test(name);

/** A JSON value without the members that hold secrets, however deep they stand. Asterisks stay: they say that there is one. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => (holdsSecret(name) && !isMask(member) ? [] : [[name, withoutSecrets(member)]])),
  );
}

const isMask = (value: unknown): boolean => (Array.isArray(value) ? value.every(isMask) : value === MASK);
