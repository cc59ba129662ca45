import type { Client } from "@cambist/core/model.ts";
import type { TokenClaims } from "@cambist/protocol/claims.ts";
import { signingKeyFor } from "../grants/signing-key-for.ts";
import { ALGORITHMS } from "../keys/algorithms.ts";
import { headerPart, sign } from "../keys/signing-key.ts";
import type { EndpointCall } from "./endpoint-call.ts";

/** The algorithm a client wants its userinfo signed with; undefined: plain JSON. @see Keycloak 26: `user.info.response.signature.alg` */
export function signatureAlgorithm({ attributes }: Client): string | undefined {
  const wanted = attributes["user.info.response.signature.alg"];
  // Secret keys of the realm sign for the realm alone, so only public-key algorithms are offered.
  const row = wanted === undefined ? undefined : ALGORITHMS.get(wanted);
  return row && row.keyType !== "oct" ? wanted : undefined;
}

/** Userinfo as a JWT for the client (OpenID Connect Core §5.3.2). */
export async function signUserinfo(call: EndpointCall, client: Client, claims: TokenClaims, algorithm: string): Promise<string> {
  const key = await signingKeyFor(call, algorithm);
  return sign(key, headerPart(key, "JWT"), JSON.stringify({ ...claims, iss: call.issuer, aud: client.clientId }));
}
