import { describe, expect, test } from "vitest";
import { parseExchangeRequest, REPEATABLE_IN_EXCHANGE } from "./exchange-request.ts";
import { formFromPairs } from "./form.ts";

const ALL: readonly (readonly [string, string])[] = [
  ["subject_token", "token"],
  ["subject_token_type", "type"],
  ["requested_token_type", "wanted"],
  ["scope", "openid"],
  ["requested_subject", "bob"],
  ["requested_issuer", "google"],
  ["subject_issuer", "github"],
  ["actor_token", "actor"],
  ["actor_token_type", "actor type"],
];

test("every parameter is read as it was sent, audiences and resources in their order", () => {
  const several = [
    ["audience", "a"],
    ["resource", "r"],
    ["audience", "b"],
    ["resource", "s"],
  ] as const;
  expect(parseExchangeRequest(formFromPairs([...ALL, ...several]))).toEqual({
    subjectToken: "token",
    subjectTokenType: "type",
    requestedTokenType: "wanted",
    audiences: ["a", "b"],
    resources: ["r", "s"],
    scope: "openid",
    requestedSubject: "bob",
    requestedIssuer: "google",
    subjectIssuer: "github",
    actorToken: "actor",
    actorTokenType: "actor type",
    emptyParameter: undefined,
  });
});

test("what was not sent is not there", () =>
  expect(parseExchangeRequest(formFromPairs([["grant_type", "x"]]))).toEqual({ audiences: [], resources: [] }));

describe("the first parameter without a value is named, wherever among several it is", () => {
  test.each([...ALL.map(([name]) => name), "audience", "resource"])("%s", (name) => {
    const others = ALL.filter(([other]) => other !== name);
    expect(parseExchangeRequest(formFromPairs([...others, [name, ""]])).emptyParameter).toBe(name);
  });
  test("one of several audiences", () =>
    expect(
      parseExchangeRequest(
        formFromPairs([
          ["audience", "a"],
          ["audience", ""],
        ]),
      ).emptyParameter,
    ).toBe("audience"));
  test("a parameter of another grant does not count", () =>
    expect(parseExchangeRequest(formFromPairs([["username", ""]])).emptyParameter).toBeUndefined());
});

test("SEC-TX-30 only audience and resource may be there twice (RFC 8693 §2.1)", () =>
  expect([...REPEATABLE_IN_EXCHANGE].toSorted()).toEqual(["audience", "resource"]));
