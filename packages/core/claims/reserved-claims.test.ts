import { describe, expect, test } from "vitest";
import { ACCESS, attribute, mappedToken, stamp, written, type MappedToken } from "../testing/mapped-token.ts";
import { mapper } from "../testing/realm.ts";
import type { ProtocolMapper } from "../model.ts";
import { buildAccessTokenClaims, buildIdTokenClaims, buildIntrospectionClaims, buildUserinfoClaims } from "./build-claims.ts";
import { unsupportedMappers } from "./mapper-plan.ts";

const genericMappers = (name: string): readonly ProtocolMapper[] => [
  attribute({ "user.attribute": "evil", "claim.name": name }),
  mapper("oidc-usermodel-property-mapper", { ...ACCESS, "user.attribute": "username", "claim.name": name }),
  mapper("oidc-hardcoded-claim-mapper", { ...ACCESS, "claim.name": name, "claim.value": "evil" }),
  mapper("oidc-usersessionmodel-note-mapper", { ...ACCESS, "user.session.note": "evil", "claim.name": name }),
  mapper("oidc-group-membership-mapper", { ...ACCESS, "claim.name": name }),
  mapper("oidc-usermodel-realm-role-mapper", { ...ACCESS, "claim.name": name === "realm_access.roles" ? "realm_access.x.roles" : name }),
  mapper("oidc-usermodel-client-role-mapper", {
    ...ACCESS,
    "claim.name": name === "resource_access.shop.roles" ? "resource_access.shop" : name,
  }),
];
const authTimeFrom = (note: string): ProtocolMapper =>
  mapper("oidc-usersessionmodel-note-mapper", {
    ...ACCESS,
    "user.session.note": note,
    "claim.name": "auth_time",
    "jsonType.label": "long",
  });

describe("SEC-JOSE-30 reserved claims", () => {
  const RESERVED = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "azp",
    "sid",
    "typ",
    "cnf",
    "act",
    "may_act",
    "scope",
    "acr",
    "amr",
    "auth_time",
  ];
  const nested = ["realm_access.roles", "resource_access.shop.roles", "act.sub", "may_act.sub"];
  const change: MappedToken = {
    user: { attributes: { evil: ["evil"] }, groups: ["/ops"], roles: ["staff", "shop/seller"] },
    notes: { evil: "evil" },
  };

  test.each([...RESERVED, ...nested])("SEC-JOSE-30 no generic mapper writes %s, and all are listed", (name) => {
    const mappers = genericMappers(name);
    const clean = buildAccessTokenClaims(mappedToken([], change), stamp);
    expect(buildAccessTokenClaims(mappedToken(mappers, change), stamp)).toEqual(clean);
    const listed = unsupportedMappers(mappedToken(mappers, change).builtFor);
    expect(listed.map(({ type }) => type)).toEqual(mappers.map(({ type }) => type));
    for (const { problem } of listed) expect(problem).toMatch(/^the claim \S+ is reserved$/);
  });
  test("SEC-TX-18 a mapper named act changes neither the token nor what introspection says", () => {
    const mappers = genericMappers("act");
    const plan = mappedToken(mappers, change);
    const token = buildAccessTokenClaims({ ...plan, act: { sub: "portal-account", client_id: "portal" } }, stamp);
    expect(token.act).toEqual({ sub: "portal-account", client_id: "portal" });
    expect(buildIntrospectionClaims(plan, token).act).toEqual({ sub: "portal-account", client_id: "portal" });
    expect(buildIntrospectionClaims(plan, buildAccessTokenClaims(plan, stamp))).not.toHaveProperty("act", expect.anything());
    expect(buildIdTokenClaims(plan, stamp)).not.toHaveProperty("act", expect.anything());
    expect(buildUserinfoClaims(plan)).not.toHaveProperty("act", expect.anything());
  });
  test("only the note AUTH_TIME may become auth_time", () => {
    expect(written([authTimeFrom("AUTH_TIME")], { notes: { AUTH_TIME: "990" } })).toEqual({ auth_time: 990 });
    expect(written([authTimeFrom("AUTH_TIME")])).toEqual({});
    expect(written([authTimeFrom("OTHER")], { notes: { OTHER: "1" } })).toEqual({});
  });
});
