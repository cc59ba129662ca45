import { type OAuthError, refusalRow, type RefusalRow, type WireRefusal } from "@cambist/core/refusals.ts";
import type { Dialect } from "@cambist/core/model.ts";
import { fillText } from "../events/refusal-text.ts";

/** RFC 6749 §5.1: nothing of the token endpoint is kept by caches. */
export const NO_STORE = { "cache-control": "no-store", pragma: "no-cache" } as const;

/** Headers that Keycloak puts on every answer of a realm; the browser flow has its own. */
export const SECURITY_HEADERS = {
  "x-frame-options": "SAMEORIGIN",
  "x-content-type-options": "nosniff",
  "x-xss-protection": "1; mode=block",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
} as const;

export interface WireAnswer {
  readonly status: number;
  readonly body: { readonly error: string; readonly error_description?: string };
}

/** Refusals of the realm itself: their bodies are Keycloak's in both dialects, and only the header names the decision. */
const REALM_REFUSALS: ReadonlySet<string> = new Set(["https_required", "realm_disabled"]);

/** A refusal as its dialect says it. `native` names the decision, so that the caller can ask about it. */
export function wireAnswer(error: OAuthError, dialect: Dialect, decision: string | undefined): WireAnswer {
  const row: RefusalRow = refusalRow(error.refusal);
  const [status, code, text]: WireRefusal = row[dialect];
  if (text === undefined) return { status, body: { error: code } };
  const filled = fillText(text, error.about, dialect);
  const description =
    dialect === "native" && decision !== undefined && !REALM_REFUSALS.has(error.refusal)
      ? `${filled}${filled.endsWith(".") ? "" : "."} Decision ${decision}.`
      : filled;
  return { status, body: { error: code, error_description: description } };
}
