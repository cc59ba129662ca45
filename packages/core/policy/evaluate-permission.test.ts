import { describe, expect, test } from "vitest";
import type { DecisionStrategy, Policy } from "../model.ts";
import { NOW, permission, policy, policyContext } from "../testing/policies.ts";
import { clientPolicy, groupId, role, testRealm, userId } from "../testing/realm.ts";
import { evaluatePermission } from "./evaluate-permission.ts";

const view = testRealm({
  roles: { staff: [], auditor: [] },
  clients: [{ clientId: "portal" }],
  groups: [{ path: "/sales" }, { path: "/sales/emea" }, { path: "/sales-partners" }],
});
type Change = Parameters<typeof policyContext>[1];
const effect = (one: Policy, change: Change = {}): string | undefined =>
  evaluatePermission(permission([one]), policyContext(view, change)).policies[0]?.effect;
const user = (change: NonNullable<Change>["identity"] = {}): Change => ({
  identity: { kind: "user", id: userId("ann"), userId: userId("ann"), ...change },
});

const rolePolicy = (...list: readonly [string, boolean][]): Policy =>
  policy({ type: "role", fetchRoles: false, roles: list.map(([name, required]) => ({ roleId: role(name), required })) });
const holding = (...names: readonly string[]): Change => ({ identity: { roles: new Set(names.map(role)) } });
const groupPolicy = (path: string, extendChildren: boolean, groupsClaim = ""): Policy =>
  policy({ type: "group", groupsClaim, groups: [{ groupId: groupId(path), path, extendChildren }] });
const memberOf = (path: string): Change => user({ groupIds: [groupId(path)] });
const scopePolicy = (...list: readonly [string, boolean][]): Policy =>
  policy({ type: "client-scope", scopes: list.map(([name, required]) => ({ name, required })) });
const scoped = (text: string): Change => ({ identity: { scope: text } });
const regexPolicy = (targetClaim: string, pattern: string, targetContextAttributes = false): Policy =>
  policy({ type: "regex", targetClaim, pattern, targetContextAttributes });
const timePolicy = (config: Readonly<Record<string, string>>): Policy => policy({ type: "time", config });
const aggregatePolicy = (
  policies: readonly Policy[],
  strategy: DecisionStrategy = "UNANIMOUS",
  logic: "POSITIVE" | "NEGATIVE" = "POSITIVE",
): Policy => policy({ type: "aggregate", strategy, policies }, logic);

describe("decision strategies", () => {
  const yes = clientPolicy("portal");
  const no = clientPolicy("other");
  test.each([
    ["UNANIMOUS grants when all permit", "UNANIMOUS", [yes, yes], true],
    ["UNANIMOUS does not grant when one denies", "UNANIMOUS", [yes, no], false],
    ["AFFIRMATIVE grants when one permits", "AFFIRMATIVE", [no, yes], true],
    ["AFFIRMATIVE does not grant when all deny", "AFFIRMATIVE", [no, no], false],
    ["CONSENSUS grants when more permit than deny", "CONSENSUS", [yes, no, yes], true],
    ["CONSENSUS does not grant at a tie", "CONSENSUS", [yes, no], false],
    ["UNANIMOUS without policies grants nothing", "UNANIMOUS", [], false],
    ["AFFIRMATIVE without policies grants nothing", "AFFIRMATIVE", [], false],
    ["CONSENSUS without policies grants nothing", "CONSENSUS", [], false],
  ] as const)("%s", (_title, strategy: DecisionStrategy, policies, granted) => {
    expect(evaluatePermission(permission(policies, strategy), policyContext(view)).granted).toBe(granted);
  });

  test("a permission whose own logic is negative grants nothing", () => {
    expect(evaluatePermission({ ...permission([no]), logic: "NEGATIVE" }, policyContext(view)).granted).toBe(false);
    expect(evaluatePermission({ ...permission([yes]), logic: "NEGATIVE" }, policyContext(view)).granted).toBe(false);
  });

  test("the result names the permission and each policy with its effect", () => {
    expect(evaluatePermission(permission([yes, no, policy({ type: "unknown", kind: "js" })]), policyContext(view))).toEqual({
      granted: false,
      permission: "permission",
      policies: [
        { name: "portal may", effect: "permit" },
        { name: "other may", effect: "deny" },
        { name: "unknown", effect: "unknown" },
      ],
    });
  });
});

describe("client policy", () => {
  test("permits a listed client", () => expect(effect(clientPolicy("other", "portal"))).toBe("permit"));
  test("denies a client that is not listed", () => expect(effect(clientPolicy("other"))).toBe("deny"));
  test("denies when nobody is named as client", () => expect(effect(clientPolicy("portal"), { clientId: undefined })).toBe("deny"));
  test("negative logic turns it round", () => {
    expect(effect({ ...clientPolicy("portal"), logic: "NEGATIVE" })).toBe("deny");
    expect(effect({ ...clientPolicy("other"), logic: "NEGATIVE" })).toBe("permit");
  });
  test("one that lists nobody denies even with negative logic", () =>
    expect(effect({ ...clientPolicy(), logic: "NEGATIVE" })).toBe("unknown"));
});

describe("user policy", () => {
  const ann = policy({ type: "user", userIds: new Set([userId("ann")]) });
  test("permits a listed user", () => expect(effect(ann, user())).toBe("permit"));
  test("denies another user", () => expect(effect(ann, user({ id: userId("bob") }))).toBe("deny"));
  test("never permits a client, whatever its id", () =>
    expect(effect(ann, { identity: { kind: "client", id: userId("ann") } })).toBe("deny"));
});

describe("role policy", () => {
  test("one of the roles is enough", () =>
    expect(effect(rolePolicy(["staff", false], ["auditor", false]), holding("auditor"))).toBe("permit"));
  test("no role denies", () => expect(effect(rolePolicy(["staff", false]), holding("auditor"))).toBe("deny"));
  test("a required role that is missing denies, whatever else is held", () => {
    expect(effect(rolePolicy(["staff", false], ["auditor", true]), holding("staff"))).toBe("deny");
  });
  test("required roles that are all held permit", () =>
    expect(effect(rolePolicy(["staff", true], ["auditor", true]), holding("staff", "auditor"))).toBe("permit"));
  test("one without roles denies even with negative logic", () => expect(effect({ ...rolePolicy(), logic: "NEGATIVE" })).toBe("unknown"));
});

describe("group policy", () => {
  test("permits a member", () => expect(effect(groupPolicy("/sales", false), memberOf("/sales"))).toBe("permit"));
  test("denies a member of a child", () => expect(effect(groupPolicy("/sales", false), memberOf("/sales/emea"))).toBe("deny"));
  test("permits a member of a child when children count", () =>
    expect(effect(groupPolicy("/sales", true), memberOf("/sales/emea"))).toBe("permit"));
  test("does not take a sibling with the same beginning for a child", () => {
    expect(effect(groupPolicy("/sales", true), memberOf("/sales-partners"))).toBe("deny");
    expect(effect(groupPolicy("/sales", true, "groups"), user({ attributes: { groups: ["/sales-partners"] } }))).toBe("deny");
  });
  test("permits by the claim it names, as a path", () => {
    expect(effect(groupPolicy("/sales", true, "groups"), user({ attributes: { groups: ["/sales/emea"] } }))).toBe("permit");
  });
  test("permits by the claim it names, as a bare name", () => {
    expect(effect(groupPolicy("/sales", false, "groups"), user({ attributes: { groups: ["sales"] } }))).toBe("permit");
  });
  test("falls back to memberships when the claim is missing", () =>
    expect(effect(groupPolicy("/sales", false, "groups"), memberOf("/sales"))).toBe("permit"));
  test("a group that is gone denies even with negative logic", () => {
    expect(effect({ ...groupPolicy("/gone", true), logic: "NEGATIVE" }, memberOf("/sales"))).toBe("unknown");
  });
});

describe("client scope policy", () => {
  test("permits a word of the token's scope", () => expect(effect(scopePolicy(["orders", false]), scoped("openid orders"))).toBe("permit"));
  test("denies a part of a word", () => expect(effect(scopePolicy(["orders", false]), scoped("orders.read"))).toBe("deny"));
  test("denies without scope", () => expect(effect(scopePolicy(["orders", false]))).toBe("deny"));
  test("a required word that is missing denies", () =>
    expect(effect(scopePolicy(["orders", false], ["admin", true]), scoped("orders"))).toBe("deny"));
});

describe("regex policy", () => {
  const team = user({ attributes: { team: ["red-7"] } });
  test("permits a match of an attribute", () => expect(effect(regexPolicy("team", "red-\\d"), team)).toBe("permit"));
  test("denies without a match", () => expect(effect(regexPolicy("team", "blue-\\d"), team)).toBe("deny"));
  test("denies without the attribute", () => expect(effect(regexPolicy("constructor", ".*"), team)).toBe("deny"));
  test("reads the request's own attributes when told to", () => {
    expect(effect(regexPolicy("kc.client.network.ip_address", "203\\.0\\.113\\..*", true))).toBe("permit");
    expect(effect(regexPolicy("kc.time.date_time", "2026-03-14 15:09:26", true))).toBe("permit");
    expect(effect(regexPolicy("kc.client.user_agent", ".*", true))).toBe("deny");
    expect(effect(regexPolicy("team", "red-\\d", true), team)).toBe("deny");
  });
  test("a pattern that cannot be run denies even with negative logic", () => {
    expect(effect({ ...regexPolicy("team", "(r)\\1"), logic: "NEGATIVE" }, team)).toBe("unknown");
  });
});

describe("time policy", () => {
  test.each([
    ["at its not-before", { nbf: "2026-03-14 15:09:26" }, "permit"],
    ["a second before its not-before", { nbf: "2026-03-14 15:09:27" }, "deny"],
    ["after a not-before that is a date", { nbf: "2026-03-14" }, "permit"],
    ["before a not-before that is a date", { nbf: "2026-03-15" }, "deny"],
    ["at its last second", { noa: "2026-03-14 15:09:26" }, "permit"],
    ["a second after its end", { noa: "2026-03-14 15:09:25" }, "deny"],
    ["on its day of the month", { dayMonth: "14" }, "permit"],
    ["on another day of the month", { dayMonth: "15" }, "deny"],
    ["within days of the month", { dayMonth: "10", dayMonthEnd: "14" }, "permit"],
    ["after its days of the month", { dayMonth: "1", dayMonthEnd: "13" }, "deny"],
    ["in its month, counted from one", { month: "3" }, "permit"],
    ["in another month", { month: "2" }, "deny"],
    ["within its years", { year: "2025", yearEnd: "2027" }, "permit"],
    ["in another year", { year: "2025" }, "deny"],
    ["within its hours, in UTC", { hour: "9", hourEnd: "15" }, "permit"],
    ["outside its hours", { hour: "16", hourEnd: "20" }, "deny"],
    ["within hours that would wrap round midnight", { hour: "14", hourEnd: "6" }, "deny"],
    ["within its minutes", { minute: "0", minuteEnd: "9" }, "permit"],
    ["outside its minutes", { minute: "10" }, "deny"],
    ["when one of several limits fails", { year: "2026", month: "3", dayMonth: "14", hour: "14" }, "deny"],
    ["without limits", { nbf: "", hour: "" }, "permit"],
    ["with an unreadable time", { nbf: "tomorrow" }, "unknown"],
    ["with a month that does not exist", { nbf: "2026-13-01" }, "unknown"],
    ["with an unreadable number", { hour: "nine" }, "unknown"],
    ["with an end but no start", { hourEnd: "9" }, "unknown"],
  ] as const)("%s", (_title, config, expected) => {
    expect(effect(timePolicy(config), { now: NOW })).toBe(expected);
  });
});

describe("aggregate policy", () => {
  const yes = clientPolicy("portal");
  const no = clientPolicy("other");
  const undecidable = policy({ type: "unknown", kind: "js" });
  test("has a strategy of its own", () => {
    expect(effect(aggregatePolicy([yes, no]))).toBe("deny");
    expect(effect(aggregatePolicy([yes, no], "AFFIRMATIVE"))).toBe("permit");
    expect(effect(aggregatePolicy([yes, no, no], "CONSENSUS"))).toBe("deny");
  });
  test("negative logic turns the whole round", () => {
    expect(effect(aggregatePolicy([no], "UNANIMOUS", "NEGATIVE"))).toBe("permit");
    expect(effect(aggregatePolicy([yes], "UNANIMOUS", "NEGATIVE"))).toBe("deny");
  });
  test("nests", () =>
    expect(effect(aggregatePolicy([aggregatePolicy([yes]), aggregatePolicy([no], "UNANIMOUS", "NEGATIVE")]))).toBe("permit"));
  test("an undecidable member is not turned into a permit by negative logic", () => {
    expect(effect(aggregatePolicy([undecidable], "UNANIMOUS", "NEGATIVE"))).toBe("unknown");
    expect(effect(aggregatePolicy([aggregatePolicy([no, undecidable])], "UNANIMOUS", "NEGATIVE"))).toBe("unknown");
  });
  test("an undecidable member does not stop one that is enough", () =>
    expect(effect(aggregatePolicy([undecidable, yes], "AFFIRMATIVE"))).toBe("permit"));
  test("one without members denies even with negative logic", () =>
    expect(effect(aggregatePolicy([], "UNANIMOUS", "NEGATIVE"))).toBe("unknown"));
  test("one that contains itself denies and ends", () => {
    const members: Policy[] = [yes];
    const circle = aggregatePolicy(members, "UNANIMOUS", "NEGATIVE");
    members.push(circle, circle);
    expect(effect(circle)).toBe("unknown");
  });
  test("nesting without end denies and ends", () => {
    let nested = yes;
    for (let depth = 0; depth < 50_000; depth++) nested = { ...aggregatePolicy([nested]), name: String(depth) };
    expect(effect(nested)).toBe("unknown");
  });
});

test("a policy of an unknown kind denies, whatever its logic", () => {
  expect(effect(policy({ type: "unknown", kind: "js" }))).toBe("unknown");
  expect(effect(policy({ type: "unknown", kind: "js" }, "NEGATIVE"))).toBe("unknown");
  expect(
    evaluatePermission(permission([policy({ type: "unknown", kind: "js" }, "NEGATIVE")], "AFFIRMATIVE"), policyContext(view)).granted,
  ).toBe(false);
});
