import { describe, expect, test } from "vitest";
import { ACCESS, attribute, mappedToken, stamp, written } from "../../testing/mapped-token.ts";
import { mapper } from "../../testing/realm.ts";
import type { ProtocolMapper } from "../../model.ts";
import { buildAccessTokenClaims } from "../build-claims.ts";

const attributes = { team: ["red", "blue"], floor: ["3"] };
const groupsMapper = (full: string): ProtocolMapper =>
  mapper("oidc-group-membership-mapper", { ...ACCESS, "claim.name": "groups", "full.path": full });

describe("oidc-usermodel-attribute-mapper", () => {
  test.each([
    ["writes the first value", { "user.attribute": "team", "claim.name": "team" }, { team: "red" }],
    [
      "writes all values when multivalued",
      { "user.attribute": "team", "claim.name": "team", multivalued: "true" },
      { team: ["red", "blue"] },
    ],
    ["writes in its JSON type", { "user.attribute": "floor", "claim.name": "floor", "jsonType.label": "int" }, { floor: 3 }],
    ["nests", { "user.attribute": "floor", "claim.name": "office.floor" }, { office: { floor: "3" } }],
    ["keeps an escaped dot", { "user.attribute": "floor", "claim.name": "office\\.floor" }, { "office.floor": "3" }],
    ["knows the username as attribute", { "user.attribute": "username", "claim.name": "upn" }, { upn: "alice" }],
    ["knows the mail address as attribute", { "user.attribute": "email", "claim.name": "mail" }, { mail: "alice@example.com" }],
    ["leaves out what the user does not have", { "user.attribute": "car", "claim.name": "car" }, {}],
    ["leaves out what is not of its JSON type", { "user.attribute": "team", "claim.name": "team", "jsonType.label": "long" }, {}],
    ["does not mistake a member of every object for an attribute", { "user.attribute": "constructor", "claim.name": "x" }, {}],
    [
      "writes nothing where access.token.claim is off",
      { "user.attribute": "team", "claim.name": "team", "access.token.claim": "false" },
      {},
    ],
  ] as const)("%s", (_title, config, expected) => {
    expect(written([attribute(config)], { user: { attributes } })).toEqual(expected);
  });

  const region = { "user.attribute": "region", "claim.name": "region", multivalued: "true" };
  test("a user without the attribute takes it from the first group that has it", () => {
    expect(written([attribute(region)], { user: { groups: ["/sales/emea", "/ops"] } })).toEqual({ region: ["emea"] });
  });
  test("and from the groups above", () => {
    expect(written([attribute({ ...region, "user.attribute": "desk" })], { user: { groups: ["/sales/emea"] } })).toEqual({
      region: ["one"],
    });
  });
  test("aggregated: the user's, the groups' and those above, once each", () => {
    const aggregated = attribute({ ...region, "aggregate.attrs": "true" });
    expect(written([aggregated], { user: { groups: ["/sales/emea", "/ops"], attributes: { region: ["home", "emea"] } } })).toEqual({
      region: ["home", "emea", "world", "ops"],
    });
  });
  test("two mappers nest into one claim", () => {
    const mappers = [
      attribute({ "user.attribute": "floor", "claim.name": "office.floor" }),
      attribute({ "user.attribute": "team", "claim.name": "office.team" }),
    ];
    expect(written(mappers, { user: { attributes } })).toEqual({ office: { floor: "3", team: "red" } });
  });
  test("a path through a text writes nothing", () => {
    const mappers = [
      attribute({ "user.attribute": "floor", "claim.name": "office" }),
      attribute({ "user.attribute": "team", "claim.name": "office.team" }),
    ];
    expect(written(mappers, { user: { attributes } })).toEqual({ office: "3" });
  });
  test("names of members that every object has are names like others", () => {
    const claims = written([attribute({ "user.attribute": "floor", "claim.name": "constructor.toString" })], { user: { attributes } });
    expect(JSON.stringify(claims)).toBe('{"constructor":{"toString":"3"}}');
  });
});

describe("other mappers of user and session", () => {
  test("oidc-usermodel-property-mapper writes a field in its type", () => {
    const verified = mapper("oidc-usermodel-property-mapper", {
      ...ACCESS,
      "user.attribute": "emailVerified",
      "claim.name": "ok",
      "jsonType.label": "boolean",
    });
    expect(written([verified], { user: { emailVerified: true } })).toEqual({ ok: true });
    expect(written([mapper("oidc-usermodel-property-mapper", { ...ACCESS, "user.attribute": "attributes", "claim.name": "x" })])).toEqual(
      {},
    );
  });
  test.each([
    [{ firstName: "Alice", lastName: "Example" }, { name: "Alice Example" }],
    [{ firstName: "Alice", lastName: "" }, { name: "Alice" }],
    [{ firstName: "", lastName: "Example" }, { name: "Example" }],
    [{ firstName: "", lastName: "" }, {}],
  ])("oidc-full-name-mapper joins %o", (user, expected) => {
    expect(written([mapper("oidc-full-name-mapper", ACCESS)], { user })).toEqual(expected);
  });
  test("oidc-address-mapper writes the parts the user has, under the attributes it names", () => {
    const address = mapper("oidc-address-mapper", { ...ACCESS, "user.attribute.street": "strasse" });
    expect(written([address], { user: { attributes: { strasse: ["1 Main St"], country: ["DE"] } } })).toEqual({
      address: { street_address: "1 Main St", country: "DE" },
    });
    expect(written([address])).toEqual({ address: {} });
  });
  test("oidc-hardcoded-claim-mapper writes its value in its type", () => {
    expect(
      written([mapper("oidc-hardcoded-claim-mapper", { ...ACCESS, "claim.name": "tier", "claim.value": "2", "jsonType.label": "int" })]),
    ).toEqual({ tier: 2 });
    expect(written([mapper("oidc-hardcoded-claim-mapper", { ...ACCESS, "claim.name": "tier" })])).toEqual({});
  });
  test("oidc-group-membership-mapper writes names or paths", () => {
    const user = { groups: ["/sales/emea", "/ops"] };
    expect(written([groupsMapper("true")], { user })).toEqual({ groups: ["/sales/emea", "/ops"] });
    expect(written([groupsMapper("false")], { user })).toEqual({ groups: ["emea", "ops"] });
    expect(written([groupsMapper("true")])).toEqual({});
  });
  test("oidc-usersessionmodel-note-mapper writes a note", () => {
    const note = mapper("oidc-usersessionmodel-note-mapper", {
      ...ACCESS,
      "user.session.note": "IMPERSONATOR_ID",
      "claim.name": "impersonator.id",
    });
    expect(written([note], { notes: { IMPERSONATOR_ID: "u-1" } })).toEqual({ impersonator: { id: "u-1" } });
    expect(written([note])).toEqual({});
  });
  test("oidc-acr-mapper, oidc-sub-mapper and oidc-allowed-origins-mapper write their own claims", () => {
    const mappers = [mapper("oidc-acr-mapper", ACCESS), mapper("oidc-sub-mapper"), mapper("oidc-allowed-origins-mapper")];
    const plan = mappedToken(mappers);
    const builtFor = { ...plan.builtFor, webOrigins: ["http://app.example"] };
    expect(buildAccessTokenClaims({ ...plan, builtFor }, stamp)).toMatchObject({
      acr: "1",
      sub: plan.user.id,
      "allowed-origins": ["http://app.example"],
    });
    expect(buildAccessTokenClaims(plan, stamp)).not.toHaveProperty("allowed-origins", expect.anything());
  });
  test("oidc-organization-membership-mapper has nothing to say where no scope asks for organizations", () => {
    expect(written([mapper("oidc-organization-membership-mapper", { ...ACCESS, "claim.name": "organization" })])).toEqual({});
  });
  test("what one token writes into a hard-coded object is not in the next", () => {
    const object = mapper("oidc-hardcoded-claim-mapper", {
      ...ACCESS,
      "claim.name": "office",
      "claim.value": '{"city":"Bonn"}',
      "jsonType.label": "JSON",
    });
    const mappers = [object, attribute({ "user.attribute": "floor", "claim.name": "office.floor" })];
    const plan = mappedToken(mappers, { user: { attributes: { floor: ["3"] } } });
    expect(buildAccessTokenClaims(plan, stamp)["office"]).toEqual({ city: "Bonn", floor: "3" });
    expect(buildAccessTokenClaims({ ...plan, user: { ...plan.user, attributes: {} } }, stamp)["office"]).toEqual({ city: "Bonn" });
  });
});
