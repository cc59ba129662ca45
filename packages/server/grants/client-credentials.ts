import { applyClientScopes } from "@cambist/core/claims/client-scopes.ts";
import { OFFLINE_ACCESS } from "@cambist/core/claims/offline-access.ts";
import type { UserSession } from "@cambist/core/model.ts";
import { OAuthError } from "@cambist/core/refusals.ts";
import { GRANT_TYPE } from "@cambist/protocol/grant-types.ts";
import type { Grant } from "./grant.ts";
import { beginSession, issueLogin } from "./issue-login.ts";
import { requestedScope } from "./requested-scope.ts";

const NONE: ReadonlySet<string> = new Set();

/** Client credentials (RFC 6749 §4.4): a token of the client's service account, without a session unless the client wants refresh tokens. */
export const clientCredentials: Grant = {
  grantType: GRANT_TYPE.clientCredentials,
  event: "CLIENT_LOGIN",
  enabled: () => true,
  repeatable: NONE,
  async issue(call) {
    const { client, realm, services } = call;
    if (client.publicClient) throw new OAuthError("service_account_public");
    if (!client.serviceAccountsEnabled) throw new OAuthError("service_account_disabled");
    const user = await services.state.findServiceAccount(realm.view.realm.id, client.id);
    if (!user?.enabled) throw new OAuthError("service_account_disabled");
    call.userId = user.id;
    call.details["username"] = user.username;
    const requested = requestedScope(call.form.get("scope"), client, realm.view).filter((word) => word !== OFFLINE_ACCESS);
    const roles = realm.view.effectiveRoles(user);
    const applied = applyClientScopes({ view: realm.view, client, requested, effectiveRoles: roles });
    const notes = { client_id: client.clientId, clientHost: call.caller.ipAddress, clientAddress: call.caller.ipAddress };
    const now = Math.floor(call.now / 1000);
    const withRefreshToken = client.attributes["client_credentials.use_refresh_token"] === "true";
    const session: UserSession | undefined = withRefreshToken
      ? {
          id: services.newId(),
          userId: user.id,
          offline: false,
          rememberMe: false,
          started: now,
          lastRefresh: now,
          authMethod: "client_credentials",
          ipAddress: call.caller.ipAddress,
          notes,
        }
      : undefined;
    // Keycloak's sign-in has a session that ends with the answer, and its event names it.
    if (realm.view.realm.dialect === "keycloak") call.sessionId = services.newId();
    const begun = session && beginSession(call, session, applied.fullText);
    return issueLogin(call, {
      user,
      roles,
      applied,
      session,
      clientSession: begun?.clientSession,
      notes,
      withRefreshToken,
      commands: begun?.commands ?? [],
    });
  },
};
