import { isMasked, MASK } from "./masked.ts";
import type { SecretBox } from "./secret-box.ts";
import { holdsSecret } from "./secret-names.ts";
import { realmSecretPlace } from "./secret-places.ts";
import { isSealedText, openText, sealText } from "./sealed-text.ts";

/** Settings of a step, such as the key with which it asks reCAPTCHA. */
type Settings = Readonly<Record<string, string>>;

/** One place for all steps of a realm: a copied flow takes its settings along as they are stored. */
const placeOf = (realmId: string, name: string) => realmSecretPlace(realmId, `authenticatorConfig.${name}`);

/** Settings as they are stored. Asterisks stand for what is stored already. */
export function sealSettings(settings: Settings, realmId: string, box: SecretBox, before: Settings = {}): Settings {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) => {
      if (!holdsSecret(name) || value === "") return [[name, value]];
      if (!isMasked(value)) return [[name, sealText(box, value, placeOf(realmId, name))]];
      const stored = before[name];
      return stored === undefined ? [] : [[name, stored]];
    }),
  );
}

/** As those see them who may change the realm. */
export const openSettings = (settings: Settings, realmId: string, box: SecretBox): Settings =>
  mapSecrets(settings, (name, sealed) => openText(box, sealed, placeOf(realmId, name)));

export const maskedSettings = (settings: Settings): Settings => mapSecrets(settings, () => MASK);

const mapSecrets = (settings: Settings, shown: (name: string, sealed: string) => string): Settings =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, holdsSecret(name) && isSealedText(value) ? shown(name, value) : value]),
  );
