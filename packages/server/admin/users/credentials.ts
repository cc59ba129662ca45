import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { CredentialRow, Json, UserRow } from "@cambist/store/config-ports.ts";
import type { Fields } from "../../imports/fields.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { AdminError, invalid, malformed, notFound } from "../admin-error.ts";
import { readRepresentation } from "../read-representation.ts";
import { columnsOf, findUser } from "./find-user.ts";
import { newCredentials } from "./new-credentials.ts";
import { withPasswordAction } from "./update-user.ts";

/** Members of a credential; of a new password only value and `temporary` count. */
const CREDENTIAL_FIELDS: Fields = new Map(
  [
    "id", "type", "value", "temporary", "userLabel", "createdDate", "secretData", "credentialData", "priority", "device", "hashedSaltedValue",
    "salt", "hashIterations", "counter", "algorithm", "digits", "period", "config", "federationLink",
  ].map((name) => [name, "elsewhere"] as const), // prettier-ignore
);
const HIDDEN = "password-history";
const MAX_LABEL = 255;

/** `PUT users/{id}/reset-password`: a new password whatever `type` says. */
export async function resetPassword(call: AdminCall): Promise<AdminAnswer> {
  const { node } = readRepresentation(call, "CredentialRepresentation", CREDENTIAL_FIELDS);
  const user = await findUser(call);
  const { value, temporary } = node.members;
  if (value === undefined || value === null) throw new AdminError(400, { error: "No password provided" });
  const { commands, temporary: isTemporary } = await newCredentials(call, user, [
    { type: "password", value, temporary: temporary ?? false },
  ]);
  const columns = columnsOf(user);
  const row = { ...columns, requiredActions: withPasswordAction(user.requiredActions, isTemporary) };
  await call.commit({
    guards: [{ claim: "userRow", realmId: call.realm.id, row: columns }],
    commands: [...commands, { do: "saveUser", realmId: call.realm.id, row }],
    event: { operation: "ACTION", resourceType: "USER", resourcePath: `users/${user.id}/reset-password` },
  });
  return noContent;
}

/** `GET users/{id}/credentials`: what they are, never their secrets. */
export async function listCredentials(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call);
  return ok(shownOnes(user).map(credentialView));
}

const shownOnes = ({ credentials }: UserRow): readonly CredentialRow[] =>
  credentials.filter(({ type }) => type !== HIDDEN).toSorted((one, other) => one.priority - other.priority);

const credentialView = ({ id, type, userLabel, createdDate, credentialData }: CredentialRow): Json => ({
  id,
  type,
  ...(userLabel !== undefined && { userLabel }),
  ...(createdDate !== undefined && { createdDate }),
  credentialData,
});

interface Found {
  readonly user: UserRow;
  readonly credential: CredentialRow;
}

/** @throws {AdminError} 404 the user, or a credential of that user */
async function findCredential(call: AdminCall, parameter = "credential"): Promise<Found> {
  const user = await findUser(call);
  const credential = shownOnes(user).find(({ id }) => id === call.params[parameter]);
  if (!credential) throw notFound("Credential not found");
  return { user, credential };
}

const save = ({ realm }: AdminCall, user: UserRow, row: CredentialRow): ConfigCommand => ({
  do: "saveCredential",
  realmId: realm.id,
  userId: user.id,
  row,
});

async function changed(call: AdminCall, { user, credential }: Found, commands: readonly ConfigCommand[], end = ""): Promise<AdminAnswer> {
  await call.commit({
    commands,
    event: { operation: "ACTION", resourceType: "USER", resourcePath: `users/${user.id}/credentials/${credential.id}${end}` },
  });
  return noContent;
}

/** `DELETE users/{id}/credentials/{id}`. */
export async function deleteCredential(call: AdminCall): Promise<AdminAnswer> {
  const found = await findCredential(call);
  const { user, credential } = found;
  return changed(call, found, [{ do: "deleteCredential", realmId: call.realm.id, userId: user.id, id: credential.id }]);
}

/** `PUT users/{id}/credentials/{id}/userLabel`: the text of the body. @throws {AdminError} 415 JSON */
export async function labelCredential(call: AdminCall): Promise<AdminAnswer> {
  if (!call.contentType.startsWith("text/plain")) throw wrongType();
  const found = await findCredential(call);
  const userLabel = call.rawBody.toString("utf8");
  if (userLabel.length > MAX_LABEL || userLabel.includes("\u0000")) throw invalid(`A label may have at most ${MAX_LABEL} characters`);
  const { userLabel: _old, ...rest } = found.credential;
  return changed(call, found, [save(call, found.user, { ...rest, ...(userLabel !== "" && { userLabel }) })], "/userLabel");
}

const wrongType = () => new AdminError(415, { error: "The content-type header value did not match the value in @Consumes" });

/** `POST …/moveToFirst` and `…/moveAfter/{id}`: the order in which a login offers them. @throws {AdminError} 404 */
export async function moveCredential(call: AdminCall): Promise<AdminAnswer> {
  const found = await findCredential(call);
  const { user, credential } = found;
  const others = shownOnes(user).filter((one) => one !== credential);
  const after = call.params["after"];
  const place = after === undefined ? 0 : others.findIndex(({ id }) => id === after) + 1;
  if (after !== undefined && place === 0) throw notFound("Credential not found");
  const ordered = others.toSpliced(place, 0, credential).map((row, index) => ({ ...row, priority: (index + 1) * 10 }));
  const moved = ordered.filter(({ id, priority }) => user.credentials.some((old) => old.id === id && old.priority !== priority));
  const commands = moved.map((row) => save(call, user, row));
  return changed(call, found, commands, after === undefined ? "/moveToFirst" : `/moveAfter/${after}`);
}

/** `PUT users/{id}/disable-credential-types`: no type can be disabled, here as in a Keycloak without user storage. @throws {AdminError} 400 */
export async function disableCredentialTypes(call: AdminCall): Promise<AdminAnswer> {
  await findUser(call);
  if (!Array.isArray(call.body) || !call.body.every((type) => typeof type === "string")) throw malformed();
  return noContent;
}

/** `GET users/{id}/configured-user-storage-credential-types`: users are stored nowhere else. */
export async function storageCredentialTypes(call: AdminCall): Promise<AdminAnswer> {
  await findUser(call);
  return ok([]);
}
