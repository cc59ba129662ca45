import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { Json } from "@cambist/store/config-ports.ts";
import { StorageConflict } from "@cambist/store/admin-ports.ts";
import { isJsonObject } from "../../realms/json-object.ts";
import { withMasks } from "../../secrets/masked.ts";
import { MASTER } from "../../imports/realm-client.ts";
import { realmClientId } from "../../realm-template/built-in-clients.ts";
import { SMTP_SECRETS } from "../../secrets/secret-names.ts";
import { type AdminAnswer, type AdminCall, noContent } from "../admin-call.ts";
import { AdminError, conflict, invalid } from "../admin-error.ts";
import { type JsonObject, flagMember, objectBody, textMember } from "../read-json.ts";
import { changedRepresentation } from "./read-settings.ts";

/** `PUT A`: changes what is named. Parts of a realm with endpoints of their own are ignored here, and so is another id. */
export async function updateRealm(call: AdminCall): Promise<AdminAnswer> {
  const body = objectBody(call.body);
  const given = textMember(body, "realm");
  const enabled = flagMember(body, "enabled");
  if (given !== undefined && given !== call.realm.name) await checkName(call, given);
  try {
    await call.changeRealm(async (was) => {
      const name = given ?? was.name;
      const row = { ...was, name, enabled: enabled ?? was.enabled, representation: changedRepresentation(call, was) };
      const event = {
        operation: "UPDATE",
        resourceType: "REALM",
        resourcePath: "",
        representation: masked(body),
        realm: row,
      } as const;
      return { row, event, commands: name === was.name ? [] : await renameCommands(call, name) };
    });
  } catch (error) {
    if (error instanceof AdminError && error.cause instanceof StorageConflict) throw conflict("Realm with same name exists");
    throw error;
  }
  return noContent;
}

async function checkName({ realm, store }: AdminCall, name: string): Promise<void> {
  if (realm.name === MASTER) throw invalid("Can't rename master realm");
  if (name === "" || name.length > 255 || name === "." || name === "..") throw invalid("Realm name cannot be empty");
  const character = /[/\\?#%;]/.exec(name)?.[0];
  if (character !== undefined) throw new AdminError(400, { error: `Character '${character}' not allowed.` });
  if (await store.realmByName(name)) throw conflict("Realm with same name exists");
}

/** Built-in clients whose URLs hold the realm's name. */
const NAMED_IN_URLS = ["account", "account-console", "security-admin-console"] as const;

/** What goes by the realm's name beside the realm itself: master's client for it, and URLs of its built-in clients. */
async function renameCommands({ realm, store }: AdminCall, name: string): Promise<readonly ConfigCommand[]> {
  const commands: ConfigCommand[] = [];
  const master = await store.realmByName(MASTER);
  const client = master && (await store.clientByClientId(master.id, realmClientId(realm.name)));
  if (client) {
    const row = { ...client, clientId: realmClientId(name), representation: { ...client.representation, name: `${name} Realm` } };
    commands.push({ do: "saveClient", realmId: master.id, row });
  }
  for (const clientId of NAMED_IN_URLS) {
    const own = await store.clientByClientId(realm.id, clientId);
    if (!own) continue;
    const { baseUrl, redirectUris } = own.representation;
    const representation: Json = {
      ...own.representation,
      ...(typeof baseUrl === "string" && { baseUrl: renamed(baseUrl, realm.name, name) }),
      ...(Array.isArray(redirectUris) && { redirectUris: redirectUris.map((uri) => renamed(String(uri), realm.name, name)) }),
    };
    commands.push({ do: "saveClient", realmId: realm.id, row: { ...own, representation } });
  }
  return commands;
}

const renamed = (url: string, was: string, is: string): string =>
  url.replace(`/realms/${was}/`, `/realms/${is}/`).replace(`/admin/${was}/`, `/admin/${is}/`);

/** The body for the admin event, which as in Keycloak tells that there is a secret. */
function masked(body: JsonObject): Json {
  const server = body["smtpServer"];
  return isJsonObject(server) ? { ...body, smtpServer: withMasks(server, SMTP_SECRETS) } : body;
}
