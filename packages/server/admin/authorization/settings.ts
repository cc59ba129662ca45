import { RealmNode } from "../../imports/realm-node.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { AdminError } from "../admin-error.ts";
import { reading } from "../read-representation.ts";
import { explained } from "./change-policies.ts";
import { commitAuthorization } from "./commit-authorization.ts";
import { policyLookups } from "./lookups.ts";
import { mergeSettings, settingsCommands, settingsIn } from "./merge-settings.ts";
import { resourceServer } from "./resource-server.ts";

/** `GET authz/resource-server`: the settings alone, lists stay empty. */
export async function readServer(call: AdminCall): Promise<AdminAnswer> {
  const { client, rows } = await resourceServer(call);
  return ok({ id: client.id, clientId: client.id, name: client.clientId, ...rows.settings, resources: [], policies: [], scopes: [] });
}

/** `PUT authz/resource-server`: needs all three settings. */
export async function updateServer(call: AdminCall): Promise<AdminAnswer> {
  const server = await resourceServer(call);
  const sent = reading(() => settingsIn(new RealmNode("body", "", call.body)));
  if (Object.values(sent).includes(undefined)) throw new AdminError(409, { error: "unknown_error" });
  await commitAuthorization(call, server, {
    commands: [
      { do: "saveResourceServer", realmId: call.realm.id, clientUuid: server.client.id, settings: { ...server.rows.settings, ...sent } },
    ],
    event: {
      operation: "UPDATE",
      resourceType: "AUTHORIZATION_RESOURCE_SERVER",
      resourcePath: `clients/${server.client.id}/authz/resource-server`,
      representation: sent,
    },
  });
  return noContent;
}

/**
 * `POST import`: settings as `settings` gives them. What is there under the same name is replaced, the rest stays; all or nothing.
 * @throws {AdminError} 400 a wrong type, or something named in it does not exist
 */
export async function importSettings(call: AdminCall): Promise<AdminAnswer> {
  const server = await resourceServer(call);
  const context = { stored: server.rows, lookups: policyLookups(call), newId: call.newId };
  const merged = await explained(() => mergeSettings(context, new RealmNode("body", "", call.body)));
  const { settings, scopes, resources, policies } = merged;
  await commitAuthorization(call, server, {
    commands: settingsCommands({ realmId: call.realm.id, clientUuid: server.client.id }, server.rows.settings, merged),
    event: {
      operation: "UPDATE",
      resourceType: "AUTHORIZATION_RESOURCE_SERVER",
      resourcePath: `clients/${server.client.id}/authz/resource-server/import`,
      representation: { ...settings, scopes: names(scopes), resources: names(resources), policies: names(policies) },
    },
  });
  return noContent;
}

const names = (rows: readonly { readonly name: string }[]): readonly string[] => rows.map(({ name }) => name);
