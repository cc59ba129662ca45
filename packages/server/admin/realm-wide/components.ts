import type { ComponentRow, Json } from "@cambist/store/config-ports.ts";
import { componentRow } from "../../imports/component-rows.ts";
import { COMPONENT_FIELDS } from "../../imports/fields.ts";
import { isMasked } from "../../secrets/masked.ts";
import type { RealmNode } from "../../imports/realm-node.ts";
import { completeKeyComponent } from "../../keys/generate.ts";
import { KeyRefused } from "../../keys/key-material.ts";
import { RealmKeys } from "../../keys/key-set.ts";
import { KEY_PROVIDER } from "../../realm-template/components.ts";
import { type AdminAnswer, type AdminCall, created, noContent, ok } from "../admin-call.ts";
import { AdminError, invalid, notFound } from "../admin-error.ts";
import { reading, readRepresentation, storableName } from "../read-representation.ts";
import { isProvider, isProviderKind, PROVIDER_IDS } from "../serverinfo/provider-ids.ts";
import { componentRepresentation, type Config, isMaterial, openConfig } from "./component-config.ts";
import { COMPONENT_SECRETS } from "../../secrets/secret-names.ts";

/** Kinds of provider that are set up by components. */
const COMPONENT_KINDS: ReadonlySet<string> = new Set([
  KEY_PROVIDER,
  "org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy",
  "org.keycloak.userprofile.UserProfileProvider",
  "org.keycloak.storage.UserStorageProvider",
  "org.keycloak.storage.ldap.mappers.LDAPStorageMapper",
]);

/** Settings that decide what a generated key is: another value makes another key. */
const SHAPES: readonly string[] = ["keySize", "secretSize", "ecdsaEllipticCurveKey", "eddsaEllipticCurveKey", "ecdhEllipticCurveKey"];

const shown = ({ realm, secrets }: AdminCall, row: ComponentRow): Json => componentRepresentation(row, realm.id, secrets);

export async function listComponents(call: AdminCall): Promise<AdminAnswer> {
  const { query, store, realm } = call;
  const [parent, type, name] = [query.get("parent"), query.get("type"), query.get("name")];
  const rows = await store.components(realm.id);
  return ok(
    rows
      .map((row) => shown(call, row))
      .filter(
        (one) =>
          (parent === null || one["parentId"] === parent) &&
          (type === null || one["providerType"] === type) &&
          (name === null || one["name"] === name),
      ),
  );
}

export async function findComponent({ store, realm, params }: AdminCall): Promise<ComponentRow> {
  const row = await store.component(realm.id, params["id"] ?? "");
  if (!row) throw notFound("Could not find component");
  return row;
}

export const readComponent = async (call: AdminCall): Promise<AdminAnswer> => ok(shown(call, await findComponent(call)));

/** `POST A/components`. A key provider without its key gets one made. */
export async function createComponent(call: AdminCall): Promise<AdminAnswer> {
  const { node, kept } = readRepresentation(call, "ComponentRepresentation", COMPONENT_FIELDS);
  const providerType = reading(() => node.text("providerType")) ?? "";
  const config = nonEmpty(givenConfig(node));
  const id = reading(() => node.name("id")) ?? call.newId();
  if (await call.store.component(call.realm.id, id)) throw new AdminError(409, { error: "unknown_error" });
  const parentId = reading(() => node.text("parentId"));
  const row = await completeRow(call, { id, providerType, members: { ...kept, ...ownParent(call, parentId) }, config });
  await save(call, "CREATE", row);
  return created(call, `/components/${id}`);
}

/** `PUT A/components/{id}`: config is merged entry by entry; an empty list removes an entry, the mask keeps it. */
export async function updateComponent(call: AdminCall): Promise<AdminAnswer> {
  const was = await findComponent(call);
  const { node, kept } = readRepresentation(call, "ComponentRepresentation", COMPONENT_FIELDS);
  const providerType = reading(() => node.text("providerType")) ?? was.providerType;
  const { config: _, ...members } = { ...was.representation, ...kept };
  if (providerType !== was.providerType || members["providerId"] !== was.representation["providerId"])
    throw invalid("The type of a component cannot change");
  const stored = openConfig(was, call.realm.id, call.secrets);
  const given = Object.entries(givenConfig(node)).filter(([, values]) => !values.some(isMasked));
  const parentId = reading(() => node.text("parentId"));
  const row = await completeRow(call, {
    id: was.id,
    providerType,
    members: { ...members, ...ownParent(call, parentId) },
    config: withoutStaleKey(was, stored, nonEmpty({ ...secretsKept(stored, given), ...Object.fromEntries(given) })),
  });
  await save(call, "UPDATE", row);
  return noContent;
}

export async function deleteComponent(call: AdminCall): Promise<AdminAnswer> {
  const { id } = await findComponent(call);
  const event = { operation: "DELETE", resourceType: "COMPONENT", resourcePath: `components/${id}` } as const;
  await call.commit({ commands: [{ do: "deleteComponent", realmId: call.realm.id, id }], event });
  return noContent;
}

/** `GET A/components/{id}/sub-component-types?type=`: kinds of provider that may stand below this component. */
export async function listSubTypes(call: AdminCall): Promise<AdminAnswer> {
  const { store, realm, params, query } = call;
  if (!(await store.component(realm.id, params["id"] ?? ""))) throw notFound("Could not find parent component");
  const type = query.get("type");
  if (type === null) throw new AdminError(400, { error: "must supply a subtype" });
  if (!isProviderKind(type)) throw new AdminError(400, { error: `Unknown type ${type.slice(0, 100)}` });
  return ok(PROVIDER_IDS[type].map((id) => ({ id, helpText: "", properties: [], metadata: {} })));
}

const givenConfig = (node: RealmNode): Config => reading(() => node.lists("config")) ?? {};
const nonEmpty = (config: Config): Config => Object.fromEntries(Object.entries(config).filter(([, values]) => values.length > 0));

/** Only a parent that is not the realm itself is worth keeping. */
const ownParent = ({ realm }: AdminCall, parentId: string | undefined): Json =>
  parentId === undefined || parentId === realm.id ? {} : { parentId };

/** What tells whose secret it is and where it is sent; with another value the stored one is not (SEC-ADM-08). */
const SECRET_PLACE: readonly string[] = ["connectionUrl", "bindDn", "keystore"];

function secretsKept(stored: Config, given: readonly (readonly [string, readonly string[]])[]): Config {
  const moved = given.some(([name, values]) => SECRET_PLACE.includes(name) && values[0] !== stored[name]?.[0]);
  return moved ? Object.fromEntries(Object.entries(stored).filter(([name]) => !COMPONENT_SECRETS.includes(name))) : stored;
}

/** A generated key goes when the settings that shape it change, so that another is made. */
function withoutStaleKey({ providerType, representation }: ComponentRow, was: Config, is: Config): Config {
  if (SHAPES.every((name) => was[name]?.[0] === is[name]?.[0])) return is;
  return Object.fromEntries(
    Object.entries(is).filter(([entry]) => !isMaterial(providerType, representation["providerId"], entry) || SHAPES.includes(entry)),
  );
}

/** @throws {AdminError} 400 no such provider, or settings that mean nothing */
async function completeRow(
  { realm, secrets, now }: AdminCall,
  {
    id,
    providerType,
    members,
    config,
  }: { readonly id: string; readonly providerType: string; readonly members: Json; readonly config: Config },
): Promise<ComponentRow> {
  const providerId = members["providerId"];
  if (
    !COMPONENT_KINDS.has(providerType) ||
    !isProviderKind(providerType) ||
    typeof providerId !== "string" ||
    !isProvider(providerType, providerId)
  )
    throw new AdminError(400, { error: "Invalid provider type or no such provider" });
  const given = members["name"];
  const name = storableName("name", typeof given === "string" && given !== "" ? given : providerId);
  const tools = { box: secrets };
  if (providerType !== KEY_PROVIDER)
    return componentRow({ tools, realmId: realm.id }, { id, providerType, members: { ...members, name }, config });
  checkKeySettings(config);
  try {
    const complete = await completeKeyComponent({ id, name, providerId, config }, { realm: realm.name, now });
    const [problem] = RealmKeys.fromComponents([complete]).problems;
    // Kinds that give no key here are stored as they are; one that should give a key and does not is refused.
    if (problem && SUPPORTED_KEYS.has(providerId)) throw new KeyRefused(problem.reason);
    const row = { id, providerType, members: { ...members, name }, config: complete.config };
    return componentRow({ tools, realmId: realm.id }, row);
  } catch (error) {
    if (error instanceof KeyRefused) throw invalid(`Failed to validate keys: ${error.message}`);
    throw error;
  }
}

const SUPPORTED_KEYS: ReadonlySet<string> = new Set([
  "rsa",
  "rsa-enc",
  "rsa-generated",
  "rsa-enc-generated",
  "hmac-generated",
  "aes-generated",
  "ecdsa-generated",
  "eddsa-generated",
]);

function checkKeySettings(config: Config): void {
  const priority = config["priority"]?.[0];
  if (priority !== undefined && !/^-?\d{1,15}$/.test(priority)) throw invalid("'Priority' should be a number");
  for (const [name, label] of [
    ["enabled", "Enabled"],
    ["active", "Active"],
  ] as const) {
    const value = config[name]?.[0];
    if (value !== undefined && !/^(?:true|false)$/i.test(value)) throw invalid(`'${label}' should be 'true' or 'false'`);
  }
}

async function save(call: AdminCall, operation: "CREATE" | "UPDATE", row: ComponentRow): Promise<void> {
  const event = { operation, resourceType: "COMPONENT", resourcePath: `components/${row.id}`, representation: shown(call, row) };
  await call.commit({ commands: [{ do: "saveComponent", realmId: call.realm.id, row }], event });
}
