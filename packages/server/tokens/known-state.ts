import type { KnownState } from "@cambist/core/tokens/judge-token.ts";
import type { VerifyContext } from "./verify-access-token.ts";

/** The ids by which storage knows a token, and its user. */
export interface TokenIds {
  readonly jti?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly userId?: string | undefined;
}

/**
 * What the server knows about a token. One read; a second one for tokens of an exchange in `native`, which end with every token they come
 * from. Keycloak ends them with the client sessions it takes out of the session.
 */
export async function knownState(
  { realm, services: { state } }: Pick<VerifyContext, "realm" | "services">,
  ids: TokenIds,
): Promise<KnownState> {
  const { id, dialect } = realm.view.realm;
  const known = await state.tokenState(id, ids);
  const ancestors = dialect === "native" ? known.lineage?.ancestors : undefined;
  if (ancestors === undefined || !(await state.anyHasEnded(id, ancestors))) return known;
  return { ...known, ancestorEnded: true };
}
