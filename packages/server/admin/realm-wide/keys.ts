import type { SigningKey } from "../../keys/signing-key.ts";
import { type AdminAnswer, type AdminCall, ok } from "../admin-call.ts";
import { notFound } from "../admin-error.ts";

/** `GET A/keys`: every key of the realm without its secret half, and which of them is used for what. */
export async function readKeys({ services, realm }: AdminCall): Promise<AdminAnswer> {
  const loaded = await services.realms.get(realm.name);
  if (!loaded) throw notFound("Realm not found.");
  const { keys } = loaded.keys;
  const active: Record<string, string> = {};
  for (const { algorithm, use } of keys) {
    const key = loaded.keys.active(algorithm, use);
    if (key) active[algorithm] ??= key.kid;
  }
  return ok({ active, keys: keys.map(keyMetadata) });
}

const TYPES = { RSA: "RSA", EC: "EC", OKP: "OKP", oct: "OCT" } as const;

function keyMetadata({ providerId, priority, kid, status, kind, algorithm, publicKey, certificate, use }: SigningKey) {
  return {
    providerId,
    providerPriority: priority,
    kid,
    status: status.toUpperCase(),
    type: TYPES[kind.type],
    algorithm,
    ...(publicKey && { publicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64") }),
    ...(certificate && { certificate: certificate.raw.toString("base64"), validTo: certificate.validToDate.getTime() }),
    use: use.toUpperCase(),
  };
}
