import type { SigningKey } from "../keys/signing-key.ts";
import type { LoadedRealm } from "../realms/compile-realm.ts";
import type { Services } from "../services.ts";

/**
 * The realm's active key for an algorithm: the client's wish, else the realm's default. A key that is not there yet is made at this first
 * asking (Keycloak's fallback keys), so that a client moves to another algorithm by one field.
 */
export function signingKeyFor(
  { services, realm }: { readonly services: Pick<Services, "makeKey">; readonly realm: LoadedRealm },
  wanted: string | undefined,
): SigningKey | Promise<SigningKey> {
  const algorithm = wanted !== undefined && wanted !== "" ? wanted : realm.view.realm.defaultSignatureAlgorithm;
  return realm.keys.active(algorithm) ?? services.makeKey(realm, algorithm);
}
