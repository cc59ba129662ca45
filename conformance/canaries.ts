import { randomBytes } from "node:crypto";
import type { Json } from "./client.ts";

/** Something that came out and may hold no secret. */
export interface Output {
  readonly where: string;
  readonly text: string;
}

/** Secrets of one story: texts of their own, and what the server made, each with the name of its place. */
export class Canaries {
  readonly #secrets = new Map<string, string>();

  get size(): number {
    return this.#secrets.size;
  }

  /** A new text, as long as a password may well be, and with nothing that JSON, forms or logs would write otherwise. */
  text(name: string): string {
    const text = `canary${randomBytes(9).toString("hex")}`;
    this.add(name, text);
    return text;
  }

  add(name: string, secret: string): void {
    if (secret.length < 16) throw new Error(`the ${name} is too short to be looked for`);
    this.#secrets.set(`${name} ${this.#secrets.size}`, secret);
  }

  /** The parts of a token that say or prove something. A header is everybody's. @returns the token */
  token(name: string, token: unknown): string {
    const [, payload = "", signature = ""] = String(token).split(".");
    this.add(`${name}, payload`, payload.slice(0, 60));
    this.add(`${name}, signature`, signature.slice(0, 40));
    return String(token);
  }

  /** A private key, of which the end is looked for: in front is the modulus, which is everybody's. @returns the key */
  privateKey(name: string, base64: unknown): string {
    this.add(name, String(base64).slice(-100, -40));
    return String(base64);
  }

  /** Which secret stands where it may not, a line each. */
  leaksIn(outputs: readonly Output[]): readonly string[] {
    return outputs.flatMap(({ where, text }) =>
      [...this.#secrets].flatMap(([name, secret]) => (text.includes(secret) ? [`${name} in ${where}`] : [])),
    );
  }
}

/**
 * A realm with a secret in every member that has room for one, those of old versions and of none among them. Hashes of passwords are put down by
 * `hash`: they may lie in the database as they are.
 */
export function secretRealm(realm: string, secret: (name: string) => string, hash: (name: string) => string, privateKey: string): Json {
  const hashed = (name: string): Json => ({
    secretData: JSON.stringify({ value: hash(`${name} hash`), salt: hash(`${name} salt`), additionalParameters: {} }),
    credentialData: JSON.stringify({ hashIterations: 5, algorithm: "argon2", additionalParameters: {} }),
  });
  return {
    realm,
    enabled: true,
    eventsEnabled: true,
    adminEventsEnabled: true,
    adminEventsDetailsEnabled: true,
    codeSecret: secret("code secret"),
    futureSecret: secret("secret of a later version"),
    future: { nested: [{ secret: secret("nested secret of a later version") }] },
    smtpServer: {
      host: "mail.example",
      from: "a@example.com",
      auth: "true",
      user: "mailer",
      password: secret("SMTP password"),
      authTokenClientSecret: secret("SMTP client secret"),
    },
    clients: [
      {
        clientId: "imported",
        secret: secret("client secret"),
        serviceAccountsEnabled: true,
        registrationAccessToken: secret("registration token"),
        futureSecret: secret("client secret of a later version"),
        attributes: {
          "client.secret.rotated": secret("rotated secret"),
          "saml.signing.private.key": secret("SAML signing key"),
          "saml.encryption.private.key": secret("SAML encryption key"),
        },
      },
    ],
    users: [
      { username: "plain", enabled: true, credentials: [{ type: "password", value: secret("password") }] },
      { username: "hashed", enabled: true, credentials: [{ type: "password", ...hashed("password") }] },
      {
        username: "old",
        enabled: true,
        credentials: [
          { type: "password", hashedSaltedValue: hash("old hash"), salt: hash("old salt"), hashIterations: 1, algorithm: "pbkdf2" },
          { type: "totp", hashedSaltedValue: secret("old TOTP seed") },
          { type: "otp", secretData: JSON.stringify({ value: secret("OTP seed") }), credentialData: JSON.stringify({ subType: "totp" }) },
          { type: "password-history", ...hashed("former password") },
        ],
      },
    ],
    identityProviders: [
      {
        alias: "upstream",
        providerId: "oidc",
        config: {
          clientId: "x",
          clientSecret: secret("provider secret"),
          tokenUrl: "https://idp.example/token",
          authorizationUrl: "https://idp.example/auth",
        },
      },
    ],
    components: {
      "org.keycloak.keys.KeyProvider": [
        { name: "rsa", providerId: "rsa", config: { privateKey: [privateKey], priority: ["200"] } },
        {
          name: "store",
          providerId: "java-keystore",
          config: {
            keystore: ["/nowhere.jks"],
            keystorePassword: [secret("keystore password")],
            keyAlias: ["a"],
            keyPassword: [secret("key password")],
          },
        },
      ],
      "org.keycloak.storage.UserStorageProvider": [
        {
          name: "directory",
          providerId: "ldap",
          config: { bindCredential: [secret("bind credential")], connectionUrl: ["ldap://directory.example"], enabled: ["false"] },
        },
      ],
    },
    userFederationProviders: [{ providerName: "ldap", config: { bindCredential: secret("old bind credential") } }],
    socialProviders: { "google.key": "x", "google.secret": secret("old provider secret") },
    applications: [{ name: "old", secret: secret("old application secret") }],
    oauthClients: [{ name: "old", secret: secret("old client secret") }],
  };
}
