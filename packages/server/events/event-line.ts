import type { AuditRecord } from "@cambist/store/ports.ts";
import { escapeControls } from "./safe-text.ts";

/**
 * The message of Keycloak's event listener `jboss-logging` for a record, one line: the fixed fields, then the details in recorded order. White
 * space becomes a space and quotes are escaped, as there; backslashes and other control characters are escaped as well, so that no value can end
 * its quotes.
 * @see Keycloak 26: `type="…", realmId="…", realmName="…", clientId="…", userId="…"[, sessionId="…"], ipAddress="…"[, error="…"], details…`
 */
export function eventLine(record: AuditRecord): string {
  let line = `type="${record.type}", realmId=${quoted(record.realmId || undefined)}, realmName=${quoted(record.realmName || undefined)}`;
  line += `, clientId=${quoted(record.clientId)}, userId=${quoted(record.userId)}`;
  if (record.sessionId !== undefined) line += `, sessionId=${quoted(record.sessionId)}`;
  line += `, ipAddress=${quoted(record.ipAddress)}`;
  if (record.error !== undefined) line += `, error=${quoted(record.error)}`;
  for (const [name, value] of Object.entries(record.details)) line += `, ${name}=${quoted(value)}`;
  return line;
}

/** Keycloak prints an absent value as the word null in quotes. */
function quoted(value: string | undefined): string {
  return value === undefined ? '"null"' : `"${NEEDS_CARE.test(value) ? sanitised(value) : value}"`;
}

const NEEDS_CARE = /[^\w .:/@-]/;

function sanitised(value: string): string {
  return escapeControls(value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replace(/\s/g, " "));
}
