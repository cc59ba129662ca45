import type { ComponentRow } from "@cambist/store/config-ports.ts";
import type { CompleteKeyComponent } from "../keys/generate.ts";
import { KEY_PROVIDER } from "../realm-template/components.ts";
import type { SecretBox } from "../secrets/secret-box.ts";
import { componentConfigPlace } from "../secrets/secret-places.ts";
import { COMPONENT_SECRETS } from "../secrets/secret-names.ts";

/** A key component as a row: its secret entries sealed, the rest readable. */
export function sealedComponent(
  { id, name, providerId, subComponents, config }: CompleteKeyComponent,
  realmId: string,
  box: SecretBox,
): ComponentRow {
  const entries = Object.entries(config);
  const secret = Object.fromEntries(entries.filter(([entry]) => COMPONENT_SECRETS.includes(entry)));
  const open = Object.fromEntries(entries.filter(([entry]) => !COMPONENT_SECRETS.includes(entry)));
  return {
    id,
    providerType: KEY_PROVIDER,
    representation: { name, providerId, subComponents, config: open },
    sealedConfig: box.seal(JSON.stringify(secret), componentConfigPlace(realmId, id)),
  };
}
