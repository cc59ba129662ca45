import type { ComponentRow, Json } from "@cambist/store/config-ports.ts";
import { MASK } from "../../secrets/masked.ts";
import { KEY_PROVIDER } from "../../realm-template/components.ts";
import type { SecretBox } from "../../secrets/secret-box.ts";
import { componentConfigPlace } from "../../secrets/secret-places.ts";
import { COMPONENT_SECRETS } from "../../secrets/secret-names.ts";

/** Config of a component: lists of texts by name. */
export type Config = Readonly<Record<string, readonly string[]>>;

/** Entries that generated keys are made of; they are not settings and are never shown. */
const MATERIAL: ReadonlySet<string> = new Set([
  "privateKey",
  "certificate",
  "keyUse",
  "kid",
  "secret",
  "ecdsaPrivateKey",
  "ecdsaPublicKey",
  "eddsaPrivateKey",
  "eddsaPublicKey",
  "ecdhPrivateKey",
  "ecdhPublicKey",
]);

const holdsMaterial = (providerType: string, providerId: unknown): boolean =>
  providerType === KEY_PROVIDER && typeof providerId === "string" && providerId.endsWith("-generated");

/** Names of the entries that make up a generated key. */
export const isMaterial = (providerType: string, providerId: unknown, entry: string): boolean =>
  holdsMaterial(providerType, providerId) && MATERIAL.has(entry);

/** The config with its secret entries opened. */
export function openConfig({ id, representation, sealedConfig }: ComponentRow, realmId: string, box: SecretBox): Config {
  const open = (representation["config"] ?? {}) as Config; // so stored
  if (sealedConfig === undefined) return open;
  return { ...open, ...(JSON.parse(box.open(sealedConfig, componentConfigPlace(realmId, id))) as Config) };
}

/** The config as the admin API and partial exports show it: secrets masked, key material left out. */
function shownConfig({ providerType, representation, sealedConfig }: ComponentRow, secretNames: readonly string[]): Json {
  const open = Object.entries((representation["config"] ?? {}) as Config).filter(
    ([entry]) => !isMaterial(providerType, representation["providerId"], entry),
  );
  const masked =
    sealedConfig === undefined || holdsMaterial(providerType, representation["providerId"])
      ? []
      : secretNames.map((entry) => [entry, [MASK]]);
  return Object.fromEntries([...open, ...masked]);
}

/** A component as the admin API shows it. */
export function componentRepresentation(row: ComponentRow, realmId: string, box: SecretBox): Json {
  const { representation, providerType, id } = row;
  const secretNames = Object.keys(openConfig(row, realmId, box)).filter((entry) => COMPONENT_SECRETS.includes(entry));
  return {
    id,
    ...(representation["name"] !== undefined && { name: representation["name"] }),
    providerId: representation["providerId"],
    providerType,
    parentId: representation["parentId"] ?? realmId,
    ...(representation["subType"] !== undefined && { subType: representation["subType"] }),
    config: shownConfig(row, secretNames),
  };
}

/** A component as a partial export writes it, below its provider type. */
export function exportedComponent(row: ComponentRow, realmId: string, box: SecretBox): Json {
  const { parentId: _, providerType: __, ...shown } = componentRepresentation(row, realmId, box);
  const { config, ...members } = shown;
  return { ...members, subComponents: row.representation["subComponents"] ?? {}, config };
}
