import { createHmac, generateKeyPairSync, type KeyObject, sign as signBytes } from "node:crypto";
import { createSigningKey, headerPart, sign, type SigningKey } from "../keys/signing-key.ts";
import { ecdsaAttacks, ed25519Attacks, rsaAttacks } from "./attack-signatures.ts";

type Json = Readonly<Record<string, unknown>>;
export type AttackToken = readonly [title: string, token: string];

/** `claims`: the realm itself could have signed it; what it says must not pass. `form`: nothing it says is ever looked at. */
export interface Attack {
  readonly title: string;
  readonly token: string;
  readonly stopsAt: "form" | "claims";
}

export interface AttackMaterial {
  /** A token that would be taken. */
  readonly good: string;
  /** Another one, of the same user. */
  readonly other: string;
  /** The key that signed them, with its private half or secret. */
  readonly key: SigningKey;
  /** A key of the same kind that belongs to somebody else: another realm, another client. */
  readonly foreignKey: SigningKey;
  /** A key pair of the realm where tokens of this kind are sealed with a secret, and the other way round. */
  readonly otherKey: SigningKey;
  /** Seconds. */
  readonly now: number;
  /** Claims that are new for each token that `key` signs, where a token works only once. */
  readonly fresh?: () => Json;
}

const encode = (value: string | Json): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value), "utf8").toString("base64url");
const decode = (part: string | undefined): Json => JSON.parse(Buffer.from(part ?? "", "base64url").toString("utf8")) as Json;

/**
 * Bad variants of a good token (H2): forged, rewritten, re-encoded, signed by the wrong key, or signed by the right key over claims that
 * must not pass. Every one of them has to be refused, all with one answer.
 */
export function attackTokens(material: AttackMaterial): readonly Attack[] {
  const { good, key } = material;
  const parts = good.split(".");
  const forged = [
    ...algorithmAttacks(material),
    ...signatureAttacks(material),
    ...keyAttacks(material),
    ...shapeAttacks(material),
    ...rsaAttacks(key, parts),
    ...ecdsaAttacks(key, parts),
    ...ed25519Attacks(key, parts),
  ];
  return [
    ...forged.map(([title, token]): Attack => ({ title, token, stopsAt: "form" })),
    ...claimAttacks(material).map(([title, token]): Attack => ({ title, token, stopsAt: "claims" })),
  ];
}

/** The same token made again with the same tools: whoever refuses it refuses the tools and not the attack. */
export function madeAgain({ key, good, fresh }: AttackMaterial): readonly string[] {
  const [head, body] = good.split(".");
  const claims = (): string => JSON.stringify({ ...decode(body), ...fresh?.() });
  return [sign(key, headerPart(key, "JWT"), claims()), signRaw(key, JSON.stringify(decode(head)), encode(claims()))];
}

/** Signs under a header of the attacker's own writing. */
export function signRaw(key: SigningKey, header: string, body: string): string {
  if (!key.signer) throw new Error("the key cannot sign");
  const input = `${encode(header)}.${body}`;
  return `${input}.${key.signer.sign(Buffer.from(input, "latin1")).toString("base64url")}`;
}

function algorithmAttacks({ good, key, otherKey }: AttackMaterial): AttackToken[] {
  const [head, body = "", mark = ""] = good.split(".");
  const header = decode(head);
  const unsigned = (change: Json, signature = mark): string => `${encode({ ...header, ...change })}.${body}.${signature}`;
  const hmac = (secret: string | Buffer): string => {
    // Under the kid of the key that is really an HMAC key, where there is one: only its bytes are wrong.
    const input = `${encode({ ...header, alg: key.kind.type === "oct" ? key.algorithm : "HS256" })}.${body}`;
    const digest = { HS384: "sha384", HS512: "sha512" }[key.algorithm] ?? "sha256";
    return `${input}.${createHmac(digest, secret).update(input).digest("base64url")}`;
  };
  const publicKey = key.publicKey ?? otherKey.publicKey;
  if (!publicKey) throw new Error("one of the keys has a public half");
  const pem = publicKey.export({ type: "spki", format: "pem" });
  const jwk = publicKey.export({ format: "jwk" });
  const names = ["none", "None", "nOnE", "NONE", "", ` ${key.algorithm}`, key.algorithm.toLowerCase()];
  const others = ["RS256", "RS512", "PS256", "ES256", "ES384", "EdDSA", "HS256", "HS512"].filter((alg) => alg !== key.algorithm);
  return [
    ...[...names, ...others].map((alg): AttackToken => [`alg ${JSON.stringify(alg)}`, unsigned({ alg })]),
    ["alg none without signature", unsigned({ alg: "none" }, "")],
    ["alg none without signature and kid", unsigned({ alg: "none", kid: undefined }, "")],
    ["alg null", unsigned({ alg: null })],
    ["alg as a list", unsigned({ alg: [key.algorithm] })],
    ["no alg", unsigned({ alg: undefined })],
    ["two alg members", signRaw(key, `{"alg":"none","alg":"${key.algorithm}","typ":"JWT","kid":${JSON.stringify(key.kid)}}`, body)],
    ["HMAC with the public key as PEM", hmac(pem)],
    ["HMAC with the public key as PEM and a space in front", hmac(` ${pem}`)],
    ["HMAC with the public key as PEM and a line break in front", hmac(`\n${pem}`)],
    ["HMAC with the public key as PEM, trimmed", hmac(pem.trim())],
    ["HMAC with the public key as DER", hmac(publicKey.export({ type: "spki", format: "der" }))],
    ["HMAC with the public key as JWK", hmac(JSON.stringify(jwk))],
    ["HMAC with the modulus or coordinate", hmac(Buffer.from(String(jwk.n ?? jwk.x), "base64url"))],
    ["HMAC with the kid", hmac(key.kid)],
    ["HMAC with nothing", hmac("")],
  ];
}

function signatureAttacks({ good, other, key, foreignKey, otherKey }: AttackMaterial): AttackToken[] {
  const [head = "", body = "", mark = ""] = good.split(".");
  const header = decode(head);
  const length = Buffer.from(mark, "base64url").length;
  return [
    ["no signature", `${head}.${body}.`],
    ["the signature of another token", `${head}.${body}.${other.split(".")[2]}`],
    ["the payload of another token", `${head}.${other.split(".")[1]}.${mark}`],
    ["a signature of zeros", `${head}.${body}.${Buffer.alloc(length).toString("base64url")}`],
    ["a signature of ones", `${head}.${body}.${Buffer.alloc(length, 0xff).toString("base64url")}`],
    ["a short signature", `${head}.${body}.${mark.slice(0, -4)}`],
    ["a long signature", `${head}.${body}.${mark}AAAA`],
    ["a changed first character", `${head}.${body}.${mark.startsWith("A") ? "B" : "A"}${mark.slice(1)}`],
    ["unused bits of the last character", `${good.slice(0, -1)}${nextCharacter(good.slice(-1))}`],
    ["somebody else's key", sign(foreignKey, headerPart(foreignKey, "JWT"), Buffer.from(body, "base64url").toString("utf8"))],
    ["somebody else's key under this kid", signRaw(foreignKey, JSON.stringify(header), body)],
    ["the realm's other sort of key under this kid", signRaw(otherKey, JSON.stringify({ ...header, alg: otherKey.algorithm }), body)],
    ["a claim changed under the old signature", `${head}.${encode({ ...decode(body), sub: "somebody" })}.${mark}`],
    ["a header changed under the old signature", `${encode({ ...header, typ: "at+jwt" })}.${body}.${mark}`],
    ["a header written otherwise under the old signature", `${encode(` ${JSON.stringify(header)}`)}.${body}.${mark}`],
    ["the algorithm of another key length", signRaw(longerKeyOf(key), JSON.stringify(header), body)],
  ];
}

/** A key of another size for the same header: ES256 from P-384, RS256 from 3072 bits, HS256 from other bytes. */
function longerKeyOf({ kind, kid }: SigningKey): SigningKey {
  if (kind.type === "EC") return createSigningKey({ algorithm: "ES384", kid, ...generateKeyPairSync("ec", { namedCurve: "P-384" }) });
  if (kind.type === "OKP") return createSigningKey({ algorithm: "EdDSA", kid, ...generateKeyPairSync("ed25519") });
  return createSigningKey({ algorithm: "RS256", kid, ...rsaPair(3072) });
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}
const rsaPairs = new Map<number, KeyPair>();
/** They take a while to make: one of each size does for all attackers. */
function rsaPair(modulusLength: number): KeyPair {
  const pair = rsaPairs.get(modulusLength) ?? generateKeyPairSync("rsa", { modulusLength });
  rsaPairs.set(modulusLength, pair);
  return pair;
}

function keyAttacks({ good, key, otherKey }: AttackMaterial): AttackToken[] {
  const [head, body = ""] = good.split(".");
  const header = decode(head);
  const withHeader = (change: Json): string => signRaw(key, JSON.stringify({ ...header, ...change }), body);
  const attacker = rsaPair(2048);
  const byAttacker = (change: Json): string => {
    const input = `${encode({ ...header, alg: "RS256", ...change })}.${body}`;
    return `${input}.${signBytes("sha256", Buffer.from(input), attacker.privateKey).toString("base64url")}`;
  };
  return [
    ["a key that nobody knows", byAttacker({})],
    ["a key that nobody knows under no kid", byAttacker({ kid: undefined })],
    ["no kid", withHeader({ kid: undefined })],
    ["an unknown kid", withHeader({ kid: "unknown" })],
    ["an empty kid", withHeader({ kid: "" })],
    ["a kid that is a number", withHeader({ kid: 1 })],
    ["a kid that is a path", withHeader({ kid: "../../../../dev/null" })],
    ["a kid that is SQL", withHeader({ kid: "x' or '1'='1" })],
    ["a kid that is a URL", withHeader({ kid: "https://evil.example/key" })],
    ["a kid that is a prototype's member", withHeader({ kid: "__proto__" })],
    ["a kid of 10 KB", withHeader({ kid: "k".repeat(10_240) })],
    ["a kid in another case", withHeader({ kid: swapCase(key.kid) })],
    ["the kid of the realm's other sort of key", withHeader({ kid: otherKey.kid })],
    ["its own key in the header", byAttacker({ jwk: attacker.publicKey.export({ format: "jwk" }) })],
    ["a place to fetch keys", byAttacker({ jku: "https://evil.example/jwks" })],
    ["a place to fetch a certificate", byAttacker({ x5u: "https://evil.example/cert" })],
    ["a certificate in the header", byAttacker({ x5c: ["MIIB"] })],
    ["a place to fetch keys, well signed", withHeader({ jku: "https://evil.example/jwks" })],
    ["crit that is understood", withHeader({ crit: ["exp"] })],
    ["crit that is not", withHeader({ crit: ["b64"], b64: false })],
    ["crit whose member is not there", withHeader({ crit: ["nowhere"] })],
    ["crit that is empty", withHeader({ crit: [] })],
    ["an unencoded payload", withHeader({ b64: false })],
    ["compression", withHeader({ zip: "DEF" })],
    ["encryption", withHeader({ enc: "A128CBC-HS256" })],
    ["a nested token", withHeader({ cty: "JWT" })],
    ["a member nobody knows", withHeader({ foo: "bar" })],
    ["the header typ of a proof", withHeader({ typ: "dpop+jwt" })],
    ["the header typ of a logout token", withHeader({ typ: "logout+jwt" })],
    ["the header typ a list", withHeader({ typ: ["JWT"] })],
  ];
}

function shapeAttacks({ good, key, now, fresh }: AttackMaterial): AttackToken[] {
  const [head = "", body = "", mark = ""] = good.split(".");
  const header = JSON.stringify(decode(head));
  const claims = decode(body);
  const raw = (): string => JSON.stringify({ ...claims, ...fresh?.() });
  const signed = (text: string): string => sign(key, headerPart(key, "JWT"), text);
  const member = (text: string): string => signed(`${raw().slice(0, -1)},${text}}`);
  return [
    ["nothing but a dot", "."],
    ["one part", head],
    ["two parts", `${head}.${body}`],
    ["four parts", `${good}.${mark}`],
    ["five parts", `${good}.${mark}.${mark}`],
    ["only dots", ".."],
    ["fifteen thousand dots", ".".repeat(15_000)],
    ["padding", `${good}=`],
    ["padding inside", `${head}=.${body}.${mark}`],
    ["a space in front", ` ${good}`],
    ["a space behind", `${good} `],
    ["a line break", `${good}\n`],
    ["a line break inside", `${head}.${body.slice(0, 20)}\n${body.slice(20)}.${mark}`],
    ["a NUL behind", `${good}\u0000`],
    ["a space inside", `${head}.${body.slice(0, 20)} ${body.slice(20)}.${mark}`],
    ["plain base64", `${head}.${body}.${mark.replaceAll("-", "+").replaceAll("_", "/")}+/`],
    ["quotes", `"${good}"`],
    ["the scheme in front", `Bearer ${good}`],
    ["JSON serialization", JSON.stringify({ payload: body, protected: head, signature: mark })],
    [
      "JSON serialization with another payload",
      JSON.stringify({ payload: encode({ ...claims, sub: "x" }), signatures: [{ protected: head, signature: mark }] }),
    ],
    ["longer than 16 KiB", signed(JSON.stringify({ ...claims, ...fresh?.(), padding: "x".repeat(16_384) }))],
    ["not UTF-8", signRaw(key, header, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]).toString("base64url"))],
    ["a byte order mark", signRaw(key, header, encode(`\ufeff${raw()}`))],
    ["a list in the place of claims", signed("[]")],
    ["a text in the place of claims", signed('"x"')],
    ["null in the place of claims", signed("null")],
    ["claims nested too deep", member(`"deep":${"[".repeat(100)}${"]".repeat(100)}`)],
    ["a claim twice", member(`"sub":"somebody","sub":"nobody"`)],
    ["a member __proto__", member('"__proto__":{"azp":"portal"}')],
    ["a member constructor", member('"constructor":{"prototype":{}}')],
    ["trailing text", signed(`${raw()} x`)],
    ["a number beyond all numbers", member('"weight":1e400')],
    ["a list in the place of the header", signRaw(key, "[]", body)],
    ["a header that is not JSON", signRaw(key, "alg=none", body)],
    ["a header nested too deep", signRaw(key, `${header.slice(0, -1)},"x":${"[".repeat(100)}${"]".repeat(100)}}`, body)],
    ["exp twice", signed(`{"exp":${now + 60},${raw().slice(1)}`)],
  ];
}

function claimAttacks({ good, key, otherKey, now, fresh }: AttackMaterial): AttackToken[] {
  const [head, body = ""] = good.split(".");
  const claims = decode(body);
  const write = (text: string): string => sign(key, headerPart(key, "JWT"), text);
  const signed = (change: Json): string => write(JSON.stringify({ ...claims, ...fresh?.(), ...change }));
  const without = (name: string): string => signed({ [name]: undefined });
  /** A number that JSON.stringify would not write. */
  const withNumber = (name: string, digits: string): string =>
    write(JSON.stringify({ ...claims, ...fresh?.(), [name]: "\u0000" }).replace('"\\u0000"', digits));
  const times = ["exp", "nbf", "iat"].flatMap((name): AttackToken[] => [
    [`${name} as text`, signed({ [name]: String(now) })],
    [`${name} null`, signed({ [name]: null })],
    [`${name} negative`, signed({ [name]: -1 })],
    [`${name} with a fraction`, signed({ [name]: now + 0.5 })],
    [`${name} a list`, signed({ [name]: [now] })],
    [`${name} beyond all numbers`, withNumber(name, "1e400")],
    [`${name} that is not a safe integer`, withNumber(name, "9007199254740993")],
  ]);
  const texts = ["iss", "sub", "jti", "azp", "sid", "typ"].flatMap((name): AttackToken[] => [
    [`${name} empty`, signed({ [name]: "" })],
    [`${name} a number`, signed({ [name]: 1 })],
    [`${name} a list`, signed({ [name]: [claims[name] ?? "x"] })],
    [`${name} null`, signed({ [name]: null })],
    [`${name} with a line break`, signed({ [name]: `${textOf(claims[name])}\n` })],
    [`${name} with a NUL`, signed({ [name]: `${textOf(claims[name])}\u0000` })],
    [`${name} of 2 KB`, signed({ [name]: "x".repeat(2048) })],
  ]);
  const iss = String(claims["iss"]);
  const kinds = [
    "ID",
    "Refresh",
    "Offline",
    "Bearer",
    "DPoP",
    "InitialAccessToken",
    "RegistrationAccessToken",
    "execute-actions",
    "verify-email",
    "ORGIVT",
  ];
  return [
    ...times,
    ...texts,
    ["no claims", write("{}")],
    [
      "the realm's other sort of key",
      signRaw(otherKey, JSON.stringify({ ...decode(head), alg: otherKey.algorithm, kid: otherKey.kid }), body),
    ],
    ...kinds.filter((typ) => typ !== claims["typ"]).map((typ): AttackToken => [`typ ${typ}`, signed({ typ })]),
    ["exp missing", without("exp")],
    ["exp past", signed({ exp: now - 1 })],
    ["exp this second", signed({ exp: now })],
    ["nbf ahead", signed({ nbf: now + 60 })],
    ["iat ahead", signed({ iat: now + 60 })],
    ["iat missing", without("iat")],
    ["iss missing", without("iss")],
    ["iss with a slash", signed({ iss: `${iss}/` })],
    ["iss in another case", signed({ iss: swapCase(iss) })],
    ["iss of another realm", signed({ iss: iss.replace(/[^/]*$/, "other") })],
    ["iss on another port", signed({ iss: `http://localhost:8081/${iss.split("/").slice(3).join("/")}` })],
    ["iss with another scheme", signed({ iss: `https:${iss.replace(/^http:/, "")}` })],
    ["iss with a query", signed({ iss: `${iss}?` })],
    ["aud missing", without("aud")],
    ["aud of another", signed({ aud: "https://other.example" })],
    ["aud a prefix", signed({ aud: String([claims["aud"]].flat()[0]).slice(0, -1) })],
    ["aud empty", signed({ aud: "" })],
    ["aud an empty list", signed({ aud: [] })],
    ["aud an object", signed({ aud: { 0: "portal" } })],
    ["aud with a number", signed({ aud: ["portal", 1] })],
    ["aud with an empty name", signed({ aud: ["portal", ""] })],
    ["aud of 101 names", signed({ aud: Array.from({ length: 101 }, (_, index) => `a${index}`) })],
    ["sub missing", without("sub")],
    ["sub of somebody else", signed({ sub: "somebody" })],
    ["jti missing", without("jti")],
    ["azp missing", without("azp")],
    ["azp unknown", signed({ azp: "nobody" })],
    ["azp of a client that is not in the session", signed({ azp: "kiosk" })],
    ["sid unknown", signed({ sid: "unknown" })],
    ["scope a list", signed({ scope: ["openid"] })],
    ...(claims["typ"] === undefined ? [] : [["typ missing", without("typ")] as const]),
    ["bound to a key", signed({ cnf: { jkt: "thumbprint" } })],
    ["bound to a certificate", signed({ cnf: { "x5t#S256": "thumbprint" } })],
  ];
}

const textOf = (claim: unknown): string => (typeof claim === "string" ? claim : "x");
const swapCase = (text: string): string =>
  [...text].map((letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase())).join("");

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** Signatures of 32, 64 and 256 bytes leave bits of their last character unused: the neighbour decodes to the same bytes. */
const nextCharacter = (character: string): string => ALPHABET.charAt(ALPHABET.indexOf(character) + 1);
