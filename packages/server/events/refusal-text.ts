import type { Dialect } from "@cambist/core/model.ts";
import type { EventDetails, RefusalRow } from "@cambist/core/refusals.ts";
import { MAX_DETAIL } from "./safe-text.ts";

const PLACEHOLDER = /\{(\w+)\}/g;
/** Longest value that a native text repeats. */
const MAX_SHOWN = 100;

/**
 * Fills the `{placeholders}` of a refusal's text; a value is never read as a template again. `native`: what comes from the request is cut and
 * reduced to printable ASCII without `"` and `\`, as `error_description` wants it. `keycloak`: as it is; the caller writes JSON.
 * @see RFC 6749 §5.2: `error_description` is %x20-21 / %x23-5B / %x5D-7E
 */
export function fillText(template: string, about: EventDetails, dialect: Dialect): string {
  if (!template.includes("{")) return template;
  return template.replace(PLACEHOLDER, (_whole, name: string) => {
    const value = Object.hasOwn(about, name) ? about[name] : undefined;
    if (dialect === "keycloak") return (value ?? "").slice(0, MAX_DETAIL);
    return value === undefined || value === "" ? "(none)" : printable(value);
  });
}

/** The event detail `reason` of a refusal: its own text, or Keycloak's description where the row says `same`. */
export function reasonOf(row: RefusalRow, about: EventDetails): string | undefined {
  const template = row.reason === "same" ? row.keycloak[2] : row.reason;
  return template === undefined ? undefined : fillText(template, about, "keycloak");
}

function printable(value: string): string {
  const shown = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}...` : value;
  return shown.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "?");
}
