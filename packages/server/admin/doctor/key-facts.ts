import type { KeyFacts } from "@cambist/core/doctor/facts.ts";
import type { ComponentRow } from "@cambist/store/config-ports.ts";
import { readCertificate } from "../../keys/key-material.ts";
import { KEY_PROVIDER } from "../../realm-template/components.ts";

type Config = Readonly<Record<string, readonly string[]>>;

/** The RSA keys that sign, as their components and certificates tell; no secret is opened for it. */
export function keyFacts(components: readonly ComponentRow[]): readonly KeyFacts[] {
  const keys = components.flatMap((row): KeyFacts[] => {
    const { name, providerId, config = {} } = row.representation as { name?: string; providerId?: string; config?: Config };
    const setting = (entry: string): string | undefined => config[entry]?.[0];
    if (row.providerType !== KEY_PROVIDER || (providerId !== "rsa" && providerId !== "rsa-generated")) return [];
    if (setting("keyUse")?.toLowerCase() === "enc") return [];
    return [
      {
        id: row.id,
        name: name ?? row.id,
        algorithm: setting("algorithm") ?? "RS256",
        priority: Number(setting("priority") ?? "0"),
        active: isOn(setting("enabled")) && isOn(setting("active")),
        ...certificateFacts(setting("certificate")),
      },
    ];
  });
  const first = new Map<string, KeyFacts>();
  for (const key of keys.filter(({ active }) => active).toSorted((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1))) {
    if (!first.has(key.algorithm)) first.set(key.algorithm, key);
  }
  return keys.map((key) => ({ ...key, active: first.get(key.algorithm) === key }));
}

const isOn = (value: string | undefined): boolean => value === undefined || value.toLowerCase() === "true";

/** Nothing of a certificate that is missing or cannot be read: the key set reports that one. */
function certificateFacts(text: string | undefined): Pick<KeyFacts, "bits" | "notBefore" | "notAfter"> {
  if (!text) return {};
  try {
    const certificate = readCertificate(text);
    const bits = certificate.publicKey.asymmetricKeyDetails?.modulusLength;
    return {
      ...(bits !== undefined && { bits }),
      notBefore: Math.floor(certificate.validFromDate.getTime() / 1000),
      notAfter: Math.floor(certificate.validToDate.getTime() / 1000),
    };
  } catch {
    return {};
  }
}
