import { createHmac, createPrivateKey, generateKeyPairSync, sign as signBytes } from "node:crypto";
import { headerPart, sign, type SigningKey } from "../keys/signing-key.ts";

type Json = Readonly<Record<string, unknown>>;

export interface AttackMaterial {
  /** A token that would be taken. */
  readonly good: string;
  /** Another one, of the same user. */
  readonly other: string;
  /** The key that signed them. */
  readonly key: SigningKey;
  /** A key of another realm. */
  readonly foreignKey: SigningKey;
  /** The realm's key for refresh tokens. */
  readonly hmacKey: SigningKey;
  /** Seconds. */
  readonly now: number;
}

const encode = (value: string | Json): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value), "utf8").toString("base64url");
const decode = (part: string | undefined): Json => JSON.parse(Buffer.from(part ?? "", "base64url").toString("utf8")) as Json;

/**
 * Bad variants of a good token (H2): forged, rewritten, re-encoded, signed by the wrong key, or signed by the right key over claims that
 * must not pass. Every one of them has to be refused, all with one answer.
 */
export function attackTokens(material: AttackMaterial): readonly (readonly [title: string, token: string])[] {
  const { good, other, key, foreignKey, hmacKey, now } = material;
  const [head = "", body = "", mark = ""] = good.split(".");
  const header = decode(head);
  const claims = decode(body);
  const unsigned = (change: Json, signature = mark, payload = body): string =>
    `${encode({ ...header, ...change })}.${payload}.${signature}`;
  const signed = (change: Json | string): string =>
    sign(key, headerPart(key, "JWT"), typeof change === "string" ? change : JSON.stringify({ ...claims, ...change }));
  const withHeader = (change: Json | string): string =>
    signRaw(key, typeof change === "string" ? change : JSON.stringify({ ...header, ...change }), body);
  const hmac = (secret: string | Buffer, change: Json = {}): string => {
    const input = `${encode({ ...header, alg: "HS256", ...change })}.${body}`;
    return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
  };
  const pem = String(key.publicKey?.export({ type: "spki", format: "pem" }));
  const der = key.publicKey?.export({ type: "spki", format: "der" }) ?? Buffer.alloc(0);
  const jwk = key.publicKey?.export({ format: "jwk" }) ?? {};
  const attacker = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const byAttacker = (change: Json): string => {
    const input = `${encode({ ...header, ...change })}.${body}`;
    return `${input}.${signBytes("sha256", Buffer.from(input), attacker.privateKey).toString("base64url")}`;
  };
  const attackerJwk = attacker.publicKey.export({ format: "jwk" });
  const raw = JSON.stringify(claims);
  const member = (text: string): string => `${raw.slice(0, -1)},${text}}`;
  const without = (name: string): Json => Object.fromEntries(Object.entries(claims).filter(([claim]) => claim !== name));
  const only = (rest: Json): string => sign(key, headerPart(key, "JWT"), JSON.stringify(rest));

  return [
    // Algorithms.
    ...["none", "None", "nOnE", "NONE", "", " RS256", "rs256", "RS512", "PS256", "ES256", "EdDSA"].map((alg): readonly [string, string] => [
      `alg ${JSON.stringify(alg)}`,
      unsigned({ alg }),
    ]),
    ["alg none without signature", `${encode({ ...header, alg: "none" })}.${body}.`],
    ["alg null", unsigned({ alg: null })],
    ["alg as a list", unsigned({ alg: ["RS256"] })],
    ["no alg", unsigned({ alg: undefined })],
    ["two alg members", withHeader(`{"alg":"none","alg":"RS256","typ":"JWT","kid":${JSON.stringify(key.kid)}}`)],
    ["HMAC with the public key as PEM", hmac(pem)],
    ["HMAC with the public key as PEM and a space", hmac(` ${pem}`)],
    ["HMAC with the public key as PEM, trimmed", hmac(pem.trim())],
    ["HMAC with the public key as DER", hmac(der)],
    ["HMAC with the public key as JWK", hmac(JSON.stringify(jwk))],
    ["HMAC with the modulus", hmac(Buffer.from(String(jwk["n"]), "base64url"))],
    ["HMAC with nothing", hmac("")],
    ["HMAC with the realm's own key for refresh tokens", sign(hmacKey, headerPart(hmacKey, "JWT"), raw)],
    // Signatures.
    ["no signature", `${head}.${body}.`],
    ["the signature of another token", `${head}.${body}.${other.split(".")[2]}`],
    ["the payload of another token", `${head}.${other.split(".")[1]}.${mark}`],
    ["a signature of zeros", `${head}.${body}.${Buffer.alloc(256).toString("base64url")}`],
    ["a short signature", `${head}.${body}.${mark.slice(0, -4)}`],
    ["a long signature", `${head}.${body}.${mark}AAAA`],
    ["a changed first character", `${head}.${body}.${mark.startsWith("A") ? "B" : "A"}${mark.slice(1)}`],
    ["unused bits of the last character", `${good.slice(0, -1)}${nextCharacter(good.slice(-1))}`],
    ["a key of another realm", sign(foreignKey, headerPart(foreignKey, "JWT"), raw)],
    ["a key of another realm under this realm's kid", signRaw(foreignKey, JSON.stringify(header), body)],
    ["a key that nobody knows", byAttacker({})],
    // Key selection.
    ["no kid", unsigned({ kid: undefined })],
    ["an unknown kid", withHeader({ kid: "unknown" })],
    ["an empty kid", withHeader({ kid: "" })],
    ["a kid that is a number", withHeader({ kid: 1 })],
    ["a kid that is a path", withHeader({ kid: "../../../../dev/null" })],
    ["a kid that is SQL", withHeader({ kid: "x' or '1'='1" })],
    ["a kid that is a URL", withHeader({ kid: "https://evil.example/key" })],
    ["a kid of 10 KB", withHeader({ kid: "k".repeat(10_240) })],
    ["the kid of the refresh key", withHeader({ kid: hmacKey.kid })],
    ["its own key in the header", byAttacker({ jwk: attackerJwk })],
    ["a place to fetch keys", byAttacker({ jku: "https://evil.example/jwks" })],
    ["a place to fetch a certificate", byAttacker({ x5u: "https://evil.example/cert" })],
    ["a certificate in the header", byAttacker({ x5c: ["MIIB"] })],
    ["crit that is understood", withHeader({ crit: ["exp"] })],
    ["crit that is not", withHeader({ crit: ["b64"], b64: false })],
    ["an unencoded payload", withHeader({ b64: false })],
    ["compression", withHeader({ zip: "DEF" })],
    ["a member nobody knows", withHeader({ foo: "bar" })],
    // Shape and encoding.
    ["one part", head],
    ["two parts", `${head}.${body}`],
    ["four parts", `${good}.${mark}`],
    ["five parts", `${good}.${mark}.${mark}`],
    ["only dots", ".."],
    ["a hundred thousand dots", ".".repeat(10_000)],
    ["padding", `${good}=`],
    ["padding inside", `${head}=.${body}.${mark}`],
    ["a space in front", ` ${good}`],
    ["a space behind", `${good} `],
    ["a line break", `${good}\n`],
    ["a line break inside", `${head}.${body.slice(0, 20)}\n${body.slice(20)}.${mark}`],
    ["plain base64", `${head}.${body}.${mark.replaceAll("-", "+").replaceAll("_", "/")}+/`],
    ["quotes", `"${good}"`],
    ["the scheme in front", `Bearer ${good}`],
    ["JSON serialization", JSON.stringify({ payload: body, protected: head, signature: mark })],
    [
      "JSON serialization with another payload",
      JSON.stringify({ payload: encode({ ...claims, sub: "x" }), signatures: [{ protected: head, signature: mark }] }),
    ],
    ["longer than 16 KiB", signed({ padding: "x".repeat(16_384) })],
    ["not UTF-8", signRaw(key, JSON.stringify(header), Buffer.from([0x7b, 0xff, 0xfe, 0x7d]).toString("base64url"))],
    ["a byte order mark", signRaw(key, JSON.stringify(header), encode(`\ufeff${raw}`))],
    ["a list in the place of claims", signed("[]")],
    ["a text in the place of claims", signed('"x"')],
    ["null in the place of claims", signed("null")],
    ["no claims", signed("{}")],
    ["claims nested too deep", signed(member(`"deep":${"[".repeat(100)}${"]".repeat(100)}`))],
    ["a claim twice", signed(member('"sub":"somebody"'))],
    ["__proto__", signed(member('"__proto__":{"azp":"portal"}'))],
    ["constructor", signed(member('"constructor":{"prototype":{}}'))],
    ["trailing text", signed(`${raw} x`)],
    // Times.
    ["exp missing", only(without("exp"))],
    ["exp past", signed({ exp: now - 1 })],
    ["exp this second", signed({ exp: now })],
    ["exp as text", signed({ exp: String(now + 60) })],
    ["exp null", signed({ exp: null })],
    ["exp negative", signed({ exp: -1 })],
    ["exp with a fraction", signed({ exp: now + 60.5 })],
    ["exp beyond all numbers", signed(raw.replace(/"exp":\d+/, '"exp":1e400'))],
    ["exp that is not a safe integer", signed(raw.replace(/"exp":\d+/, '"exp":9007199254740993'))],
    ["nbf ahead", signed({ nbf: now + 60 })],
    ["iat ahead", signed({ iat: now + 60 })],
    ["iat missing", only(without("iat"))],
    ["iat before everything", signed({ iat: -1 })],
    // Claims.
    ["iss missing", only(without("iss"))],
    ["iss with a slash", signed({ iss: `${String(claims["iss"])}/` })],
    ["iss in another case", signed({ iss: String(claims["iss"]).toUpperCase() })],
    ["iss of another realm", signed({ iss: String(claims["iss"]).replace(/[^/]*$/, "other") })],
    ["iss on another port", signed({ iss: String(claims["iss"]).replace("8080", "8081") })],
    ["iss as a list", signed({ iss: [claims["iss"]] })],
    ["aud empty", signed({ aud: "" })],
    ["aud an empty list", signed({ aud: [] })],
    ["aud an object", signed({ aud: { 0: "portal" } })],
    ["aud with a number", signed({ aud: ["portal", 1] })],
    ["aud of 101 names", signed({ aud: Array.from({ length: 101 }, (_, index) => `a${index}`) })],
    ["sub empty", signed({ sub: "" })],
    ["sub a number", signed({ sub: 1 })],
    ["sub a list", signed({ sub: [claims["sub"]] })],
    ["sub of somebody else", signed({ sub: "somebody" })],
    ["jti missing", only(without("jti"))],
    ["jti empty", signed({ jti: "" })],
    ["azp missing", only(without("azp"))],
    ["azp unknown", signed({ azp: "nobody" })],
    ["azp a list", signed({ azp: ["frontend"] })],
    ["azp of a client that is not in the session", signed({ azp: "kiosk" })],
    ["sid unknown", signed({ sid: "unknown" })],
    ["sid a number", signed({ sid: 1 })],
    ["scope a list", signed({ scope: ["openid"] })],
    ["typ ID", signed({ typ: "ID" })],
    ["typ Refresh", signed({ typ: "Refresh" })],
    ["typ Offline", signed({ typ: "Offline" })],
    ["typ DPoP", signed({ typ: "DPoP" })],
    ["typ missing", only(without("typ"))],
    ["bound to a key", signed({ cnf: { jkt: "thumbprint" } })],
    ["bound to a certificate", signed({ cnf: { "x5t#S256": "thumbprint" } })],
  ];
}

/** Signs under a header of the attacker's own writing. */
export function signRaw(key: SigningKey, header: string, body: string): string {
  if (!key.privateKey) throw new Error("the key cannot sign");
  const input = `${encode(header)}.${body}`;
  return `${input}.${signBytes("sha256", Buffer.from(input, "latin1"), createPrivateKey(key.privateKey.export({ type: "pkcs8", format: "pem" }))).toString("base64url")}`;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** A 256-byte signature leaves two bits of its last character unused: the neighbour decodes to the same bytes. */
const nextCharacter = (character: string): string => ALPHABET.charAt(ALPHABET.indexOf(character) + 1);
