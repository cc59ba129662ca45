import type { Json, UserRow } from "@cambist/store/config-ports.ts";

/** A user as Keycloak shows it beside other things (members of a role, service accounts): everything but `access`. */
export function userView(user: UserRow): Json {
  const { email, firstName, lastName, createdTimestamp, attributes } = user;
  return {
    id: user.id,
    username: user.username,
    ...(firstName !== undefined && { firstName }),
    ...(lastName !== undefined && { lastName }),
    ...(email !== undefined && { email }),
    emailVerified: user.emailVerified,
    ...(Object.keys(attributes).length > 0 && { attributes }),
    enabled: user.enabled,
    ...(createdTimestamp !== undefined && { createdTimestamp }),
    totp: user.credentials.some(({ type }) => type === "otp"),
    disableableCredentialTypes: [],
    requiredActions: user.requiredActions,
    notBefore: user.notBefore,
  };
}
