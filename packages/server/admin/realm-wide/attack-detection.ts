import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";

/** `GET A/attack-detection/brute-force/users/{id}`; zeros while the realm does not count failures, and for unknown users. */
export async function readLoginFailures({ services, realm, params, now }: AdminCall): Promise<AdminAnswer> {
  const userId = params["id"] ?? "";
  const counts = realm.representation["bruteForceProtected"] === true;
  const user = counts ? await services.state.findUserById(realm.id, userId) : undefined;
  const failures = user && (await services.state.loginFailures(realm.id, userId));
  const locked = failures !== undefined && failures.failedLoginNotBefore * 1000 > now;
  const forGood = failures !== undefined && user?.enabled === false;
  return ok({
    numFailures: failures?.numFailures ?? 0,
    numTemporaryLockouts: failures?.numTemporaryLockouts ?? 0,
    disabled: locked || forGood,
    lastIPFailure: failures?.lastIpFailure ?? "n/a",
    lastFailure: failures?.lastFailure ?? 0,
    failedLoginNotBefore: failures?.failedLoginNotBefore ?? 0,
  });
}

export async function clearLoginFailures(call: AdminCall): Promise<AdminAnswer> {
  const userId = call.params["id"] ?? "";
  await call.commit({
    commands: [{ do: "clearLoginFailures", realmId: call.realm.id, userId }],
    event: { operation: "DELETE", resourceType: "USER_LOGIN_FAILURE", resourcePath: `attack-detection/brute-force/users/${userId}` },
  });
  return noContent;
}

export async function clearAllLoginFailures(call: AdminCall): Promise<AdminAnswer> {
  await call.commit({
    commands: [{ do: "clearRealmLoginFailures", realmId: call.realm.id }],
    event: { operation: "DELETE", resourceType: "USER_LOGIN_FAILURE", resourcePath: "attack-detection/brute-force/users" },
  });
  return noContent;
}
