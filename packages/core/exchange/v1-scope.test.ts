import { describe, expect, test } from "vitest";
import type { Dialect } from "../model.ts";
import { exchangeFacts, impersonationFacts, type ExchangeChange } from "../testing/exchange.ts";
import { decideExchange } from "./decide-exchange.ts";
import type { ExchangeFacts } from "./facts.ts";

const DIALECTS: readonly Dialect[] = ["native", "keycloak"];
/** Applied scopes, shown ones only; a refusal as its name. */
function scopeOf(facts: ExchangeFacts): string {
  const decision = decideExchange(facts);
  return decision.outcome === "deny" ? decision.refusal : decision.applied.text;
}
/** The subject token's words, the request's `scope`, what else is different. */
const scope = (held: string | undefined, sent: string | undefined, change: ExchangeChange = {}): string =>
  scopeOf(exchangeFacts({ ...change, claims: { scope: held, ...change.claims }, request: { scope: sent, ...change.request } }));
const words = (count: number): string => Array.from({ length: count }, (_, index) => `w${index}`).join(" ");

// The target's default scopes profile and email come by themselves, its optional ones only when asked for.
describe("words of the subject token, narrowed by a sent scope, as far as the target knows them", () => {
  test.each<readonly [string, string, string | undefined, string, string]>([
    ["all that the token has", "openid email profile", undefined, "openid profile email", "openid profile email"],
    ["optional scopes of the target come along", "openid phone", undefined, "openid profile email phone", "openid profile email phone"],
    ["what the target does not know vanishes", "openid strange", undefined, "openid profile email", "openid profile email"],
    ["default scopes are no growth", "openid", undefined, "openid profile email", "openid profile email"],
    ["a sent scope leaves words out", "openid email profile phone", "openid email", "openid email", "openid profile email"],
    ["a word that the token has not is not given", "openid", "openid phone", "openid profile email", "openid profile email"],
    ["an unknown word vanishes", "openid", "openid nonsense", "openid profile email", "openid profile email"],
    ["openid has to be in the token", "email profile", "openid email profile", "profile email", "profile email"],
    ["a sent word in another case is another word", "openid email", "openid Email", "openid profile", "openid profile email"],
    ["a prefix is another word", "openid email", "openid emai", "openid profile", "openid profile email"],
    ["words may repeat", "openid email profile", "openid openid email profile", "openid profile email", "openid profile email"],
    ["nothing that matches: native gives nothing that the token had", "openid email profile", "phone", "", "profile email"],
  ])("SEC-TX-05 %s", (_title, held, sent, native, keycloak) => {
    expect(scope(held, sent)).toBe(native);
    expect(scope(held, sent, { dialect: "keycloak" })).toBe(keycloak);
  });

  test("keycloak: an empty scope asks for the default ones", () =>
    expect(scope("openid phone", "", { dialect: "keycloak" })).toBe("profile email"));

  test("a token without scope claim does not narrow (CVE-2026-56668: the first repair broke these)", () => {
    for (const dialect of DIALECTS) {
      expect(scope(undefined, undefined, { dialect })).toBe("profile email");
      expect(scope(undefined, "openid phone", { dialect })).toBe("openid profile email phone");
    }
  });

  test("without a subject token the request is taken as sent", () => {
    const permissions = {
      "admin-impersonating.permission.users": [{ id: "p", name: "p", logic: "POSITIVE", type: "client", clientIds: new Set(["portal"]) }],
    } as const;
    for (const dialect of DIALECTS)
      expect(scopeOf(impersonationFacts({ dialect, permissions, claims: null, request: { scope: "openid phone" } }))).toBe(
        "openid profile email phone",
      );
  });

  test("scopes of the requester or the holder say nothing about the target", () => {
    const clients = { "some-backend-service": { defaultScopes: ["basic"], optionalScopes: [] } };
    for (const dialect of DIALECTS) expect(scope("openid email phone", undefined, { dialect, clients })).toBe("openid");
  });
});

describe("SEC-TX-05 scopes that refuse the request", () => {
  test.each(["a\tb", 'a"b', "a\\b", "a\u00a0b", "é", "a\n"])("%j is malformed in native; keycloak lets the word vanish", (sent) => {
    expect(scope("openid", sent)).toBe("exchange_scope_malformed");
    expect(scope("openid email", sent, { dialect: "keycloak" })).toBe("profile email");
  });

  test.each(DIALECTS)("%s: SEC-DOS-02 4 KiB and 100 words", (dialect) => {
    expect(scope("openid", "x".repeat(4097), { dialect })).toBe("exchange_scope_malformed");
    expect(scope("openid", words(101), { dialect })).toBe("exchange_scope_malformed");
    expect(scope("openid", words(100), { dialect })).not.toMatch(/^exchange/);
  });

  test("native never takes a request for offline_access", () => {
    const user = { "developer-123@apixion": { roles: ["offline_access"] } };
    expect(scope("openid offline_access", "openid offline_access", { users: user })).toBe("exchange_offline");
    expect(scope("openid", "offline_access")).toBe("exchange_offline");
  });

  test("keycloak takes it from a user who may have offline tokens, and gives an online one", () => {
    const users = { "developer-123@apixion": { roles: ["offline_access"] } };
    const held = "openid offline_access";
    expect(scope(held, undefined, { dialect: "keycloak" })).toBe("exchange_offline");
    expect(scope(held, undefined, { dialect: "keycloak", users })).toBe("openid profile email");
    expect(scope("openid", "openid offline_access", { dialect: "keycloak" })).toBe("openid profile email");
  });

  test("a token of an offline session exchanges without the word", () =>
    expect(scope("openid offline_access", undefined)).toBe("openid profile email"));
});

describe("SEC-TX-06 what an earlier hop dropped", () => {
  const lineage = { droppedScopes: ["email", "phone"] };
  test("does not come back by a default scope of the next target", () =>
    expect(scope("openid profile", undefined, { lineage })).toBe("openid profile"));
  test("does not come back by asking for it", () =>
    expect(scope("openid profile", "openid profile phone email", { lineage })).toBe("openid profile"));
  test("does not come back by a token that claims to have it", () =>
    expect(scope("openid profile email phone", undefined, { lineage })).toBe("openid profile"));
  test("does not come back by a token without scope claim", () =>
    expect(scope(undefined, "openid phone", { lineage })).toBe("openid profile"));
  test("openid is dropped like any other word", () => {
    expect(scope("openid profile", "openid profile", { lineage: { droppedScopes: ["openid"] } })).toBe("profile email");
    expect(scope("openid profile email", "profile email")).toBe("profile email");
  });
  test("keycloak: it is not given when asked for, but default scopes come back", () =>
    expect(scope("openid profile phone", "openid profile phone", { dialect: "keycloak", lineage })).toBe("openid profile email"));
});
