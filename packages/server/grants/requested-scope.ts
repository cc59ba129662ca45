import type { Client } from "@cambist/core/model.ts";
import { OAuthError } from "@cambist/core/refusals.ts";
import { parseScope } from "@cambist/core/token-request/scope.ts";

/**
 * The scope request of an ordinary grant: every word must be `openid` or a scope of the client.
 * @throws {OAuthError} grant_scope_invalid
 */
export function requestedScope(scope: string | undefined, client: Client): readonly string[] {
  if (scope === undefined) return [];
  const words = parseScope(scope);
  const known = new Set(["openid", ...[...client.defaultScopes, ...client.optionalScopes].map(({ name }) => name)]);
  if (!words || words.some((word) => !known.has(word))) throw new OAuthError("grant_scope_invalid", { scope: scope.slice(0, 512) });
  return words;
}
