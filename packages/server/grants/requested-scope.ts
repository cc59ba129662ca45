import { scopeWordsAreKnown } from "@cambist/core/claims/organization-scope.ts";
import type { Client, RealmView } from "@cambist/core/model.ts";
import { OAuthError } from "@cambist/core/refusals.ts";
import { parseScope } from "@cambist/core/token-request/scope.ts";

/**
 * The scope request of an ordinary grant: every word must be `openid`, a scope of the client or a word for one of its organizations.
 * @throws {OAuthError} grant_scope_invalid
 */
export function requestedScope(scope: string | undefined, client: Client, view: RealmView): readonly string[] {
  if (scope === undefined) return [];
  const words = parseScope(scope);
  if (!words || !scopeWordsAreKnown(view, client, words)) throw new OAuthError("grant_scope_invalid", { scope: scope.slice(0, 512) });
  return words;
}
