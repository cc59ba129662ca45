import { StorageConflict } from "@cambist/store/admin-ports.ts";
import type { IdentityProviderRow } from "@cambist/store/config-ports.ts";
import { checkSettings } from "../../imports/cambist-settings.ts";
import { PROVIDER_FIELDS } from "../../imports/fields.ts";
import { type AdminAnswer, type AdminCall, created, noContent } from "../admin-call.ts";
import { AdminError, conflict, invalid } from "../admin-error.ts";
import { explained } from "../authorization/change-policies.ts";
import { permissionRemovals } from "../permission-objects.ts";
import { reading, readRepresentation, storableName } from "../read-representation.ts";
import { isProvider } from "../serverinfo/provider-ids.ts";
import { findProvider } from "./find-provider.ts";
import { sealedSecret } from "./provider-secret.ts";
import { checkEndpoints } from "./provider-urls.ts";
import { maskedConfig, providerView } from "./representation.ts";

/** `POST identity-provider/instances`: 201, `Location` ends in the alias. */
export async function createProvider(call: AdminCall): Promise<AdminAnswer> {
  const row = await readProvider(call, undefined);
  await save(call, row, "CREATE", row.alias);
  return created(call, `/identity-provider/instances/${encodeURIComponent(row.alias)}`);
}

/** `PUT identity-provider/instances/:alias` replaces everything, config and secret too; another alias renames it. */
export async function updateProvider(call: AdminCall): Promise<AdminAnswer> {
  const before = await findProvider(call);
  const row = await readProvider(call, before);
  await save(call, row, "UPDATE", before.alias);
  return noContent;
}

/** With its mappers, the users' links and the permission about it. */
export async function deleteProvider(call: AdminCall): Promise<AdminAnswer> {
  const { internalId, alias } = await findProvider(call);
  await call.commit({
    guards: [{ claim: "stands", kind: "identityProvider", id: internalId }],
    commands: [
      ...(await permissionRemovals(call, "provider", internalId)),
      { do: "deleteIdentityProvider", realmId: call.realm.id, internalId },
    ],
    event: { operation: "DELETE", resourceType: "IDENTITY_PROVIDER", resourcePath: `identity-provider/instances/${alias}` },
  });
  return noContent;
}

async function save(call: AdminCall, row: IdentityProviderRow, operation: "CREATE" | "UPDATE", alias: string): Promise<void> {
  const resourcePath = `identity-provider/instances/${alias}`;
  try {
    await call.commit({
      commands: [{ do: "saveIdentityProvider", realmId: call.realm.id, row }],
      event: {
        operation,
        resourceType: "IDENTITY_PROVIDER",
        resourcePath,
        representation: { ...providerView(row), config: maskedConfig(row) },
      },
    });
  } catch (error) {
    if (error instanceof AdminError && error.cause instanceof StorageConflict)
      throw conflict(`Identity Provider ${row.alias} already exists`);
    throw error;
  }
}

/** Members that only other endpoints write. */
const NOT_ASSIGNABLE = ["organizationId"];

/** The row that a body describes. @throws {AdminError} 400 */
async function readProvider(call: AdminCall, before: IdentityProviderRow | undefined): Promise<IdentityProviderRow> {
  const { node, kept } = readRepresentation(call, "IdentityProviderRepresentation", PROVIDER_FIELDS);
  const providerId = kept["providerId"];
  if (
    !isProvider("org.keycloak.broker.provider.IdentityProvider", providerId) &&
    !isProvider("org.keycloak.broker.social.SocialIdentityProvider", providerId)
  )
    throw invalid(`Invalid identity provider id [${typeof providerId === "string" ? providerId.slice(0, 100) : "null"}]`);
  const alias = checkedAlias(reading(() => node.text("alias")) ?? before?.alias);
  const { clientSecret, ...config } = reading(() => node.map("config")) ?? {};
  await explained(async () => checkSettings("provider", node, "config", config));
  checkEndpoints(config, call.realm.representation["sslRequired"]);
  for (const member of ["firstBrokerLoginFlowAlias", "postBrokerLoginFlowAlias"]) checkFlow(call, kept[member]);

  const assigned = Object.entries(kept).filter(([member]) => !NOT_ASSIGNABLE.includes(member));
  const stays = Object.entries(before?.representation ?? {}).filter(([member]) => NOT_ASSIGNABLE.includes(member));
  const representation = { ...Object.fromEntries([...stays, ...assigned]), config };
  const internalId = before?.internalId ?? call.newId();
  return {
    internalId,
    alias,
    enabled: reading(() => node.flag("enabled")) ?? true,
    representation,
    ...sealedSecret(call, clientSecret, { internalId, representation }, before),
  };
}

/** @throws {AdminError} 400 with Keycloak's words: an alias stands in paths */
function checkedAlias(alias: string | undefined): string {
  if (alias === undefined || alias === "" || alias === "." || alias === "..") throw invalid("path is null");
  if (alias.includes(" ")) throw new AdminError(400, { error: "Empty Space not allowed." });
  const character = /[:/?#@!$&()*+,;=[\]\\]/.exec(alias)?.[0];
  if (character !== undefined) throw new AdminError(400, { error: `Character '${character}' not allowed.` });
  return storableName("alias", alias);
}

function checkFlow({ realm }: AdminCall, alias: unknown): void {
  if (alias === undefined || alias === "") return;
  const flows = realm.representation["authenticationFlows"];
  const known =
    Array.isArray(flows) &&
    flows.some((flow: unknown) => typeof flow === "object" && flow !== null && "alias" in flow && flow.alias === alias);
  if (!known) throw invalid("No available authentication flow with this alias");
}
