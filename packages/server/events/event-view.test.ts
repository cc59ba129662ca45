import type { EventSettings } from "@cambist/core/model.ts";
import { expect, test } from "vitest";
import { isEmitted, isShown, SAVED_BY_DEFAULT } from "./event-view.ts";

const settings = (change: Partial<EventSettings> = {}): EventSettings => ({ enabled: true, types: new Set(), expiration: 0, ...change });
const ORDINARY = { dialect: "native", keycloakEvent: true, clientNamed: true } as const;

test("a realm that names no types keeps the 91 that Keycloak 26.1.3 keeps", () => {
  expect(SAVED_BY_DEFAULT.size).toBe(91);
  for (const type of ["TOKEN_EXCHANGE", "TOKEN_EXCHANGE_ERROR", "LOGIN", "CLIENT_LOGIN_ERROR", "REVOKE_GRANT"]) {
    expect(isShown(settings(), type, ORDINARY)).toBe(true);
  }
});

test.each(["REFRESH_TOKEN", "REFRESH_TOKEN_ERROR", "INTROSPECT_TOKEN", "USER_INFO_REQUEST", "PERMISSION_TOKEN_ERROR"])(
  "%s is not kept by default, but where the realm names it",
  (type) => {
    expect(isShown(settings(), type, ORDINARY)).toBe(false);
    expect(isShown(settings({ types: new Set([type]) }), type, ORDINARY)).toBe(true);
  },
);

test("a realm that names its types keeps no others", () => {
  expect(isShown(settings({ types: new Set(["LOGIN"]) }), "TOKEN_EXCHANGE", ORDINARY)).toBe(false);
});

test("nothing is kept while saving is off", () => {
  expect(isShown(settings({ enabled: false }), "TOKEN_EXCHANGE", ORDINARY)).toBe(false);
});

test.each([
  ["keycloak", true, true],
  ["keycloak", false, false],
  ["native", true, true],
  ["native", false, false],
] as const)("where Keycloak emits no event, %s with a named client (%s) emits: %s", (dialect, clientNamed, emitted) => {
  const context = { dialect, clientNamed, keycloakEvent: false };
  expect(isEmitted(context)).toBe(dialect === "native" && emitted);
  expect(isShown(settings(), "TOKEN_EXCHANGE_ERROR", context)).toBe(dialect === "native" && emitted);
});

test("an event that Keycloak emits without a client is emitted in both dialects", () => {
  for (const dialect of ["native", "keycloak"] as const) {
    expect(isEmitted({ dialect, keycloakEvent: true, clientNamed: false })).toBe(true);
  }
});
