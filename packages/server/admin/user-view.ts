import type { UserColumns } from "@cambist/store/admin-ports.ts";
import type { Json, UserRow } from "@cambist/store/config-ports.ts";

/** A user with `briefRepresentation=true`. */
export function briefUser(user: UserColumns): Json {
  const { email, firstName, lastName, createdTimestamp } = user;
  return {
    id: user.id,
    username: user.username,
    ...(firstName !== undefined && { firstName }),
    ...(lastName !== undefined && { lastName }),
    ...(email !== undefined && { email }),
    emailVerified: user.emailVerified,
    enabled: user.enabled,
    ...(createdTimestamp !== undefined && { createdTimestamp }),
  };
}

/** A user as Keycloak shows it beside other things (members of a role, service accounts): everything but `access`. */
export const userView = (user: UserRow): Json => ({
  ...briefUser(user),
  ...(Object.keys(user.attributes).length > 0 && { attributes: user.attributes }),
  totp: user.credentials.some(({ type }) => type === "otp"),
  disableableCredentialTypes: [],
  requiredActions: user.requiredActions,
  notBefore: user.notBefore,
});
