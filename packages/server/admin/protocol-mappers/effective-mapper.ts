import type { MapperRepresentation } from "./read-mapper.ts";

type Config = Readonly<Record<string, string>>;

/** Mappers that write into access tokens whatever is said of them. */
const ALWAYS_IN_ACCESS_TOKENS: ReadonlySet<string> = new Set(["oidc-audience-resolve-mapper", "oidc-allowed-origins-mapper"]);
const ORGANIZATION: Config = {
  "claim.name": "organization",
  "jsonType.label": "String",
  multivalued: "true",
  addOrganizationAttributes: "false",
  addOrganizationId: "false",
};

/**
 * The mapper with what its configuration leaves unsaid, as its own endpoints show it; the client or scope around it shows what is stored.
 * @see Keycloak 26: `getEffectiveModel`
 */
export const effectiveMapper = (mapper: MapperRepresentation): MapperRepresentation => ({
  ...mapper,
  config: { ...unsaid(mapper.protocolMapper, mapper.config), ...mapper.config },
});

function unsaid(type: string, config: Config): Config {
  if (type === "oidc-organization-membership-mapper") return ORGANIZATION;
  if (ALWAYS_IN_ACCESS_TOKENS.has(type)) return { "access.token.claim": "true", "introspection.token.claim": "true" };
  if (!type.startsWith("oidc-") || type === "oidc-nonce-backwards-compatible-mapper") return {};
  const access = config["access.token.claim"];
  const id = config["id.token.claim"];
  return {
    ...(access !== undefined && { "introspection.token.claim": access }),
    ...(id !== undefined && { "userinfo.token.claim": id }),
  };
}
