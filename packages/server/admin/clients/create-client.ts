import type { Json } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, created } from "../admin-call.ts";
import { maskSecrets } from "./client-secrets.ts";
import { newClient } from "./new-client.ts";
import { readClient } from "./read-client.ts";

/** `POST A/clients`: an id in the body is taken; without a clientId the client is called by its id. */
export async function createClient(call: AdminCall): Promise<AdminAnswer> {
  const { row, commands } = await newClient(call, readClient(call));
  await call.commit({
    commands,
    event: {
      operation: "CREATE",
      resourceType: "CLIENT",
      resourcePath: `clients/${row.id}`,
      representation: { ...(maskSecrets(call.body) as Json), id: row.id },
    },
  });
  return created(call, `/clients/${row.id}`);
}
