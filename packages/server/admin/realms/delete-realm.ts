import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import { MASTER } from "../../imports/realm-client.ts";
import { realmClientId } from "../../realm-template/built-in-clients.ts";
import { type AdminAnswer, type AdminCall, noContent } from "../admin-call.ts";
import { invalid } from "../admin-error.ts";

/** `DELETE A`: the realm, everything in it, and master's client for it. The event belongs to the realm of whoever did it. */
export async function deleteRealm(call: AdminCall): Promise<AdminAnswer> {
  const { realm, store, caller } = call;
  if (realm.name === MASTER) throw invalid("Can't remove master realm");
  const commands: ConfigCommand[] = [{ do: "deleteRealm", realmId: realm.id }];
  const master = await store.realmByName(MASTER);
  const client = master && (await store.clientByClientId(master.id, realmClientId(realm.name)));
  if (client) commands.push({ do: "deleteClient", realmId: master.id, id: client.id });
  const own = await store.realmByName(caller.realm.view.realm.name);
  const event = { operation: "DELETE", resourceType: "REALM", resourcePath: realm.name, ...(own && { realm: own }) } as const;
  await call.commit({ guards: [{ claim: "stands", kind: "realm", id: realm.id }], commands, event });
  return noContent;
}
