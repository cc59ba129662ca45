import { malformed } from "../admin-error.ts";

/** Longest name or id, in characters. */
const MAX = 255;

/** A body that is one text: as JSON, or as it stands, as Keycloak takes it. @throws {AdminError} 400 empty, too long, or no text */
export function bareText(body: Buffer): string {
  const text = body.toString("utf8").trim();
  let value: unknown = text;
  if (text.startsWith('"')) {
    try {
      value = JSON.parse(text);
    } catch {
      throw malformed("invalid_request");
    }
  }
  if (typeof value !== "string" || value === "" || value.length > MAX) throw malformed();
  return value;
}
