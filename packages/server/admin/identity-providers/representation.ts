import type { IdentityProviderMapperRow, IdentityProviderRow, Json } from "@cambist/store/config-ports.ts";
import { MASK } from "../../secrets/masked.ts";

const FLAGS = ["trustEmail", "storeToken", "addReadTokenRoleOnCreate", "authenticateByDefault", "linkOnly", "hideOnLogin"] as const;
const TEXTS = ["firstBrokerLoginFlowAlias", "postBrokerLoginFlowAlias", "organizationId"] as const;

/** The config as it is stored, without the secret. */
export const configOf = ({ representation: { config } }: Pick<IdentityProviderRow, "representation">): Readonly<Record<string, string>> =>
  (config ?? {}) as Readonly<Record<string, string>>; // texts alone are stored

/** A provider as Keycloak shows it: every flag is there, the secret is masked. @see Keycloak 26.1: IdentityProviderRepresentation */
export function providerView(row: IdentityProviderRow): Json {
  const { representation: stored } = row;
  return {
    ...head(row),
    ...Object.fromEntries(FLAGS.map((flag) => [flag, stored[flag] ?? false])),
    ...Object.fromEntries(TEXTS.flatMap((member) => (stored[member] === undefined ? [] : [[member, stored[member]]]))),
    config: { syncMode: "LEGACY", ...maskedConfig(row) },
  };
}

/** The config with asterisks for the secret. */
export const maskedConfig = (row: IdentityProviderRow): Json => ({
  ...configOf(row),
  ...(row.sealedSecret !== undefined && { clientSecret: MASK }),
});

/** `briefRepresentation=true`: who it is, nothing of what it is set to. */
export function briefProviderView(row: IdentityProviderRow): Json {
  const { linkOnly, hideOnLogin } = row.representation;
  const flags = Object.fromEntries(FLAGS.map((flag) => [flag, false]));
  return { ...head(row), ...flags, linkOnly: linkOnly ?? false, hideOnLogin: hideOnLogin ?? false, config: {} };
}

function head({ alias, internalId, enabled, representation }: IdentityProviderRow): Json {
  const { displayName, providerId, updateProfileFirstLoginMode } = representation;
  return {
    alias,
    ...(displayName !== undefined && { displayName }),
    internalId,
    providerId,
    enabled,
    updateProfileFirstLoginMode: updateProfileFirstLoginMode ?? "on",
  };
}

export function mapperView({ id, name, alias, representation }: IdentityProviderMapperRow): Json {
  const { identityProviderMapper, config } = representation;
  return {
    id,
    name,
    identityProviderAlias: alias,
    ...(identityProviderMapper !== undefined && { identityProviderMapper }),
    config: config ?? {},
  };
}
