import type { EndpointCall } from "../http/endpoint-call.ts";
import type { SigningKey } from "../keys/signing-key.ts";

/**
 * The realm's active key for an algorithm: the client's wish, else the realm's default. A key that is not there yet is made at this first
 * asking (Keycloak's fallback keys), so that a client moves to another algorithm by one field.
 */
export async function signingKeyFor(call: EndpointCall, wanted: string | undefined): Promise<SigningKey> {
  const algorithm = wanted !== undefined && wanted !== "" ? wanted : call.realm.view.realm.defaultSignatureAlgorithm;
  return call.realm.keys.active(algorithm) ?? (await call.services.makeKey(call.realm, algorithm));
}
