import type { IdentityProviderRow } from "@cambist/store/config-ports.ts";
import { isMasked } from "../../secrets/masked.ts";
import { providerSecretPlace } from "../../secrets/secret-places.ts";
import type { AdminCall } from "../admin-call.ts";
import { invalid } from "../admin-error.ts";
import { isEndpoint } from "./provider-urls.ts";
import { configOf } from "./representation.ts";

/** What decides, beside the endpoints, who gets to see the secret, and in what form. */
const DECIDES = new Set(["issuer", "clientId", "clientAuthMethod", "clientAssertionSigningAlg", "clientAssertionAudience", "tenantId"]);

/**
 * The secret to store with a provider. Asterisks stand for the one that is stored, but only while it goes where it went before: otherwise
 * whoever may write a provider could have its secret sent to themselves (SEC-ADM-08).
 * @param before the stored provider; undefined for a new one
 * @throws {AdminError} 400 a masked secret with nothing behind it, or for another issuer, endpoint, client or method
 */
export function sealedSecret(
  { secrets, realm }: Pick<AdminCall, "secrets" | "realm">,
  secret: string | undefined,
  provider: Pick<IdentityProviderRow, "internalId" | "representation">,
  before: IdentityProviderRow | undefined,
): Pick<IdentityProviderRow, "sealedSecret"> {
  if (secret === undefined || secret === "") return {};
  if (!isMasked(secret)) return { sealedSecret: secrets.seal(secret, providerSecretPlace(realm.id, provider.internalId)) };
  if (before?.sealedSecret === undefined) throw invalid("The client secret is masked and there is none to keep; send it in full");
  const moved = movedBetween(before, provider);
  if (moved !== undefined) throw invalid(`With another ${moved} the client secret has to be sent in full`);
  return { sealedSecret: before.sealedSecret };
}

/** The first thing that would send the secret somewhere else. */
function movedBetween(
  before: Pick<IdentityProviderRow, "representation">,
  after: Pick<IdentityProviderRow, "representation">,
): string | undefined {
  if (before.representation["providerId"] !== after.representation["providerId"]) return "providerId";
  const [was, is] = [configOf(before), configOf(after)];
  const keys = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...keys].find((key) => (DECIDES.has(key) || isEndpoint(key)) && (was[key] ?? "") !== (is[key] ?? ""));
}
