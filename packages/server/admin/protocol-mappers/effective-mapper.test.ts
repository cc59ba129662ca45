import { expect, test } from "vitest";
import { effectiveMapper } from "./effective-mapper.ts";

const configOf = (protocolMapper: string, config: Readonly<Record<string, string>>) =>
  effectiveMapper({ id: "m", name: "m", protocol: "openid-connect", protocolMapper, consentRequired: false, config }).config;

test.each([
  [
    "introspection follows the access token",
    "oidc-audience-mapper",
    { "access.token.claim": "false" },
    { "introspection.token.claim": "false" },
  ],
  ["userinfo follows the ID token", "oidc-full-name-mapper", { "id.token.claim": "true" }, { "userinfo.token.claim": "true" }],
  ["nothing follows from nothing", "oidc-usermodel-attribute-mapper", { "claim.name": "x" }, {}],
  [
    "what resolves audiences is in access tokens and introspection",
    "oidc-audience-resolve-mapper",
    {},
    { "access.token.claim": "true", "introspection.token.claim": "true" },
  ],
  ["a type that only an import brought stays as it is", "acme-mapper", { "access.token.claim": "true" }, {}],
  [
    "an organization has its claim, in the form that was asked for",
    "oidc-organization-membership-mapper",
    { multivalued: "false" },
    { "claim.name": "organization", "jsonType.label": "String", addOrganizationAttributes: "false", addOrganizationId: "false" },
  ],
])("%s", (_title, type, config, added) => {
  expect(configOf(type, config)).toEqual({ ...config, ...added });
});

test("what is said stays", () => {
  const config = { "access.token.claim": "true", "introspection.token.claim": "false" };
  expect(configOf("oidc-hardcoded-claim-mapper", config)).toEqual(config);
});
