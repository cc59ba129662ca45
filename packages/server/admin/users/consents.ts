import type { Command } from "@cambist/store/ports.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { notFound } from "../admin-error.ts";
import { findUser } from "./find-user.ts";
import { livingSessions } from "./user-sessions.ts";

/** `GET users/{id}/consents`: what the user granted to clients; offline tokens count as a grant. */
export async function listConsents(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call);
  const offline = new Set((await livingSessions(call, user.id, true)).flatMap(({ clientUuids }) => clientUuids));
  const granted = new Map(user.consents.map((consent) => [consent.clientUuid, consent]));
  const shown: unknown[] = [];
  for (const uuid of new Set([...granted.keys(), ...offline])) {
    const client = await call.store.client(call.realm.id, uuid);
    if (!client) continue;
    const consent = granted.get(uuid);
    shown.push({
      clientId: client.clientId,
      grantedClientScopes: consent?.scopes ?? [],
      ...consent?.representation,
      additionalGrants: offline.has(uuid) ? [{ client: uuid, key: "Offline Token" }] : [],
    });
  }
  return ok(shown);
}

/** `DELETE users/{id}/consents/{clientId}`: the grant goes, with the client's offline tokens and, if there was a consent, its sessions. */
export async function revokeConsent(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call);
  const realmId = call.realm.id;
  const client = await call.store.clientByClientId(realmId, call.params["client"] ?? "");
  if (!client) throw notFound("Client not found");
  const hasConsent = user.consents.some(({ clientUuid }) => clientUuid === client.id);
  const ofClient = async (offline: boolean) =>
    (await call.store.userSessions(realmId, user.id, offline)).filter(({ clientUuids }) => clientUuids.includes(client.id));
  const offline = await ofClient(true);
  if (!hasConsent && offline.length === 0) throw notFound("Consent nor offline token not found");
  const sessions = new Set([...offline, ...(hasConsent ? await ofClient(false) : [])].map(({ id }) => id));
  const commands: Command[] = [...sessions].map((sessionId) => ({ do: "detachClientSession", realmId, sessionId, clientUuid: client.id }));
  if (hasConsent) commands.unshift({ do: "deleteConsent", realmId, userId: user.id, clientUuid: client.id });
  await call.commit({
    commands,
    event: { operation: "ACTION", resourceType: "USER", resourcePath: `users/${user.id}/consents/${client.clientId}` },
  });
  return noContent;
}
