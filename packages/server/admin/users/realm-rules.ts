import type { RealmRow } from "@cambist/store/config-ports.ts";
import { profileConfig, readProfile, type UserProfile } from "../../user-profile/profile.ts";
import type { AdminCall } from "../admin-call.ts";

/** What a realm's settings say about its users. */
export interface UserRules {
  readonly profile: UserProfile;
  /** The e-mail address is the username. */
  readonly emailAsUsername: boolean;
  readonly editUsername: boolean;
  readonly duplicateEmails: boolean;
  /** An e-mail address works as a name at login, so it may not be another user's name. */
  readonly loginWithEmail: boolean;
  /** Users have the attribute `locale`. */
  readonly locales: boolean;
}

export async function userRules({ store, realm }: Pick<AdminCall, "store" | "realm">): Promise<UserRules> {
  const flag = (member: string, otherwise = false): boolean => {
    const value = realm.representation[member];
    return typeof value === "boolean" ? value : otherwise;
  };
  return {
    profile: readProfile(profileConfig(await store.components(realm.id))),
    emailAsUsername: flag("registrationEmailAsUsername"),
    editUsername: flag("editUsernameAllowed"),
    duplicateEmails: flag("duplicateEmailsAllowed"),
    loginWithEmail: flag("loginWithEmailAllowed", true),
    locales: flag("internationalizationEnabled"),
  };
}

interface RequiredActionEntry {
  readonly alias: string;
  readonly enabled: boolean;
  readonly defaultAction: boolean;
}

/** The required actions that a realm has registered. */
export function requiredActions({ representation }: RealmRow): readonly RequiredActionEntry[] {
  const list = representation["requiredActions"];
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null || !("alias" in entry) || typeof entry.alias !== "string") return [];
    return [
      {
        alias: entry.alias,
        enabled: !("enabled" in entry) || entry.enabled === true,
        defaultAction: "defaultAction" in entry && entry.defaultAction === true,
      },
    ];
  });
}
