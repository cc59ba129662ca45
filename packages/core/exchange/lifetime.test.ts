import { describe, expect, test } from "vitest";
import type { Refusal } from "../refusals.ts";
import { exchangeFacts, impersonationFacts, type ExchangeChange } from "../testing/exchange.ts";
import { NOW } from "../testing/policies.ts";
import { clientPolicy } from "../testing/realm.ts";
import { decideExchange } from "./decide-exchange.ts";

function lifetime(change: ExchangeChange): number | Refusal {
  const decision = decideExchange(exchangeFacts(change));
  return decision.outcome === "deny" ? decision.refusal : decision.lifetime;
}
const target = (attributes: Readonly<Record<string, string>>): ExchangeChange["clients"] & object => ({
  "some-backend-service": { attributes },
});
const lifespan = (seconds: number): ExchangeChange["clients"] & object => target({ "access.token.lifespan": String(seconds) });
const LONG = { claims: { exp: NOW + 9000 } };

describe("SEC-INV-4 exp is not later than any of its limits", () => {
  test.each<readonly [string, ExchangeChange, number | Refusal, number | Refusal]>([
    ["the realm's lifespan", LONG, 300, 300],
    ["what is left of the subject token", { claims: { exp: NOW + 7 } }, 7, 300],
    ["the target's own lifespan, shorter", { ...LONG, clients: lifespan(60) }, 60, 60],
    ["the target's own lifespan, longer", { ...LONG, clients: lifespan(900) }, 300, 900],
    [
      "the holder's lifespan does not matter",
      { ...LONG, clients: { frontend: { attributes: { "access.token.lifespan": "5" } } } },
      300,
      300,
    ],
    ["the end of the session", { ...LONG, session: { started: NOW - 35_950 } }, 50, 50],
    ["the end of the session, for a lifespan of all of it", { ...LONG, clients: lifespan(-1), session: { started: NOW - 35_950 } }, 50, 50],
    ["the realm's age of chains", { ...LONG, exchange: { maxAge: 40 } }, 30, 300],
    ["the age of an older chain", { ...LONG, exchange: { maxAge: 400 }, lineage: { chainStart: NOW - 390 } }, 10, 300],
    [
      "the client session's maximum counts from now, when it begins now",
      { ...LONG, session: { started: NOW - 100 }, clients: target({ "client.session.max.lifespan": "60" }) },
      60,
      60,
    ],
    [
      "the client session's maximum, when it began with the session",
      {
        ...LONG,
        session: { started: NOW - 100 },
        clients: target({ "client.session.max.lifespan": "150" }),
        inSession: ["frontend", "some-backend-service"],
      },
      50,
      50,
    ],
    ["a token without session has no end but its own", { ...LONG, session: null }, 300, 300],
    ["an offline session without a maximum", { ...LONG, session: { offline: true, started: NOW - 9_000_000 } }, 300, 300],
  ])("%s", (_title, change, native, keycloak) => {
    expect(lifetime(change)).toBe(native);
    expect(lifetime({ dialect: "keycloak", ...change })).toBe(keycloak);
  });

  test("a chain that begins with an impersonation without subject token ages from now", () => {
    const permissions = { "admin-impersonating.permission.users": [clientPolicy("portal")] };
    expect(decideExchange(impersonationFacts({ claims: null, permissions, exchange: { maxAge: 5 } }))).toMatchObject({ lifetime: 5 });
  });

  test("SEC-INV-9 nothing is permitted that would be over at once", () => {
    const over: ExchangeChange = {
      session: { started: NOW - 100 },
      clients: target({ "client.session.max.lifespan": "100" }),
      inSession: ["frontend", "some-backend-service"],
    };
    for (const dialect of ["native", "keycloak"] as const) expect(lifetime({ dialect, ...over })).toBe("subject_token_invalid");
  });
});
