import type { ClientRow, Json } from "@cambist/store/config-ports.ts";
import { authorizationSettings } from "../admin/authorization/export-settings.ts";
import { clientMembers } from "../admin/clients/representation.ts";
import { MASK } from "../secrets/masked.ts";
import { CLIENT_SECRET_ATTRIBUTES } from "../secrets/secret-names.ts";
import { CLIENT_PAGE, type ExportContext } from "./export-context.ts";

/** Every client row of the realm, a page at a time. */
export async function* clientRows({ store, realm }: Pick<ExportContext, "store" | "realm">): AsyncGenerator<ClientRow> {
  for (let first = 0; ; first += CLIENT_PAGE) {
    const page = await store.clients(realm.id, { first, max: CLIENT_PAGE });
    yield* page;
    if (page.length < CLIENT_PAGE) return;
  }
}

/** `clients`, with their authorization settings. */
export async function* clientsPart(context: ExportContext): AsyncGenerator<Json> {
  for await (const row of clientRows(context)) yield clientFile(context, row);
}

async function clientFile(context: ExportContext, row: ClientRow): Promise<Json> {
  const members = clientMembers(context, row, context.names.scopes);
  const shown = context.whole ? members : masked(members);
  const rows = await context.store.authorization(context.realm.id, row.id);
  if (!rows) return shown;
  return {
    ...shown,
    authorizationServicesEnabled: true,
    authorizationSettings: await authorizationSettings(context, { client: row, rows }, { ids: context.whole }),
  };
}

function masked(client: Json): Json {
  const attributes = { ...(client["attributes"] as Json | undefined) };
  for (const name of CLIENT_SECRET_ATTRIBUTES) if (attributes[name]) attributes[name] = MASK;
  return { ...client, ...(client["secret"] !== undefined && { secret: MASK }), attributes };
}
