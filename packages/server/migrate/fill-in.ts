import type { Json } from "@cambist/store/config-ports.ts";
import { MASK } from "../secrets/masked.ts";
import { KEY_PROVIDER } from "../realm-template/components.ts";
import { isJsonObject } from "../realms/json-object.ts";
import { COMPONENT_SECRETS } from "../secrets/secret-names.ts";

/**
 * What the admin API shows, with each masked text replaced by what stands at the same place of the export; a mask stays where that has nothing
 * there, or a mask itself.
 */
export function unmasked(shown: unknown, exported: unknown): unknown {
  if (shown === MASK) return typeof exported === "string" ? exported : shown;
  if (Array.isArray(shown)) return shown.map((one, index) => unmasked(one, Array.isArray(exported) ? exported[index] : undefined));
  if (!isJsonObject(shown)) return shown;
  return Object.fromEntries(
    Object.entries(shown).map(([name, value]) => [name, unmasked(value, isJsonObject(exported) ? exported[name] : undefined)]),
  );
}

/**
 * Components as the admin API shows them, with the settings it hides: keys and the passwords of stores.
 * @param missing is told of key providers whose key the export does not have
 */
export function completeComponents(byType: unknown, exported: ReadonlyMap<string, Json>, missing: (component: Json) => void): Json {
  if (!isJsonObject(byType)) return {};
  return Object.fromEntries(
    Object.entries(byType).map(([type, list]) => [
      type,
      (Array.isArray(list) ? list : []).filter(isJsonObject).map((shown) => {
        const known = exported.get(String(shown["id"]));
        const whole = unmasked(shown, known) as Json; // an object stays one
        const config = { ...hiddenConfig(type, known?.["config"]), ...(whole["config"] as Json | undefined) };
        const hasKey = Object.keys(config).some((name) => COMPONENT_SECRETS.includes(name));
        if (type === KEY_PROVIDER && !hasKey && String(shown["providerId"]).endsWith("-generated")) missing(shown);
        return { ...whole, config, subComponents: completeComponents(shown["subComponents"], exported, missing) };
      }),
    ]),
  );
}

/** Everything of a key belongs to it; of other components a setting that is gone at the server stays gone, unless it is a secret. */
function hiddenConfig(type: string, config: unknown): Json {
  if (!isJsonObject(config)) return {};
  return type === KEY_PROVIDER ? config : Object.fromEntries(Object.entries(config).filter(([name]) => COMPONENT_SECRETS.includes(name)));
}
