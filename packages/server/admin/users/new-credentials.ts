import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { CredentialRow } from "@cambist/store/config-ports.ts";
import { userCredentials } from "../../imports/credential-rows.ts";
import { ImportWarnings } from "../../imports/import-warnings.ts";
import { RealmNode } from "../../imports/realm-node.ts";
import { MAX_PASSWORD_BYTES } from "../../passwords/hash.ts";
import { readHashPolicy } from "../../passwords/policy.ts";
import { ImportError } from "../../imports/import-error.ts";
import type { AdminCall } from "../admin-call.ts";
import { AdminError, invalid, malformed } from "../admin-error.ts";
import type { JsonObject } from "../read-json.ts";
import { checkPasswordPolicy, passwordHistory, type PasswordOwner, repeatedPassword } from "./password-policy.ts";

const PASSWORD = "password";
const FORMER = "password-history";
const FIRST_PRIORITY = 10;

/** What storing credentials needs of an administrator's call; the page of a link brings its own. */
export type CredentialWriter = Pick<AdminCall, "realm" | "services" | "secrets" | "newId" | "now">;

/** Whose credentials they become. */
export interface CredentialOwner extends PasswordOwner {
  readonly id: string;
  readonly credentials: readonly CredentialRow[];
}

/** What a list of credentials in a body comes to. */
export interface NewCredentials {
  readonly commands: readonly ConfigCommand[];
  /** The last password has to be changed at the next login; undefined: the list holds no plain password. */
  readonly temporary: boolean | undefined;
}

/**
 * Credentials of a body as rows to store: plain passwords are held against the realm's policy and hashed, hashes are taken as they are. Ids
 * of the body do not count. A new password takes the place of the old one.
 * @throws {AdminError} 400 a password against the policy, a credential with nothing in it
 */
export async function newCredentials(call: CredentialWriter, owner: CredentialOwner, sent: readonly JsonObject[]): Promise<NewCredentials> {
  const { realm, services, secrets, newId, now } = call;
  const policy = passwordPolicy(call);
  const credentials = sent.map(({ id: _id, ...credential }): JsonObject => ({ ...credential, id: newId() }));
  for (const { value } of credentials) if (value !== undefined && value !== null) await checkPassword(call, owner, value);
  const node = new RealmNode("body", "", { credentials });
  const context = {
    realmId: realm.id,
    hashPolicy: readHashPolicy(policy),
    warnings: new ImportWarnings(),
    tools: { box: secrets, newId, now: () => now, passwords: services.passwords },
  };
  const { rows } = await userCredentials(context, node, owner.username).catch((error: unknown) => {
    throw error instanceof ImportError ? malformed() : error;
  });
  const old = owner.credentials.find(({ type }) => type === PASSWORD);
  const last = credentials.findLast(({ value }) => value !== undefined && value !== null);
  const commands = rows.map((row): ConfigCommand => {
    const place = { priority: lastPriority(owner) + row.priority };
    const kept = row.type === PASSWORD && old ? { id: old.id, priority: old.priority, ...label(old) } : place;
    return save(call, owner, { ...row, createdDate: row.createdDate ?? now, ...kept });
  });
  return {
    commands: [...(last && old ? former(call, owner, old, policy) : []), ...commands],
    temporary: last && (last["temporary"] === true || last["temporary"] === "true"),
  };
}

const label = ({ userLabel }: CredentialRow): { readonly userLabel?: string } => (userLabel === undefined ? {} : { userLabel });
const lastPriority = ({ credentials }: CredentialOwner): number => Math.max(0, ...credentials.map(({ priority }) => priority));
const save = ({ realm }: CredentialWriter, { id }: CredentialOwner, row: CredentialRow): ConfigCommand => ({
  do: "saveCredential",
  realmId: realm.id,
  userId: id,
  row,
});

function passwordPolicy({ realm }: CredentialWriter): string | undefined {
  const policy = realm.representation["passwordPolicy"];
  return typeof policy === "string" ? policy : undefined;
}

/** @throws {AdminError} 400 too long, empty, or against the policy */
async function checkPassword(call: CredentialWriter, owner: CredentialOwner, value: unknown): Promise<void> {
  if (typeof value !== "string") throw malformed();
  if (value.trim() === "") throw new AdminError(400, { error: "Empty password not allowed" });
  if (Buffer.byteLength(value) > MAX_PASSWORD_BYTES) throw invalid(`A password may have at most ${MAX_PASSWORD_BYTES} bytes`);
  const policy = passwordPolicy(call);
  checkPasswordPolicy(policy, value, owner, call.services);
  const history = passwordHistory(policy);
  if (history === 0) return;
  for (const stored of pastPasswords(owner).slice(0, history)) {
    if (await call.services.passwords.verify(stored, value)) throw repeatedPassword(history);
  }
}

/** The present password and the ones before it, newest first. */
function pastPasswords({ credentials }: CredentialOwner): readonly CredentialRow[] {
  const former = credentials.filter(({ type }) => type === FORMER);
  return [
    ...credentials.filter(({ type }) => type === PASSWORD),
    ...former.toSorted((one, other) => (other.createdDate ?? 0) - (one.createdDate ?? 0)),
  ];
}

/** The old password becomes history as far as the policy looks back; what is older goes. */
function former(call: CredentialWriter, owner: CredentialOwner, old: CredentialRow, policy: string | undefined): readonly ConfigCommand[] {
  const history = passwordHistory(policy);
  const [, ...earlier] = pastPasswords(owner);
  const gone = earlier
    .slice(Math.max(0, history - 2))
    .map(({ id }): ConfigCommand => ({ do: "deleteCredential", realmId: call.realm.id, userId: owner.id, id }));
  if (history < 2) return gone;
  return [...gone, save(call, owner, { ...old, id: call.newId(), type: FORMER, priority: old.priority + FIRST_PRIORITY })];
}
