import { expect, test } from "vitest";
import { exchangeFacts } from "../testing/exchange.ts";
import { NOW } from "../testing/policies.ts";
import { uuid } from "../testing/realm.ts";
import { policyContext } from "./policy-context.ts";

test("policies see the requester client, with the roles, groups and attributes of its service account", () => {
  const users = {
    "service-account-portal": { serviceAccountClientId: uuid("portal"), roles: ["user"], attributes: { team: ["blue"] }, groups: ["/a"] },
  };
  const facts = exchangeFacts({ users });
  expect(policyContext(facts)).toEqual({
    view: facts.view,
    identity: {
      kind: "client",
      id: uuid("portal"),
      clientUuid: uuid("portal"),
      roles: new Set(["role:user"]),
      groupIds: ["group:/a"],
      attributes: { team: ["blue"] },
      scope: "openid email profile",
    },
    clientId: "portal",
    now: NOW,
    ipAddress: "203.0.113.7",
    userAgent: "test",
    matchesRegex: facts.matchesRegex,
  });
});

test("what is not known is left out, or empty", () => {
  const facts = exchangeFacts({
    claims: { scope: undefined },
    clients: { portal: { serviceAccountsEnabled: false } },
    facts: { network: { ipAddress: "203.0.113.7", userAgent: undefined } },
  });
  const context = policyContext(facts);
  expect(context.identity).toMatchObject({ roles: new Set(), groupIds: [], attributes: {} });
  expect(context.identity).not.toHaveProperty("scope", expect.anything());
  expect(context).not.toHaveProperty("userAgent", expect.anything());
});

test("the user of the subject token is not the identity", () =>
  expect(policyContext(exchangeFacts()).identity.roles).not.toContain("role:frontend/user"));
