import { constants, createPrivateKey, sign as signBytes } from "node:crypto";
import type { SigningKey } from "../keys/signing-key.ts";
import type { AttackToken } from "./attack-tokens.ts";

type Parts = readonly string[];

/** The token with another header algorithm and signature; both may be the old ones. */
const remade = ([head = "", body = ""]: Parts, algorithm: string | undefined, sign: (input: Buffer) => Buffer): string => {
  const header = JSON.parse(Buffer.from(head, "base64url").toString("utf8")) as Record<string, unknown>;
  const first = algorithm === undefined ? head : Buffer.from(JSON.stringify({ ...header, alg: algorithm })).toString("base64url");
  const input = `${first}.${body}`;
  return `${input}.${sign(Buffer.from(input, "latin1")).toString("base64url")}`;
};

/** PKCS#1 v1.5 and PSS in each other's place, and other digests, all by the right key (SEC-JOSE-10). */
export function rsaAttacks({ kind, privateKey, algorithm }: SigningKey, parts: Parts): AttackToken[] {
  if (kind.type !== "RSA" || !privateKey) return [];
  const key = createPrivateKey(privateKey.export({ type: "pkcs8", format: "pem" }));
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const pkcs1 = { key };
  const [own, swapped] = algorithm.startsWith("PS") ? [pss, pkcs1] : [pkcs1, pss];
  const swappedName = algorithm.startsWith("PS") ? algorithm.replace("PS", "RS") : algorithm.replace("RS", "PS");
  return [
    ["the other padding", remade(parts, undefined, (input) => signBytes("sha256", input, swapped))],
    ["the other padding under its own name", remade(parts, swappedName, (input) => signBytes("sha256", input, swapped))],
    ["the name of the other padding", remade(parts, swappedName, (input) => signBytes("sha256", input, own))],
    ["another digest", remade(parts, undefined, (input) => signBytes("sha512", input, own))],
    ["another digest under its own name", remade(parts, algorithm.replace("256", "512"), (input) => signBytes("sha512", input, own))],
    ["PSS without salt", remade(parts, undefined, (input) => signBytes("sha256", input, { ...pss, saltLength: 0 }))],
  ];
}

/** n, the order of P-256 (FIPS 186-4 D.1.2.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const bytes32 = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, "0"), "hex");
const number = (value: Buffer): bigint => BigInt(`0x${value.toString("hex")}`);

/** Values that lax verifiers take for any message, and other encodings of a right signature. High s is not among them: it is accepted. */
export function ecdsaAttacks({ kind, privateKey }: SigningKey, parts: Parts): AttackToken[] {
  if (kind.curve !== "P-256" || !privateKey) return [];
  const mark = Buffer.from(parts[2] ?? "", "base64url");
  const [r, s] = [mark.subarray(0, 32), mark.subarray(32)];
  const as = (...values: readonly (bigint | Buffer)[]): string =>
    remade(parts, undefined, () => Buffer.concat(values.map((value) => (typeof value === "bigint" ? bytes32(value) : value))));
  const beyond = (value: Buffer): Buffer => Buffer.from((number(value) + ORDER).toString(16).padStart(66, "0"), "hex");
  return [
    ["r and s zero", as(0n, 0n)],
    ["r zero", as(0n, s)],
    ["s zero", as(r, 0n)],
    ["r and s one", as(1n, 1n)],
    ["r the order", as(ORDER, s)],
    ["s the order", as(r, ORDER)],
    ["r zero and s one", as(0n, 1n)],
    ["r and s swapped", as(s, r)],
    ["r and s beyond the order", as(beyond(r), beyond(s))],
    ["DER", remade(parts, undefined, (input) => signBytes("sha256", input, privateKey))],
    ["zeros in front of r and s", as(Buffer.alloc(1), r, Buffer.alloc(1), s)],
    ["the name of another curve", remade(parts, "ES384", () => mark)],
  ];
}

/** The same signature with the other s. Accepted by choice: nothing is keyed by the text of a token (`docs/security/jose.md`). */
export function withHighS(token: string): string {
  const parts = token.split(".");
  const mark = Buffer.from(parts[2] ?? "", "base64url");
  const s = ORDER - number(mark.subarray(32));
  return `${parts[0]}.${parts[1]}.${Buffer.concat([mark.subarray(0, 32), bytes32(s)]).toString("base64url")}`;
}

/** l, the order of the base point of edwards25519 (RFC 8032 §5.1). */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
/** Points of order 1, 2, 4 and 8, and encodings of 1 and 0 that are not the shortest. */
const SMALL_POINTS = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

export function ed25519Attacks({ kind }: SigningKey, parts: Parts): AttackToken[] {
  if (kind.curve !== "Ed25519") return [];
  const mark = Buffer.from(parts[2] ?? "", "base64url");
  const s = number(Buffer.from(mark.subarray(32)).reverse());
  return [
    ...SMALL_POINTS.map((point, index): AttackToken => [
      `R of small order, ${index}`,
      remade(parts, undefined, () => Buffer.concat([Buffer.from(point, "hex"), Buffer.alloc(32)])),
    ]),
    ["S beyond the order", remade(parts, undefined, () => Buffer.concat([mark.subarray(0, 32), bytes32(s + L).reverse()]))],
    ["R and S swapped", remade(parts, undefined, () => Buffer.concat([mark.subarray(32), mark.subarray(0, 32)]))],
    ["the name Ed25519", remade(parts, "Ed25519", () => mark)],
  ];
}
