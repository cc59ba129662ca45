import { ACCESS_TOKEN, basicOf, ID_TOKEN, JWT, type Parameters, REFRESH_TOKEN, secretOf } from "../client.ts";
import {
  type Case,
  answers,
  exchange,
  type Expected,
  introspect,
  ok,
  type Otherwise,
  refused,
  serviceAccount,
  signIn,
  step,
} from "./case.ts";

/** What the talk and the guide ask of a token endpoint, and the refusals around it. */

const [portal, reports, someService, backendService] = ["portal", "reports", "some-service", "some-backend-service"].map(secretOf) as [
  Parameters,
  Parameters,
  Parameters,
  Parameters,
];
const [frontend, web, adminTool] = [{ client_id: "frontend" }, { client_id: "web" }, secretOf("admin-tool")] as const;
const backend = { audience: "some-backend-service" };
const asAccessToken = { requested_token_type: ACCESS_TOKEN };

const DEVELOPER = "$developer.access_token";
const developer = signIn("developer", "developer-123@apixion", frontend);
const throughPortal = { ...step(exchange(portal, DEVELOPER, { ...backend, ...asAccessToken }), ok()), as: "portal" };
const alice = signIn("alice", "alice", web);
const support = signIn("support", "support", adminTool);

const NOT_ALLOWED = refused(403, "access_denied", "Client not allowed to exchange");
const NOT_IN_AUDIENCE = refused(403, "access_denied", "Client is not within the token audience");
const NO_AUDIENCE = refused(400, "invalid_client", "Audience not found");
const INVALID_TOKEN = refused(400, "invalid_request", "Invalid token");
const WRONG_TYPE = refused(400, "invalid_request", "Invalid token type, must be access token");
const UNSUPPORTED = refused(400, "invalid_request", "requested_token_type unsupported");
const DENIED = { native: refused(400, "not_allowed") };
const BAD_TOKEN = { native: refused(400, "invalid_token") };
const NO_TARGET = { native: refused(400, "invalid_target") };
const INVALID = { native: refused(400, "invalid_request") };

const portalClaims = {
  aud: "some-backend-service",
  azp: "portal",
  scope: "email openid profile",
  preferred_username: "developer-123@apixion",
  resource_access: { "some-backend-service": { roles: ["editor", "viewer"] } },
};
const portalsToken = ok(portalClaims, { token_type: "Bearer", issued_token_type: ACCESS_TOKEN, refresh_token: "<none>" });
const withRefreshToken = ok(portalClaims, { token_type: "Bearer", issued_token_type: REFRESH_TOKEN, refresh_token: "<any>" });
const reportsToken = ok(
  { aud: "some-backend-service", azp: "reports", resource_access: { "some-backend-service": { roles: ["viewer"] } } },
  { issued_token_type: ACCESS_TOKEN },
);
/** The legacy exchange of 26.1.3 gives a refresh token unless another type is asked for. */
const reportsRefreshToken = ok({ aud: "some-backend-service", azp: "reports" }, { issued_token_type: REFRESH_TOKEN });

type Row = (name: string, request: ReturnType<typeof exchange>, answer: Expected, otherwise?: Otherwise, more?: Partial<Case>) => Case;
const talk: Row = (name, request, answer, otherwise, more) => ({
  name,
  realm: "apixion",
  before: [developer],
  steps: [step(request, answer, otherwise)],
  ...more,
});
const guide: Row = (name, request, answer, otherwise, more) => ({
  name,
  realm: "myrealm",
  before: [],
  steps: [step(request, answer, otherwise)],
  ...more,
});

export const TALK_AND_GUIDE: readonly Case[] = [
  // The talk's request, and what varies in it.
  talk(
    "talk: Basic auth, portal to some-backend-service",
    { ...exchange({}, DEVELOPER, { ...backend, ...asAccessToken }), headers: basicOf("portal") },
    portalsToken,
  ),
  talk("default requested type", exchange(portal, DEVELOPER, backend), withRefreshToken, { native: portalsToken }),
  talk("requested refresh_token", exchange(portal, DEVELOPER, { ...backend, requested_token_type: REFRESH_TOKEN }), withRefreshToken),
  talk("requested id_token", exchange(portal, DEVELOPER, { ...backend, requested_token_type: ID_TOKEN }), UNSUPPORTED, INVALID),
  talk("requested jwt", exchange(portal, DEVELOPER, { ...backend, requested_token_type: JWT }), UNSUPPORTED, INVALID),
  talk(
    "chain: the backend exchanges on",
    exchange(backendService, "$portal.access_token", { audience: "some-service", ...asAccessToken }),
    ok({ aud: "some-service", azp: "some-backend-service", resource_access: { "some-service": { roles: ["viewer"] } } }),
    {},
    { before: [developer, throughPortal] },
  ),

  talk("scope parameter reduces", exchange(portal, DEVELOPER, { ...backend, ...asAccessToken, scope: "openid" }), portalsToken, {
    native: ok({ scope: "openid" }),
  }),
  talk("scope parameter grows", exchange(portal, DEVELOPER, { ...backend, ...asAccessToken, scope: "openid phone" }), portalsToken, {
    native: ok({ scope: "openid" }),
  }),
  talk(
    "scope parameter unknown",
    exchange(portal, DEVELOPER, { ...backend, ...asAccessToken, scope: "nonsense" }),
    ok({ ...portalClaims, scope: "email profile" }),
    { native: ok({ scope: "" }) },
  ),

  // Who may exchange to whom.
  talk("no permission on the target", exchange(portal, DEVELOPER, { audience: "backend", ...asAccessToken }), NOT_ALLOWED, DENIED),
  talk("no permission for this requester", exchange(someService, DEVELOPER, { ...backend, ...asAccessToken }), NOT_ALLOWED, DENIED),
  talk("public requester, own token, no permission", exchange(frontend, DEVELOPER, { audience: "backend" }), NOT_ALLOWED, DENIED),
  talk(
    "public requester to itself",
    exchange(frontend, DEVELOPER, asAccessToken),
    ok({ aud: ["frontend", "portal", "reports"], azp: "frontend" }),
  ),
  talk(
    "no audience",
    exchange(portal, DEVELOPER, asAccessToken),
    ok({ aud: "<none>", azp: "portal", resource_access: { portal: { roles: ["admin"] } } }),
  ),
  talk("no audience, requester not in aud", exchange(someService, DEVELOPER, asAccessToken), NOT_IN_AUDIENCE, DENIED),
  talk("audience unknown", exchange(portal, DEVELOPER, { audience: "nobody" }), NO_AUDIENCE, NO_TARGET),
  talk(
    "two audiences",
    exchange(portal, DEVELOPER, { audience: ["some-backend-service", "backend"], ...asAccessToken }),
    NOT_ALLOWED,
    DENIED,
  ),

  // Subject tokens that are not one.
  talk("subject tampered", exchange(portal, `${DEVELOPER}|tampered`, backend), INVALID_TOKEN, BAD_TOKEN),
  talk("subject garbage", exchange(portal, "not-a-token", backend), INVALID_TOKEN, BAD_TOKEN),
  talk("subject is a refresh token", exchange(portal, "$developer.refresh_token", backend), INVALID_TOKEN, BAD_TOKEN),
  talk("subject is an id token", exchange(portal, "$developer.id_token", backend), INVALID_TOKEN, BAD_TOKEN),
  talk(
    "subject id token by its type",
    exchange(portal, "$developer.id_token", { ...backend, subject_token_type: ID_TOKEN }),
    WRONG_TYPE,
    INVALID,
  ),
  talk("subject type jwt", exchange(portal, DEVELOPER, { ...backend, subject_token_type: JWT }), WRONG_TYPE, INVALID),
  talk("subject type unknown", exchange(portal, DEVELOPER, { ...backend, subject_token_type: "nonsense" }), WRONG_TYPE, INVALID),
  talk("subject type missing", exchange(portal, DEVELOPER, { ...backend, ...asAccessToken, subject_token_type: undefined }), portalsToken),
  talk(
    "subject twice",
    exchange(portal, [DEVELOPER, DEVELOPER], backend),
    refused(400, "invalid_request", "duplicated parameter"),
    INVALID,
  ),

  // The standard exchange: 26.7.4 has it (V2), for 26.1.3 it is an attribute that means nothing.
  talk("V2: to a target in reach", exchange(reports, DEVELOPER, backend), reportsToken, { in26_1: NOT_ALLOWED }),
  talk("V2: no audience", exchange(reports, DEVELOPER), reportsToken, { in26_1: reportsRefreshToken }),
  talk(
    "V2: target out of reach",
    exchange(reports, DEVELOPER, { audience: "backend" }),
    refused(400, "invalid_request", "Requested audience not available: backend"),
    { in26_1: NOT_ALLOWED, ...NO_TARGET },
  ),
  talk("V2: audience unknown", exchange(reports, DEVELOPER, { audience: "nobody" }), NO_AUDIENCE, NO_TARGET),
  talk(
    "V2: two audiences",
    exchange(reports, DEVELOPER, { audience: ["some-backend-service", "reports"] }),
    refused(400, "invalid_request", "Requested audience not available: reports"),
    { in26_1: NOT_ALLOWED, ...NO_TARGET },
  ),
  talk(
    "V2: scope unknown",
    exchange(reports, DEVELOPER, { scope: "nonsense" }),
    refused(400, "invalid_scope", "Invalid scopes: nonsense"),
    {
      in26_1: reportsRefreshToken,
      native: refused(400, "invalid_scope"),
    },
  ),
  talk("V2: scope reduced", exchange(reports, DEVELOPER, { ...backend, scope: "openid" }), reportsToken, { in26_1: NOT_ALLOWED }),
  talk("V2: requested refresh_token", exchange(reports, DEVELOPER, { requested_token_type: REFRESH_TOKEN }), UNSUPPORTED, {
    in26_1: reportsRefreshToken,
    ...INVALID,
  }),
  talk(
    "V2: requested id_token",
    exchange(reports, DEVELOPER, { requested_token_type: ID_TOKEN }),
    ok({ typ: "ID", aud: "reports", azp: "reports" }, { token_type: "N_A", issued_token_type: ID_TOKEN }),
    { in26_1: UNSUPPORTED },
  ),
  talk("V2: subject expired or tampered", exchange(reports, `${DEVELOPER}|tampered`), INVALID_TOKEN, BAD_TOKEN),
  talk("V2: subject without the requester in aud", exchange(reports, "$portal.access_token"), NOT_IN_AUDIENCE, DENIED, {
    before: [developer, throughPortal],
  }),
  talk("V2 requester", exchange(reports, DEVELOPER, { ...backend, ...asAccessToken }), reportsToken, { in26_1: NOT_ALLOWED }),

  // The guide's exchange and its impersonation.
  guide(
    "guide: service-a to service-b",
    exchange(secretOf("service-a"), "$alice.access_token", { audience: "service-b", ...asAccessToken }),
    ok(
      { aud: "service-b", azp: "service-a", preferred_username: "alice", resource_access: { "service-b": { roles: ["reader"] } } },
      { token_type: "Bearer", expires_in: "<any>", issued_token_type: ACCESS_TOKEN, scope: "email openid profile" },
    ),
    {},
    { before: [alice] },
  ),
  guide(
    "guide: impersonation by a user with the role",
    exchange(adminTool, "$support.access_token", { requested_subject: "bob", ...asAccessToken }),
    ok({ azp: "admin-tool", preferred_username: "bob", act: "<none>" }),
    {},
    { before: [support] },
  ),
  guide(
    "guide: impersonation by the client's service account",
    exchange(adminTool, "$own.access_token", { requested_subject: "bob", ...asAccessToken }),
    ok({ azp: "admin-tool", preferred_username: "bob" }),
    {},
    { before: [serviceAccount("own", adminTool)] },
  ),
  guide(
    "V12 impersonation without the role, by a client whose service account has it",
    exchange(adminTool, "$alice.access_token", { requested_subject: "bob", ...asAccessToken }),
    NOT_ALLOWED,
    { native: ok({ azp: "admin-tool", preferred_username: "bob" }) },
    { before: [signIn("alice", "alice", adminTool)] },
  ),
  guide(
    "V11 impersonation of a missing user",
    exchange(adminTool, "$support.access_token", { requested_subject: "nobody", ...asAccessToken }),
    NOT_ALLOWED,
    { native: refused(400, "access_denied") },
    { before: [support] },
  ),
  guide(
    "V11 impersonation of a disabled user",
    exchange(adminTool, "$support.access_token", { requested_subject: "leaver", ...asAccessToken }),
    NOT_ALLOWED,
    { in26_1: ok({ preferred_username: "leaver" }), ours: NOT_ALLOWED, native: refused(400, "access_denied") },
    { before: [support], deviation: "impersonation of a disabled user" },
  ),
  guide("V14 naked impersonation", exchange(adminTool, undefined, { requested_subject: "bob" }), NOT_ALLOWED, {
    native: refused(400, "access_denied"),
  }),

  talk(
    "R01 requested_issuer unknown",
    exchange(portal, DEVELOPER, { requested_issuer: "nowhere" }),
    refused(400, "invalid_request", "Invalid issuer"),
    INVALID,
  ),
  talk(
    "introspection of the exchanged token by its audience",
    introspect(backendService, "$portal.access_token"),
    answers({ active: true, aud: "some-backend-service", client_id: "portal", username: "developer-123@apixion" }),
    {},
    { before: [developer, throughPortal] },
  ),
];
