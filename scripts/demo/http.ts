import { createPublicKey, verify } from "node:crypto";

export type Json = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  readonly body: Json;
  /** Of the header `Cambist-Decision`: the id under which the audit log has this answer. */
  readonly decision: string;
  readonly milliseconds: number;
}

export interface Form {
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Client id and secret for HTTP Basic. */
  readonly basic?: readonly [clientId: string, secret: string];
}

/** One request to a token endpoint. */
export async function post(url: string, { fields, basic }: Form): Promise<Answer> {
  const started = performance.now();
  const reply = await fetch(url, {
    method: "POST",
    body: new URLSearchParams(fields.map(([name, value]) => [name, value])),
    ...(basic && { headers: { authorization: `Basic ${Buffer.from(basic.join(":")).toString("base64")}` } }),
  });
  const text = await reply.text();
  const milliseconds = performance.now() - started;
  return { status: reply.status, body: parseObject(text), decision: reply.headers.get("cambist-decision") ?? "", milliseconds };
}

/** The claims of a JWT, unverified. */
export function claimsOf(token: unknown): Json {
  const payload = typeof token === "string" ? (token.split(".")[1] ?? "") : "";
  return parseObject(Buffer.from(payload, "base64url").toString("utf8"));
}

/** Whether the realm's published keys (RFC 7517) verify an RS256 token. */
export async function isSignedByRealm(token: unknown, realmUrl: string): Promise<boolean> {
  if (typeof token !== "string") return false;
  const [header = "", payload = "", signature = ""] = token.split(".");
  const { kid, alg } = parseObject(Buffer.from(header, "base64url").toString("utf8"));
  const reply = await fetch(`${realmUrl}/protocol/openid-connect/certs`);
  if (!reply.ok || alg !== "RS256") return false;
  const { keys } = parseObject(await reply.text());
  const jwk = Array.isArray(keys) ? (keys as Json[]).find((key) => key["kid"] === kid) : undefined;
  if (!jwk) return false;
  const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
  return verify("sha256", Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, "base64url"));
}

function parseObject(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}
