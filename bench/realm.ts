import { readFileSync } from "node:fs";
import type { Algorithm } from "./crypto-work.ts";

type Json = Record<string, unknown>;

/** The realm of the talk as Keycloak exported it; a real Keycloak imports the same file. */
const FILE = new URL("../conformance/fixtures/keycloak-26.1.3/apixion-realm.json", import.meta.url);
export const REALM = "apixion";
export const FRONTEND = "frontend";
export const USER = "developer-123@apixion";
export const REQUESTER = "portal";
export const TARGET = "some-backend-service";

/** @param signed algorithm of the subject tokens @param target algorithm of the exchanged ones */
export function realmWith(signed: Algorithm, target: Algorithm): Json {
  const realm = JSON.parse(readFileSync(FILE, "utf8")) as Json & { readonly clients: readonly (Json & { attributes?: Json })[] };
  realm["defaultSignatureAlgorithm"] = signed;
  for (const client of realm.clients) {
    if (client["clientId"] === TARGET) client.attributes = { ...client.attributes, "access.token.signed.response.alg": target };
  }
  return realm;
}
