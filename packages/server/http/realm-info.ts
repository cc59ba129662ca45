import type { LoadedRealm } from "../realms/compile-realm.ts";

/** Who a realm is and the key its tokens verify with, for adapters that know no discovery. @see Keycloak 26: `GET /realms/{realm}` */
export function realmInfo({ view, keys }: LoadedRealm, issuer: string): Readonly<Record<string, unknown>> {
  const { name, notBefore, defaultSignatureAlgorithm } = view.realm;
  const key = keys.active("RS256") ?? keys.active(defaultSignatureAlgorithm);
  const publicKey = key?.publicKey?.export({ format: "der", type: "spki" }).toString("base64");
  return {
    realm: name,
    ...(publicKey !== undefined && { public_key: publicKey }),
    "token-service": `${issuer}/protocol/openid-connect`,
    "account-service": `${issuer}/account`,
    "tokens-not-before": notBefore,
  };
}
