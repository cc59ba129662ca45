import type { AdminReads } from "@cambist/store/admin-ports.ts";
import { missingAttributes, profileComponent, profileConfig, type ProfiledUser, readProfile } from "./profile.ts";

const MASTER = "master";
const VERIFY_PROFILE = "VERIFY_PROFILE";

/**
 * Whether a login has to wait until the user has filled in what the realm asks of users: by default an e-mail address and both names. The
 * realm can switch that off (required action `VERIFY_PROFILE`). In master only a stored profile counts, so that its first administrator
 * gets in with a name alone. @see Keycloak 26: VerifyUserProfile
 */
export async function mustCompleteProfile(
  reads: Pick<AdminReads, "components" | "realmByName">,
  realm: { readonly id: string; readonly name: string },
  user: ProfiledUser,
): Promise<boolean> {
  const [components, row] = await Promise.all([reads.components(realm.id), reads.realmByName(realm.name)]);
  if (realm.name === MASTER && !profileComponent(components)) return false;
  if (!isEnabled(row?.representation["requiredActions"])) return false;
  return missingAttributes(readProfile(profileConfig(components)), user, "user").length > 0;
}

/** On unless the realm lists its required actions and has this one switched off or taken away. */
function isEnabled(actions: unknown): boolean {
  if (!Array.isArray(actions)) return true;
  return actions.some(
    (action: unknown) =>
      typeof action === "object" &&
      action !== null &&
      "alias" in action &&
      action.alias === VERIFY_PROFILE &&
      !("enabled" in action && action.enabled === false),
  );
}
