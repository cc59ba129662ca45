import { RecentMap } from "../remembered/recent-map.ts";
import { type JsonFault, type JsonObject, parseStrictJsonObject } from "./strict-json.ts";

/** Longest token read, in characters. */
export const MAX_TOKEN_LENGTH = 16_384;
/** Longest `kid`, in characters; keys with a longer one are refused when they are loaded. */
export const MAX_KID_LENGTH = 512;

/** What of a JOSE header is ever looked at. It only proposes: the key record decides (see `signing-key.ts`). */
export interface JwsHeader {
  readonly alg: string;
  readonly kid: string | undefined;
  readonly typ: string | undefined;
  readonly cty: string | undefined;
}

/** What a signature is checked over. Nothing in it is true before `verify` has said so. */
export interface CompactJws {
  readonly header: JwsHeader;
  /** The signed text: the first two segments with the dot. */
  readonly signingInput: string;
  readonly payloadBytes: Buffer;
  readonly signature: Buffer;
}

/** A token that is well formed. Nothing in it is true before `verify` has said so. */
export interface ParsedJws extends CompactJws {
  /** Claims without a prototype. */
  readonly payload: JsonObject;
}

/** Why a token is not well formed; for the audit record only (SEC-JOSE-16: one text for all on the wire). */
export type JwsFault =
  | "too_long"
  | "bad_shape"
  | "bad_encoding"
  | `header_${JsonFault}`
  | "header_critical"
  | "header_member_not_allowed"
  | "header_value"
  | `payload_${JsonFault}`;

/** Which header members may be there. */
export interface HeaderProfile {
  readonly understood: ReadonlySet<string>;
  /** True: other members are skipped, apart from those that change meaning or carry keys. */
  readonly skipsOthers: boolean;
}

/** Tokens of this server and assertions of its clients. */
export const STRICT_HEADER: HeaderProfile = { understood: new Set(["alg", "kid", "typ"]), skipsOthers: false };
/** The outer layer of a nested token (RFC 7519 §5.2). */
export const NESTED_HEADER: HeaderProfile = { understood: new Set(["alg", "kid", "typ", "cty"]), skipsOthers: false };
/** Tokens of outside identity providers, some of which add thumbprints (`x5t`) or a nonce. */
export const FOREIGN_HEADER: HeaderProfile = { understood: new Set(["alg", "kid", "typ", "cty"]), skipsOthers: true };

/** Members that bring a key, name a place to fetch one, or change how the rest is read. No profile lets them pass. */
const DANGEROUS_MEMBERS: ReadonlySet<string> = new Set(["jku", "jwk", "x5u", "x5c", "b64", "zip", "enc", "epk"]);

/** Three non-empty segments; no class contains the dot, so the match is linear. */
const SHAPE = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/**
 * The one way from token text to claims: strict where libraries are lenient, so that one token has one spelling and one meaning.
 * Never throws; a fault is returned as its name.
 * @see RFC 7515 §5.2, RFC 8725 §3; SEC-JOSE-01…03, 06
 */
export function parseJws(token: string, profile: HeaderProfile = STRICT_HEADER): ParsedJws | JwsFault {
  const compact = parseCompact(token, profile);
  if (typeof compact === "string") return compact;
  const { header, signingInput, payloadBytes, signature } = compact;
  const payload = parseStrictJsonObject(payloadBytes);
  if (typeof payload === "string") return `payload_${payload}`;
  return { header, signingInput, payloadBytes, signature, payload };
}

/** The layer below {@link parseJws}, for signed content that is not JSON: a nested token. Never throws. */
export function parseCompact(token: string, profile: HeaderProfile = STRICT_HEADER): CompactJws | JwsFault {
  if (token.length > MAX_TOKEN_LENGTH) return "too_long";
  if (!SHAPE.test(token)) return "bad_shape";
  const firstDot = token.indexOf(".");
  const secondDot = token.indexOf(".", firstDot + 1);
  const headerPart = token.slice(0, firstDot);
  const payloadPart = token.slice(firstDot + 1, secondDot);
  const signaturePart = token.slice(secondDot + 1);
  if (!isCanonicalBase64url(headerPart) || !isCanonicalBase64url(payloadPart) || !isCanonicalBase64url(signaturePart))
    return "bad_encoding";

  const header = headerOf(headerPart, profile);
  if (typeof header === "string") return header;
  return {
    header,
    signingInput: token.slice(0, secondDot),
    payloadBytes: Buffer.from(payloadPart, "base64url"),
    signature: Buffer.from(signaturePart, "base64url"),
  };
}

/**
 * Good headers of the strict profile by their text, which says all that is in them: there is one for each key and type. Whoever makes others
 * up has them read anew.
 */
const knownHeaders = new RecentMap<JwsHeader>(256);
/** Longer ones are not remembered. */
const MAX_KNOWN_HEADER = 512;

function headerOf(part: string, profile: HeaderProfile): JwsHeader | JwsFault {
  const known = profile === STRICT_HEADER ? knownHeaders.get(part) : undefined;
  if (known) return known;
  const members = parseStrictJsonObject(Buffer.from(part, "base64url"));
  if (typeof members === "string") return `header_${members}`;
  const header = readHeader(members, profile);
  if (profile === STRICT_HEADER && typeof header !== "string" && part.length <= MAX_KNOWN_HEADER) knownHeaders.set(part, header);
  return header;
}

function readHeader(members: JsonObject, profile: HeaderProfile): JwsHeader | JwsFault {
  for (const name in members) {
    if (profile.understood.has(name)) {
      if (!isHeaderText(members[name])) return "header_value";
    } else if (name === "crit") return "header_critical";
    else if (!profile.skipsOthers || DANGEROUS_MEMBERS.has(name)) return "header_member_not_allowed";
  }
  // The loop has checked that the understood members are strings.
  const { alg, kid, typ, cty } = members as { alg?: string; kid?: string; typ?: string; cty?: string };
  if (alg === undefined) return "header_value";
  return { alg, kid, typ, cty };
}

const isHeaderText = (value: unknown): value is string => typeof value === "string" && value.length <= MAX_KID_LENGTH && isCleanText(value);

// oxlint-disable-next-line no-control-regex -- they are what it looks for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

/** Not empty, without control characters and lone surrogates: what two databases and two languages read alike. */
export function isCleanText(value: string): boolean {
  return value.length > 0 && !CONTROL_CHARACTER.test(value) && value.isWellFormed();
}

/** The six bits of each base64url letter, by character code. */
const SIX_BITS = new Uint8Array(128);
for (const [bits, letter] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"].entries())
  SIX_BITS[letter.charCodeAt(0)] = bits;

/**
 * Whether text that consists of base64url letters re-encodes to itself: no lone last letter, unused trailing bits zero
 * (SEC-JOSE-02: otherwise a token has several spellings, and whatever is keyed by its text can be passed by).
 */
export function isCanonicalBase64url(letters: string): boolean {
  const rest = letters.length % 4;
  if (rest === 0) return true;
  if (rest === 1) return false;
  const lastBits = SIX_BITS[letters.charCodeAt(letters.length - 1)] ?? 0xff;
  return (lastBits & (rest === 2 ? 0b1111 : 0b11)) === 0;
}
