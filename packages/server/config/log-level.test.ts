import { expect, test } from "vitest";
import { logLevelOf, parseLogLevels } from "./log-level.ts";

test("a log level is a root level and levels of categories, in any order and case", () => {
  expect(parseLogLevels("INFO,org.keycloak.events:debug, org.keycloak:WARN")).toEqual({
    root: "info",
    categories: { "org.keycloak.events": "debug", "org.keycloak": "warn" },
  });
  expect(parseLogLevels("a.b:trace")).toEqual({ root: "info", categories: { "a.b": "trace" } });
});

test("a category has the level of its nearest ancestor, else the root's", () => {
  const levels = parseLogLevels("warn,org.keycloak:info,org.keycloak.events:debug,__proto__:trace");
  expect(logLevelOf(levels, "org.keycloak.events")).toBe("debug");
  expect(logLevelOf(levels, "org.keycloak.events.email")).toBe("debug");
  expect(logLevelOf(levels, "org.keycloak.services")).toBe("info");
  expect(logLevelOf(levels, "org.keycloaks")).toBe("warn");
  expect(logLevelOf(levels, "constructor")).toBe("warn");
});

test.each([
  ["an unknown level", "debgu", /unknown level .*did you mean debug\?/],
  ["an unknown level of a category", "info,a.b:wran", /did you mean warn\?/],
  ["two root levels", "info,debug", /two root levels/],
  ["an empty entry", ",a.b:info", /unknown level/],
  ["a category that is none", "info,a b:debug", /not category:level/],
])("%s is refused", (_title, text, message) => {
  expect(() => parseLogLevels(text)).toThrow(message);
});
