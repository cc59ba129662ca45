import { expect, test } from "vitest";
import {
  CLIENT_FIELDS,
  COMPONENT_FIELDS,
  GROUP_FIELDS,
  MAPPER_FIELDS,
  PROVIDER_FIELDS,
  PROVIDER_MAPPER_FIELDS,
  REALM_FIELDS,
  ROLE_FIELDS,
  SCOPE_FIELDS,
  USER_FIELDS,
} from "../imports/fields.ts";
import { MASK } from "./masked.ts";
import { CLIENT_SECRET_ATTRIBUTES, COMPONENT_SECRETS, holdsSecret, SECRET_NAMES, SMTP_SECRETS, withoutSecrets } from "./secret-names.ts";

/** Members with names that make one ask, and that everybody may see. */
const NO_SECRETS: ReadonlySet<string> = new Set([
  "accessTokenLifespan",
  "accessTokenLifespanForImplicitFlow",
  "actionTokenGeneratedByAdminLifespan",
  "actionTokenGeneratedByUserLifespan",
  "addReadTokenRoleOnCreate",
  "disableableCredentialTypes",
  "keycloakVersion",
  "passwordCredentialGrantAllowed",
  "passwordPolicy",
  "publicKey",
  "realmCacheEnabled",
  "refreshTokenMaxReuse",
  "requiredCredentials",
  "resetCredentialsFlow",
  "resetPasswordAllowed",
  "revokeRefreshToken",
  "storeToken",
  "verifiableCredentialsEnabled",
  "webAuthnPolicyPasswordlessPasskeysEnabled",
  "webAuthnPolicyPasswordlessRequireResidentKey",
  "webAuthnPolicyRequireResidentKey",
]);

test("H6 every member of a representation that sounds like a secret is known to be one or not", () => {
  const tables = [
    REALM_FIELDS,
    CLIENT_FIELDS,
    USER_FIELDS,
    ROLE_FIELDS,
    GROUP_FIELDS,
    SCOPE_FIELDS,
    MAPPER_FIELDS,
    COMPONENT_FIELDS,
    PROVIDER_FIELDS,
    PROVIDER_MAPPER_FIELDS,
  ];
  const asking = tables
    .flatMap((table) => [...table.keys()])
    .filter((name) => /secret|password(?!less)|credential|private|token|key|salt|hash|seed/i.test(name) && !NO_SECRETS.has(name));
  expect(asking.length).toBeGreaterThan(4);
  expect(asking.filter((name) => !SECRET_NAMES.includes(name))).toEqual([]);
});

test("H6 whatever is sealed is left out of events too", () => {
  expect([...CLIENT_SECRET_ATTRIBUTES, ...COMPONENT_SECRETS, ...SMTP_SECRETS].filter((name) => !SECRET_NAMES.includes(name))).toEqual([]);
});

test.each([
  ["secret", true],
  ["futureClientSecret", true],
  ["some.private.key", true],
  ["ssh_private_key", true],
  ["DB_PASSWORD", true],
  ["passwordPolicy", false],
  ["secretSize", false],
  ["public.key", false],
  ["resetPasswordAllowed", false],
])("%s holds a secret: %s", (name, holds) => expect(holdsSecret(name)).toBe(holds));

test("SEC-LOG-03 secrets are left out however deep they stand; asterisks and everything else stay", () => {
  const value = {
    clientId: "a",
    secret: "x",
    attributes: { "client.secret.rotated": "x", colour: "green" },
    list: [{ config: { bindCredential: ["x"], clientSecret: MASK, privateKey: [MASK], priority: ["1"] } }],
    credentials: [{ type: "password", value: "x" }],
  };
  expect(withoutSecrets(value)).toEqual({
    clientId: "a",
    attributes: { colour: "green" },
    list: [{ config: { clientSecret: MASK, privateKey: [MASK], priority: ["1"] } }],
  });
});
