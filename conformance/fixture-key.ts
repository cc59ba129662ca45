import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Json } from "./client.ts";

interface KeyComponent {
  readonly providerId: string;
  readonly config: Readonly<Record<string, readonly string[]>>;
}

/** Signs claims as the realm of an exported fixture does, for tokens that only an insider or a long wait could make. */
export function signedByFixture(fixture: string, claims: Json, header: Json = {}): string {
  const text = readFileSync(fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url)), "utf8");
  const { components } = JSON.parse(text) as { readonly components: Readonly<Record<string, readonly KeyComponent[]>> };
  const key = components["org.keycloak.keys.KeyProvider"]?.find(({ providerId }) => providerId === "rsa-generated");
  const der = Buffer.from(key?.config["privateKey"]?.[0] ?? "", "base64");
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs1" });
  const kid = createHash("sha256")
    .update(createPublicKey(privateKey).export({ format: "der", type: "spki" }))
    .digest("base64url");
  const input = [{ alg: "RS256", typ: "JWT", kid, ...header }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${input}.${sign("sha256", Buffer.from(input), privateKey).toString("base64url")}`;
}
