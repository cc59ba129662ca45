import type { EpochSeconds } from "../model.ts";
import type { KeyFacts, RealmFacts } from "./facts.ts";
import type { Found, Severity } from "./finding.ts";
import { changeRealm, realmObject, request } from "./fix.ts";

/** A key signs for a year, and is replaced a month before its certificate ends. */
const LONGEST_DAYS = 365;
const NOTICE_DAYS = 30;
const LEAST_RSA_BITS = 2048;
const DAY = 86_400;

/** The RSA keys that sign. */
export const keyRotation = (facts: RealmFacts): readonly Found[] =>
  facts.keys
    .filter(({ active, bits }) => active && bits !== undefined)
    .flatMap((key): Found[] => {
      const [severity, problem] = stateOf(key, facts.now) ?? [];
      if (severity === undefined || problem === undefined) return [];
      return [
        {
          severity,
          object: { type: "key", id: key.id, name: key.name },
          problem: `The key ${key.name} (${key.algorithm}) ${problem}.`,
          fix: request(
            facts,
            "POST",
            "/components",
            {
              name: `rsa-${date(facts.now)}`,
              providerId: "rsa-generated",
              providerType: "org.keycloak.keys.KeyProvider",
              parentId: facts.view.realm.id,
              config: {
                priority: [String(key.priority + 1)],
                enabled: ["true"],
                active: ["true"],
                algorithm: [key.algorithm],
                keySize: [String(Math.max(LEAST_RSA_BITS, key.bits ?? 0))],
              },
            },
            {
              says: "Make a new key of higher priority. The old one goes on verifying: switch it to passive, and delete it when its last token has ended.",
            },
          ),
        },
      ];
    });

function stateOf({ bits = 0, notBefore, notAfter }: KeyFacts, now: EpochSeconds): readonly [Severity, string] | undefined {
  if (bits < LEAST_RSA_BITS) return ["critical", `has ${bits} bits, too few since long`];
  if (notAfter !== undefined && notAfter <= now) return ["warning", `has a certificate that ended on ${date(notAfter)}`];
  if (notAfter !== undefined && notAfter < now + NOTICE_DAYS * DAY) return ["warning", `has a certificate that ends on ${date(notAfter)}`];
  if (notBefore !== undefined && notBefore < now - LONGEST_DAYS * DAY)
    return ["warning", `has been signing since ${date(notBefore)}, for more than a year`];
  return undefined;
}

const date = (time: EpochSeconds): string => new Date(time * 1000).toISOString().slice(0, 10);

/** RSA signatures cost most of an exchange. */
export const es256 = (facts: RealmFacts): readonly Found[] =>
  facts.view.realm.defaultSignatureAlgorithm === "RS256"
    ? [
        {
          severity: "hint",
          object: realmObject(facts),
          problem: "Tokens are signed with RS256. ES256 signs about three times as many per core, and they are shorter.",
          fix: changeRealm(
            facts,
            { defaultSignatureAlgorithm: "ES256" },
            {
              says: "Change the algorithm once every service accepts ES256; the key is made when first needed.",
            },
          ),
        },
      ]
    : [];
