import { MASK } from "../../secrets/masked.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { notFound } from "../admin-error.ts";
import { attributesOf, CREATION_TIME, newClientSecret, openClientAttributes, openClientSecret, withSecret } from "./client-secrets.ts";
import { findClient } from "./find-client.ts";

/** `GET …/client-secret`: without `value` when there is none. */
export async function readSecret(call: AdminCall): Promise<AdminAnswer> {
  const value = openClientSecret(call, await findClient(call));
  return ok({ type: "secret", ...(value !== undefined && { value }) });
}

/** `POST …/client-secret`: a new one, for whatever kind of client. */
export async function regenerateSecret(call: AdminCall): Promise<AdminAnswer> {
  const client = await findClient(call);
  const value = newClientSecret();
  const attributes = { ...attributesOf(client), [CREATION_TIME]: String(Math.floor(call.now / 1000)) };
  const row = { ...withSecret(call, client, value), representation: { ...client.representation, attributes } };
  await call.commit({
    commands: [{ do: "saveClient", realmId: call.realm.id, row }],
    guards: [{ claim: "clientRow", realmId: call.realm.id, row: client }],
    event: {
      operation: "ACTION",
      resourceType: "CLIENT",
      resourcePath: `clients/${client.id}/client-secret`,
      representation: { type: "secret", value: MASK },
    },
  });
  return ok({ type: "secret", value });
}

const ROTATED = "client.secret.rotated";
const ROTATED_EXPIRES = "client.secret.rotated.expiration.time";

/** `GET …/client-secret/rotated`: the secret before the last rotation, while it counts. @throws {AdminError} 404 there is none */
export async function readRotatedSecret(call: AdminCall): Promise<AdminAnswer> {
  const client = await findClient(call);
  const attributes = openClientAttributes(call, client);
  const expires = Number(attributes[ROTATED_EXPIRES] ?? 0);
  if (typeof attributes[ROTATED] !== "string" || expires * 1000 <= call.now) throw notFound("Client does not have a rotated secret");
  return ok({ type: "secret", value: attributes[ROTATED] });
}

/** `DELETE …/client-secret/rotated`. */
export async function forgetRotatedSecret(call: AdminCall): Promise<AdminAnswer> {
  const client = await findClient(call);
  const attributes = Object.fromEntries(Object.entries(attributesOf(client)).filter(([name]) => !name.startsWith(ROTATED)));
  await call.commit({
    commands: [{ do: "saveClient", realmId: call.realm.id, row: { ...client, representation: { ...client.representation, attributes } } }],
    guards: [{ claim: "clientRow", realmId: call.realm.id, row: client }],
    event: { operation: "ACTION", resourceType: "CLIENT", resourcePath: `clients/${client.id}/client-secret/rotated` },
  });
  return noContent;
}
