import { generateKeyPairSync } from "node:crypto";
import { createSigningKey, headerPart, sign, type SigningKey, verify } from "@cambist/server/keys/signing-key.ts";
import { type CompactJws, parseCompact } from "@cambist/server/keys/jws.ts";

export type Algorithm = "RS256" | "ES256";

const KEYS: Readonly<Record<Algorithm, SigningKey>> = {
  RS256: createSigningKey({ algorithm: "RS256", ...generateKeyPairSync("rsa", { modulusLength: 2048 }) }),
  ES256: createSigningKey({ algorithm: "ES256", ...generateKeyPairSync("ec", { namedCurve: "P-256" }) }),
};
/** As long as the claims of an exchanged token. */
const CLAIMS = JSON.stringify({ text: "x".repeat(700) });

const tokenOf = (algorithm: Algorithm): CompactJws => {
  const parsed = parseCompact(sign(KEYS[algorithm], headerPart(KEYS[algorithm], "JWT"), CLAIMS));
  if (typeof parsed === "string") throw new Error(parsed);
  return parsed;
};

/** The cryptography that an exchange cannot do without. */
export interface CryptoWork {
  /** Algorithm of a token that is verified; absent: it was verified before. */
  readonly verified?: Algorithm;
  readonly signed: Algorithm;
}
export interface CryptoSpeed {
  readonly perSecond: number;
  /** CPU time, microseconds. */
  readonly micros: number;
}

/** Does it again and again on this thread. */
export function measureCrypto({ verified, signed }: CryptoWork, seconds: number): CryptoSpeed {
  const token = verified && tokenOf(verified);
  const part = headerPart(KEYS[signed], "JWT");
  const cpu = process.cpuUsage();
  const start = performance.now();
  let done = 0;
  while (performance.now() - start < seconds * 1000) {
    for (let turn = 0; turn < 20; turn += 1) {
      if (verified && token && !verify(KEYS[verified], token)) throw new Error("a good signature was refused");
      sign(KEYS[signed], part, CLAIMS);
    }
    done += 20;
  }
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: done / ((performance.now() - start) / 1000), micros: (user + system) / done };
}
