import { type Answer, decode, type Json } from "./client.ts";

/**
 * An answer with everything replaced that differs from run to run: times, ids, keys, the base URL, the order of lists that are sets. What
 * is left is what a client may rely on, and what the recordings hold.
 */
export interface NormalAnswer {
  readonly status: number;
  readonly cache?: string | null;
  readonly type?: string | null;
  /** `WWW-Authenticate`, where there is one. */
  readonly challenge?: string;
  readonly body: unknown;
}

export function normalAnswer({ status, headers, text, body }: Answer, baseUrl: string): NormalAnswer {
  const isJson = Object.keys(body).length > 0;
  // An introspection or userinfo answer holds claims; any other one may hold tokens.
  const members = "active" in body || "sub" in body ? normalClaims(body, baseUrl) : membersOf(body, baseUrl);
  const challenge = headers.get("www-authenticate");
  return inOrder({
    status,
    cache: headers.get("cache-control"),
    type: headers.get("content-type"),
    ...(challenge !== null && { challenge }),
    body: isJson ? members : text,
  }) as NormalAnswer;
}

const membersOf = (body: Json, baseUrl: string): Json =>
  Object.fromEntries(Object.entries(body).map(([name, value]) => [name, normalMember(name, value, baseUrl)]));

/** Claims of a token, or an introspection answer, which holds the same. */
export function normalClaims(claims: Json, baseUrl: string): Json {
  const issuedAt = Number(claims["iat"]);
  const normal = Object.entries(claims).map(([name, value]): readonly [string, unknown] => {
    if (IDS.has(name)) return [name, "<id>"];
    if (name === "iat" || name === "auth_time") return [name, "<time>"];
    if (name === "exp") return [name, `<iat+${Number(value) - issuedAt}>`];
    if (name === "at_hash") return [name, "<hash>"];
    return [name, normalValue(name, value, baseUrl)];
  });
  return inOrder(Object.fromEntries(normal)) as Json;
}

const IDS: ReadonlySet<string> = new Set(["jti", "sid", "session_state", "sub"]);
const SIGNED = /^ey[\w-]+\.[\w-]+\.[\w-]+$/;

function normalMember(name: string, value: unknown, baseUrl: string): unknown {
  if (typeof value === "string" && SIGNED.test(value)) {
    const { header, claims } = decode(value);
    return { header: { ...header, kid: "<kid>" }, claims: normalClaims(claims, baseUrl) };
  }
  return name === "session_state" ? "<id>" : normalValue(name, value, baseUrl);
}

function normalValue(name: string, value: unknown, baseUrl: string): unknown {
  if (typeof value !== "string") return value;
  return name === "scope" ? value.split(" ").toSorted().join(" ") : value.replace(baseUrl, "<base>");
}

/** Members by name, lists by content: neither order means anything here. */
export function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder).toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, inOrder(member)]));
}
