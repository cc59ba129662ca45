import type { CredentialRow } from "@cambist/store/config-ports.ts";
import { parseCredential } from "../passwords/credential.ts";
import { MAX_PASSWORD_BYTES, PasswordTooLong } from "../passwords/hash.ts";
import { credentialSecretPlace } from "../secrets/secret-places.ts";
import { type ImportContext, WARNED } from "./import-context.ts";
import type { ImportTools } from "./import-tools.ts";
import type { RealmNode } from "./realm-node.ts";

/** What credentials need of an import; administration brings its own. */
export type CredentialContext = Pick<ImportContext, "realmId" | "hashPolicy" | "warnings"> & {
  readonly tools: Pick<ImportTools, "box" | "newId" | "now" | "passwords">;
};

export interface UserCredentials {
  readonly rows: readonly CredentialRow[];
  /** A plain password that has to be changed at the next login. */
  readonly temporary: boolean;
}

/** Kinds that are hashes; anything else may hold a seed in plain. */
const HASHES: ReadonlySet<string> = new Set(["password", "password-history", "webauthn", "webauthn-passwordless", "recovery-authn-codes"]);

/**
 * Credentials of a user: as Keycloak stores them now, as old files have them (flat members), or a plain password, which is hashed and
 * forgotten. A `value` makes a password whatever the type says.
 * @throws {ImportError} a credential without anything to store, or with data that is not JSON
 */
export async function userCredentials(context: CredentialContext, node: RealmNode, username: string): Promise<UserCredentials> {
  const rows: CredentialRow[] = [];
  let temporary = false;
  for (const [index, credential] of (node.nodes("credentials") ?? []).entries()) {
    const data = await credentialData(context, credential, username);
    const type = credential.has("value") ? "password" : data.type;
    if (credential.has("value") && credential.flag("temporary") === true) temporary = true;
    const id = credential.name("id") ?? context.tools.newId();
    const createdDate = credential.whole("createdDate") ?? (credential.has("value") ? context.tools.now() : undefined);
    const userLabel = credential.text("userLabel");
    rows.push({
      id,
      type,
      secretData: HASHES.has(type) ? data.secretData : sealedData(context, data.secretData, id),
      credentialData: data.credentialData,
      ...(createdDate === undefined ? {} : { createdDate }),
      ...(userLabel === undefined ? {} : { userLabel }),
      priority: credential.whole("priority") ?? (index + 1) * 10,
    });
  }
  return { rows, temporary };
}

interface Data {
  readonly type: string;
  readonly secretData: string;
  readonly credentialData: string;
}

async function credentialData(context: CredentialContext, node: RealmNode, username: string): Promise<Data> {
  const plain = node.text("value");
  const type = node.name("type") ?? "password";
  if (plain !== undefined) {
    if (plain === "") node.fail("value", "a password may not be empty");
    return newPassword(context, node, plain);
  }
  if (node.has("hashedSaltedValue")) return oldCredential(context, node, type, username);
  const secretData = node.text("secretData");
  const credentialData = node.text("credentialData");
  if (secretData === undefined || credentialData === undefined) {
    node.fail(secretData === undefined ? "secretData" : "credentialData", "a credential needs a value, or secretData and credentialData");
  }
  checkJson(node, "secretData", secretData);
  checkJson(node, "credentialData", credentialData);
  return checked(context, { type, secretData, credentialData }, username);
}

/** Files of Keycloak 7 and older. Passwords without an algorithm are PBKDF2 with SHA-1. */
function oldCredential(context: CredentialContext, node: RealmNode, type: string, username: string): Data {
  const value = node.text("hashedSaltedValue") ?? "";
  const salt = node.text("salt");
  const algorithm = node.text("algorithm");
  if (type === "totp" || type === "hotp") {
    const settings = {
      subType: type,
      digits: node.whole("digits") ?? 6,
      counter: node.whole("counter") ?? 0,
      period: node.whole("period") ?? 30,
      algorithm: algorithm ?? "HmacSHA1",
    };
    return { type: "otp", secretData: JSON.stringify({ value }), credentialData: JSON.stringify(settings) };
  }
  const settings = { hashIterations: node.whole("hashIterations") ?? 1, algorithm: algorithm ?? "pbkdf2", additionalParameters: {} };
  const secret = { value, ...(salt === undefined ? {} : { salt }) };
  return checked(context, { type, secretData: JSON.stringify(secret), credentialData: JSON.stringify(settings) }, username);
}

/** Passwords that no login will match are imported all the same, and named. */
function checked({ warnings }: CredentialContext, data: Data, username: string): Data {
  const fault = data.type === "password" ? parseCredential(data) : undefined;
  if (typeof fault === "string") warnings.add(WARNED.passwords, `${username} (${fault})`);
  return data;
}

async function newPassword({ tools, hashPolicy }: CredentialContext, node: RealmNode, plain: string): Promise<Data> {
  try {
    const { secretData, credentialData } = await tools.passwords.hash(plain, hashPolicy);
    return { type: "password", secretData, credentialData };
  } catch (error) {
    if (error instanceof PasswordTooLong) return node.fail("value", `a password may have at most ${MAX_PASSWORD_BYTES} bytes`);
    throw error;
  }
}

function checkJson(node: RealmNode, member: string, text: string): void {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return;
  } catch {
    // said below, without the text
  }
  node.fail(member, "a JSON object in a text should be here");
}

/** Still JSON in a text, so that readers of the column need not know. */
const sealedData = ({ tools, realmId }: CredentialContext, secretData: string, id: string): string =>
  JSON.stringify({ sealed: tools.box.seal(secretData, credentialSecretPlace(realmId, id)) });
