import type { Json } from "@cambist/store/config-ports.ts";

/** The component that holds the user profile (Keycloak 24 and later). */
const PROFILE = "org.keycloak.userprofile.UserProfileProvider";

interface Profile {
  readonly attributes?: readonly { readonly name?: string }[];
  readonly unmanagedAttributePolicy?: string;
}

/**
 * Whether the admin API leaves an attribute out of its answers: by default it shows only those that the realm's user profile names, and the rest stays in the
 * database and in exports.
 * @param components of the realm, by type
 */
export function attributesAreHidden(components: unknown): (attribute: string) => boolean {
  const profile = profileOf(components);
  const { unmanagedAttributePolicy: policy = "DISABLED", attributes = [] } = profile;
  if (policy !== "DISABLED") return () => false;
  const named = new Set(["username", "email", "firstName", "lastName", ...attributes.map(({ name }) => name)]);
  return (attribute) => !named.has(attribute);
}

function profileOf(components: unknown): Profile {
  const list = (components as Readonly<Record<string, readonly Json[] | undefined>> | undefined)?.[PROFILE];
  const config = list?.[0]?.["config"] as Readonly<Record<string, readonly string[] | undefined>> | undefined;
  const text = config?.["kc.user.profile.config"]?.[0];
  if (text === undefined) return {};
  try {
    return JSON.parse(text) as Profile; // the server's own configuration
  } catch {
    return {};
  }
}
