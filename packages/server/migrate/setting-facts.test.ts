import type { Json } from "@cambist/store/config-ports.ts";
import { expect, test } from "vitest";
import { newRealmRepresentation } from "../realm-template/new-realm.ts";
import { settingFacts } from "./setting-facts.ts";

const USUAL = newRealmRepresentation("acme", { master: false }) as unknown as Json;
const component = (providerType: string, representation: Json) => ({ id: "c", providerType, representation });
const USER_STORE = "org.keycloak.storage.UserStorageProvider";
const REGISTRATION = "org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy";

const read = (realm: Json = {}, sources: Partial<Parameters<typeof settingFacts>[1]> = {}) =>
  settingFacts({ ...USUAL, ...realm }, { components: [], providers: [], ...sources });

test("a new realm has nothing that does something else here", () => {
  const { flows, ...rest } = read();
  expect(rest).toEqual({
    themes: [],
    pages: [],
    listeners: [],
    clientPolicies: [],
    bindings: [],
    directGrantFlow: "direct grant",
    userStores: [],
    registrationHosts: [],
    extensions: [],
    adminPermissionsEnabled: false,
  });
  expect(flows.find(({ alias }) => alias === "direct grant")?.steps).toContainEqual({ authenticator: "direct-grant-validate-password" });
  expect(flows.every(({ builtIn }) => builtIn)).toBe(true);
});

test("the password policy is taken apart: an algorithm and rules of plugins", () => {
  const { unknownHashAlgorithm, extensions } = read({ passwordPolicy: "hashAlgorithm(bcrypt) and length(8) and notUsername and pwned(3)" });
  expect(unknownHashAlgorithm).toBe("bcrypt");
  expect(extensions).toEqual([{ kind: "password rule", id: "pwned" }]);
  expect(read({ passwordPolicy: "hashAlgorithm(pbkdf2-sha512)" }).unknownHashAlgorithm).toBeUndefined();
});

const flow = (alias: string, builtIn: boolean) => ({
  alias,
  builtIn,
  topLevel: true,
  authenticationExecutions: [
    { authenticator: `${alias}-otp`, requirement: "REQUIRED" },
    { authenticator: `${alias}-old`, requirement: "DISABLED" },
    { flowAlias: "inner", requirement: "CONDITIONAL" },
  ],
});

test("steps that are switched off are none, and built-in flows are nobody's plugin", () => {
  const { flows, extensions } = read({ authenticationFlows: [flow("newer", true), flow("own", false)] });
  expect(flows[1]?.steps).toEqual([{ authenticator: "own-otp" }, { flow: "inner" }]);
  expect(extensions).toEqual([{ kind: "step of a flow", id: "own-otp" }]);
});

test("user stores say whether they speak Kerberos", () => {
  const ldap = component(USER_STORE, { name: "corp", providerId: "ldap", config: { allowKerberosAuthentication: ["true"] } });
  const own = component(USER_STORE, { name: "crm", providerId: "crm-users", config: {} });
  const { userStores, extensions } = read({}, { components: [ldap, own] });
  expect(userStores).toEqual([
    { name: "corp", providerId: "ldap", kerberos: true },
    { name: "crm", providerId: "crm-users", kerberos: false },
  ]);
  expect(extensions).toEqual([{ kind: "user store", id: "crm-users" }]);
});

test("the rest is named as it stands in the realm", () => {
  const trusted = component(REGISTRATION, { providerId: "trusted-hosts", config: { "trusted-hosts": ["ci.example.com"] } });
  const provider = { internalId: "p", alias: "p", enabled: true, representation: { providerId: "wsfed" } };
  expect(
    read(
      {
        attributes: { frontendUrl: "https://login.example.com" },
        browserFlow: "strict",
        loginTheme: "acme",
        rememberMe: true,
        eventsListeners: ["jboss-logging", "kafka"],
        clientPolicies: { policies: [{ name: "fapi" }] },
        smtpServer: { host: "mail.example.com" },
        requiredActions: [
          { providerId: "sms", enabled: true },
          { providerId: "fax", enabled: false },
        ],
        adminPermissionsEnabled: true,
      },
      { components: [trusted], providers: [provider] },
    ),
  ).toMatchObject({
    frontendUrl: "https://login.example.com",
    bindings: [{ place: "browserFlow", alias: "strict" }],
    themes: ["loginTheme acme"],
    pages: ["rememberMe"],
    listeners: ["kafka"],
    clientPolicies: ["fapi"],
    mailHost: "mail.example.com",
    registrationHosts: ["ci.example.com"],
    adminPermissionsEnabled: true,
    extensions: [
      { kind: "required action", id: "sms" },
      { kind: "identity provider", id: "wsfed" },
    ],
  });
});
