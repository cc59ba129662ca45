import { afterFailure, isLocked } from "@cambist/core/brute-force/login-failures.ts";
import { applyClientScopes } from "@cambist/core/claims/client-scopes.ts";
import { mayHaveOfflineAccess, OFFLINE_ACCESS } from "@cambist/core/claims/offline-access.ts";
import type { User, UserSession } from "@cambist/core/model.ts";
import { OAuthError } from "@cambist/core/refusals.ts";
import { GRANT_TYPE } from "@cambist/protocol/grant-types.ts";
import type { Command } from "@cambist/store/ports.ts";
import type { Grant, GrantCall } from "./grant.ts";
import { mustCompleteProfile } from "../user-profile/verify-profile.ts";
import { upgradePassword } from "../passwords/upgrade-password.ts";
import { beginSession, issueLogin } from "./issue-login.ts";
import { requestedScope } from "./requested-scope.ts";

const NONE: ReadonlySet<string> = new Set();
/** Longest password that is looked at, in bytes. */
const MAX_PASSWORD = 1024;

/** Resource owner password credentials (RFC 6749 §4.3), for clients with direct access grants. */
export const password: Grant = {
  grantType: GRANT_TYPE.password,
  event: "LOGIN",
  enabled: () => true,
  repeatable: NONE,
  async issue(call) {
    const { client, realm, services } = call;
    call.details["auth_method"] = "oauth_credentials";
    if (!client.directAccessGrantsEnabled) throw new OAuthError("direct_access_disabled");
    if (client.consentRequired) throw new OAuthError("consent_required");
    const requested = requestedScope(call.form.get("scope"), client, realm.view);
    call.details["auth_method"] = "openid-connect";
    const { user, commands } = await signIn(call);

    const roles = realm.view.effectiveRoles(user);
    const asksOffline = requested.includes(OFFLINE_ACCESS) || client.defaultScopes.some(({ name }) => name === OFFLINE_ACCESS);
    if (asksOffline && !mayHaveOfflineAccess(realm.view, roles)) throw new OAuthError("grant_offline");
    const applied = applyClientScopes({ view: realm.view, client, requested, effectiveRoles: roles, member: user });
    const now = Math.floor(call.now / 1000);
    const online: UserSession = {
      id: services.newId(),
      userId: user.id,
      offline: false,
      rememberMe: false,
      started: now,
      lastRefresh: now,
      authMethod: "openid-connect",
      ipAddress: call.caller.ipAddress,
      notes: {},
    };
    const begun = beginSession(call, online, applied.fullText);
    const wantsOffline = applied.scopes.some(({ name }) => name === OFFLINE_ACCESS);
    const offline: UserSession = { ...online, offline: true };
    const begunOffline = wantsOffline ? beginSession(call, offline, applied.fullText) : undefined;
    return issueLogin(call, {
      user,
      roles,
      applied,
      session: wantsOffline ? offline : online,
      clientSession: begunOffline?.clientSession ?? begun.clientSession,
      withRefreshToken: client.attributes["use.refresh.tokens"] !== "false",
      commands: [...commands, ...begun.commands, ...(begunOffline?.commands ?? [])],
    });
  },
};

/**
 * Finds the user and checks the password. Unknown users, locked ones and wrong passwords cost the same time and, in `native`, read the
 * same as disabled ones (SEC-EP-18).
 */
async function signIn(call: GrantCall): Promise<{ readonly user: User; readonly commands: readonly Command[] }> {
  const { realm, services, form } = call;
  const settings = realm.view.realm;
  const username = form.get("username");
  if (username === undefined || username === "") throw new OAuthError("username_missing");
  call.details["username"] = username.slice(0, 255);
  const secret = form.get("password") ?? "";
  const user = await findUser(call, username);
  if (!user || user.serviceAccountClientId !== undefined || Buffer.byteLength(secret) > MAX_PASSWORD) {
    await services.passwords.dummyVerify(secret.slice(0, MAX_PASSWORD), realm.hashPolicy);
    throw new OAuthError("user_unknown");
  }
  call.userId = user.id;
  if (!user.enabled) {
    await services.passwords.dummyVerify(secret, realm.hashPolicy);
    throw new OAuthError("user_disabled");
  }
  const failures = settings.bruteForce.enabled ? await services.state.loginFailures(settings.id, user.id) : undefined;
  if (isLocked(failures, Math.floor(call.now / 1000))) {
    await services.passwords.dummyVerify(secret, realm.hashPolicy);
    throw new OAuthError("user_locked");
  }
  const matches = await passwordMatches(call, user, secret);
  if (settings.bruteForce.enabled) await countAttempt(call, user, matches);
  if (!matches) throw new OAuthError("password_wrong");
  if (user.requiredActions.length > 0) throw new OAuthError("user_action_required");
  if (settings.dialect === "keycloak" && (await mustCompleteProfile(services.admin, settings, user)))
    throw new OAuthError("user_action_required");
  return { user, commands: failures ? [{ do: "clearLoginFailures", realmId: settings.id, userId: user.id }] : [] };
}

/** By e-mail first when the realm allows it and the name looks like one, then by username. @see Keycloak 26: direct grant, validate username */
async function findUser({ realm, services }: GrantCall, username: string): Promise<User | undefined> {
  if (username.length > 255) return undefined;
  const { id, loginWithEmailAllowed } = realm.view.realm;
  const byEmail = loginWithEmailAllowed && username.includes("@") ? await services.state.findUserByEmail(id, username) : undefined;
  return byEmail ?? services.state.findUserByUsername(id, username);
}

async function passwordMatches({ realm, services }: GrantCall, user: User, secret: string): Promise<boolean> {
  const [credential] = await services.state.passwordCredentials(realm.view.realm.id, user.id);
  if (!credential || secret === "") {
    await services.passwords.dummyVerify(secret, realm.hashPolicy);
    return false;
  }
  const matches = await services.passwords.verify(credential, secret);
  if (matches) upgradePassword(services, realm, credential, secret);
  return matches;
}

/**
 * Judges the attempt by what other attempts have done while its password was hashed: many sent at once are worth no more guesses than many
 * in a row, and once the user is locked or disabled not even the right password gets in. Counts a failure.
 * @throws {OAuthError} user_locked, user_disabled
 */
async function countAttempt({ realm, services, caller, now }: GrantCall, { id: userId }: User, matches: boolean): Promise<void> {
  const { id: realmId, bruteForce } = realm.view.realm;
  for (;;) {
    const [seen, user] = await Promise.all([services.state.loginFailures(realmId, userId), services.state.findUserById(realmId, userId)]);
    if (!user?.enabled) throw new OAuthError("user_disabled");
    if (isLocked(seen, Math.floor(now / 1000))) throw new OAuthError("user_locked");
    if (matches) return;
    const { failures, disable } = afterFailure(bruteForce, seen, now, caller.ipAddress);
    const { ok } = await services.writer.write({
      guards: [{ claim: "loginFailures", realmId, userId, seen }],
      commands: [
        { do: "saveLoginFailures", realmId, userId, failures },
        ...(disable ? [{ do: "disableUser", realmId, userId } as const] : []),
      ],
    });
    // Refused: another attempt was counted in between, so that one of all always gets on.
    if (ok) return;
  }
}
