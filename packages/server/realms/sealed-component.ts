import type { ComponentRow } from "@cambist/store/config-ports.ts";
import type { CompleteKeyComponent } from "../keys/generate.ts";
import { KEY_PROVIDER } from "../realm-template/components.ts";
import type { SecretBox } from "../secrets/secret-box.ts";
import { componentConfigPlace } from "../secrets/secret-places.ts";

/** Config entries of key providers that are secrets. */
const SECRET_ENTRIES: ReadonlySet<string> = new Set(["privateKey", "secret", "ecdsaPrivateKey", "eddsaPrivateKey"]);

/** A key component as a row: its secret entries sealed, the rest readable. */
export function sealedComponent(
  { id, name, providerId, subComponents, config }: CompleteKeyComponent,
  realmId: string,
  box: SecretBox,
): ComponentRow {
  const entries = Object.entries(config);
  const secret = Object.fromEntries(entries.filter(([entry]) => SECRET_ENTRIES.has(entry)));
  const open = Object.fromEntries(entries.filter(([entry]) => !SECRET_ENTRIES.has(entry)));
  return {
    id,
    providerType: KEY_PROVIDER,
    representation: { name, providerId, subComponents, config: open },
    sealedConfig: box.seal(JSON.stringify(secret), componentConfigPlace(realmId, id)),
  };
}
