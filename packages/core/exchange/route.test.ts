import { TOKEN_TYPE } from "@cambist/protocol/token-types.ts";
import { describe, expect, test } from "vitest";
import type { ExchangeFeatures } from "../model.ts";
import { exchangeRequest } from "../testing/exchange.ts";
import { testRealm } from "../testing/realm.ts";
import { talkPlatform } from "../testing/talk-platform.ts";
import type { ExchangeRequest } from "../token-request/exchange-request.ts";
import { routeExchange, type Route } from "./route.ts";

const BOTH: ExchangeFeatures = {
  tokenExchange: true,
  standardTokenExchange: true,
  impersonation: true,
  fineGrainedAdminPermissions: true,
};
const STANDARD_ONLY = { ...BOTH, tokenExchange: false };
const realm = testRealm(talkPlatform());
const route = (request: Partial<ExchangeRequest>, features = BOTH, requester = "reports"): Route =>
  routeExchange(exchangeRequest(true, request), realm.client(requester), features);

test("a client that has the standard exchange switched on gets it", () => expect(route({})).toEqual({ engine: "standard" }));

test("a client that has not gets V1", () => expect(route({}, BOTH, "portal")).toEqual({ engine: "v1" }));

test("with the standard exchange off as a feature everybody gets V1", () =>
  expect(route({}, { ...BOTH, standardTokenExchange: false })).toEqual({ engine: "v1" }));

test("with both features off nobody decides, and the reason says which is missing", () =>
  expect(route({}, { ...BOTH, tokenExchange: false, standardTokenExchange: false })).toEqual({
    engine: "none",
    reason: "Standard token exchange is switched off",
  }));

describe("what the standard exchange declines, with Keycloak's reasons, in its order", () => {
  const rows = [
    ["requested_subject", { requestedSubject: "bob" }, "Parameter 'requested_subject' is not supported for standard token exchange"],
    ["requested_issuer", { requestedIssuer: "google" }, "Parameter 'requested_issuer' is not supported for standard token exchange"],
    ["subject_issuer", { subjectIssuer: "google" }, "Parameter 'subject_issuer' is not supported for standard token exchange"],
    ["a missing subject_token", { subjectToken: undefined }, "Parameter 'subject_token' required for standard token exchange"],
    ["a missing type", { subjectTokenType: undefined }, "Parameter 'subject_token_type' required for standard token exchange"],
    ["another type", { subjectTokenType: TOKEN_TYPE.jwt }, "Parameter 'subject_token' supports access tokens only"],
    ["an empty type", { subjectTokenType: "" }, "Parameter 'subject_token' supports access tokens only"],
  ] as const;

  test.each(rows)("%s", (_title, request, reason) => {
    expect(route(request, STANDARD_ONLY)).toEqual({ engine: "none", reason });
    expect(route(request)).toEqual({ engine: "v1" });
  });

  test("a client without the switch", () =>
    expect(route({}, STANDARD_ONLY, "portal")).toEqual({
      engine: "none",
      reason: "Standard token exchange is not enabled for the requested client",
    }));

  test("the first reason hides the later ones", () => {
    const everything = Object.assign({}, ...rows.toReversed().map(([, request]) => request)) as Partial<ExchangeRequest>;
    expect(route(everything, STANDARD_ONLY, "portal")).toMatchObject({ reason: rows[0][2] });
  });
});

test("SEC-TX-11 an empty subject token stays with the engine that a good one has", () =>
  expect(route({ subjectToken: "" })).toEqual({ engine: "standard" }));

test.each(["True", "TRUE", "1", "yes", " true"])("only the word true switches the standard exchange on, not %j", (value) => {
  const odd = testRealm({ clients: [{ clientId: "odd", attributes: { "standard.token.exchange.enabled": value } }] });
  expect(routeExchange(exchangeRequest(true), odd.client("odd"), BOTH)).toEqual({ engine: "v1" });
});
