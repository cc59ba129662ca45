import { expect, test } from "vitest";

import { settingFault } from "./cambist-settings.ts";

test.each([
  ["realm", "cambist.compatibility", ["native", "keycloak"], ["Native", "both"]],
  ["realm", "cambist.subject-audience.required", ["true", "false"], ["yes"]],
  ["realm", "cambist.naked-impersonation", ["false"], ["0"]],
  ["realm", "cambist.impersonation.lifespan", ["1", "120"], ["0", "-1", "1.5", "2m", "9999999999"]],
  ["realm", "cambist.chain.max-depth", ["8"], ["none"]],
  ["realm", "cambist.chain.max-age", ["3600"], ["1h"]],
  ["realm", "cambist.planes", ['{"rules":[]}'], ["[]", "{", "3"]],
  ["realm", "cambist.planes.unassigned", ["ignore", "refuse"], ["deny"]],
  ["realm", "cambist.roles.protected", ["admin realm-management/realm-admin"], []],
  ["client", "cambist.plane", ["data", "control-1"], ["two words", "x".repeat(101)]],
  ["client", "cambist.resource", ["https://api.example.com/orders", "urn:example:orders"], ["/orders", "https://a/#x", "https://a b"]],
  ["provider", "cambist.audiences", ["a b"], []],
  ["provider", "cambist.audience.unchecked", ["true"], ["1"]],
  ["provider", "cambist.link", ["none", "verified-email"], ["email"]],
] as const)("%s setting %s", (owner, name, good, bad) => {
  for (const value of [...good, ""]) expect(settingFault(owner, name, value)).toBeUndefined();
  for (const value of bad) expect(settingFault(owner, name, value)).toMatch(/should be here/);
});

test("a misspelt name of ours is a fault, others' names are not looked at", () => {
  expect(settingFault("realm", "cambist.chain.maxdepth", "3")).toBe("there is no realm setting of this name");
  expect(settingFault("client", "cambist.planes", "{}")).toBeDefined();
  expect(settingFault("realm", "frontendUrl", "x")).toBeUndefined();
});
