import { ACCESS_TOKEN, basicOf, ID_TOKEN, JWT, type Parameters, REFRESH_TOKEN, SAML2, secretOf } from "../client.ts";
import {
  answers,
  type Case,
  exchange,
  type Expected,
  ok,
  type Otherwise,
  refused,
  revoke,
  logout,
  signIn,
  type Step,
  step,
} from "./case.ts";

/**
 * Every way in which Keycloak refuses an exchange, numbered: `E` the token endpoint itself, `V` the legacy exchange and impersonation, `S` the
 * standard exchange. Those that need an identity provider are not here; some stand in the other files.
 */

const [gate, stranger, shut, bearer] = ["gate", "stranger", "shut", "bearer"].map(secretOf) as [
  Parameters,
  Parameters,
  Parameters,
  Parameters,
];
const web = { client_id: "web" };
const ADA = "$ada.access_token";
const ada = signIn("ada", "ada", web);
const toApi = { audience: "api" };

const INVALID_TOKEN = refused(400, "invalid_request", "Invalid token");
const BAD_TOKEN = { native: refused(400, "invalid_token") };
const INVALID = { native: refused(400, "invalid_request") };
const NO_TARGET = { native: refused(400, "invalid_target") };
const NO_CLIENT = { native: refused(401, "invalid_client") };
const BAD_CLIENT = "Invalid client or Invalid client credentials";

type Row = (name: string, request: Omit<Step, "answer">, answer: Expected, otherwise?: Otherwise, more?: Partial<Case>) => Case;
const row: Row = (name, request, answer, otherwise, more) => ({
  name,
  realm: "endpoints",
  before: [ada],
  steps: [step(request, answer, otherwise)],
  ...more,
});
/** The same of the standard exchange in the realm of Keycloak's own tests, which has nothing but it. */
const standard = (
  name: string,
  parameters: Parameters,
  answer: Expected,
  otherwise: Otherwise = INVALID,
  more: Partial<Case> = {},
): Case => ({
  name,
  realm: "test-v2",
  before: [signIn("john", "john", { client_id: "subject-client", client_secret: "secret" })],
  steps: [step(exchange({ client_id: "requester-client", client_secret: "secret" }, "$john.access_token", parameters), answer, otherwise)],
  needs: "standard exchange",
  ...more,
});
/** Something happens to the token between sign-in and exchange. */
const after = (name: string, event: Step, back?: Step, before: readonly Step[] = [ada]): Case => ({
  name,
  realm: "endpoints",
  before,
  steps: [
    step(exchange(gate, ADA, toApi), ok({ aud: "api" })),
    event,
    step(exchange(gate, ADA, toApi), INVALID_TOKEN, BAD_TOKEN),
    ...(back ? [back] : []),
  ],
});
const OFFLINE_ROLE = [{ id: "$role.id", name: "offline_access" }];
const client = (id: string, json: object): Step =>
  step({ to: `admin PUT clients/00000000-0000-4000-8005-${id.padStart(12, "0")}`, json }, answers({}, 204));

export const REFUSALS: readonly Case[] = [
  row("E01 an unknown realm", exchange(gate, "x"), refused(404, "Realm does not exist"), {}, { realm: "nowhere", before: [] }),
  row(
    "E02 http where https is required",
    exchange(gate, "x"),
    refused(403, "invalid_request", "HTTPS required"),
    {},
    { realm: "https", before: [] },
  ),
  row("E03 a disabled realm", exchange(gate, "x"), refused(403, "access_denied", "Realm not enabled"), {}, { realm: "closed", before: [] }),
  row("E04 no grant_type", { to: "token", form: gate }, refused(400, "invalid_request", "Missing form parameter: grant_type"), INVALID),
  row("E04 an empty body", { to: "token", form: {} }, refused(400, "invalid_request", "Missing form parameter: grant_type"), INVALID),
  row(
    "E05 an unknown grant_type",
    { to: "token", form: { ...gate, grant_type: "nonsense" } },
    refused(400, "unsupported_grant_type", "Unsupported grant_type"),
    { native: refused(400, "unsupported_grant_type") },
  ),
  row(
    "E05 the grant switched off comes before the client's credentials",
    exchange({ ...gate, client_secret: "wrong" }, "x"),
    refused(400, "unsupported_grant_type", "Unsupported grant_type"),
    { native: refused(400, "unsupported_grant_type") },
    { needs: "no exchange", before: [] },
  ),
  row("E06 no client", exchange({}, ADA, toApi), refused(401, "invalid_client", BAD_CLIENT), NO_CLIENT),
  row("E06 an unknown client", exchange(secretOf("nobody"), ADA, toApi), refused(401, "invalid_client", BAD_CLIENT), NO_CLIENT),
  row("E07 a disabled client", exchange(shut, ADA, toApi), refused(401, "invalid_client", BAD_CLIENT), NO_CLIENT),
  row(
    "E08 a wrong secret",
    exchange({ ...gate, client_secret: "wrong" }, ADA, toApi),
    refused(401, "unauthorized_client", BAD_CLIENT),
    NO_CLIENT,
  ),
  row("E08 no secret", exchange({ client_id: "gate" }, ADA, toApi), refused(401, "unauthorized_client", BAD_CLIENT), NO_CLIENT),
  row(
    "E08 a wrong secret in Basic",
    { ...exchange({}, ADA, toApi), headers: basicOf("gate", "wrong") },
    refused(401, "unauthorized_client", BAD_CLIENT),
    { native: { ...refused(401, "invalid_client"), headers: { "www-authenticate": 'Basic realm="endpoints"' } } },
  ),
  row(
    "E08 a Basic header without a colon",
    { ...exchange({}, ADA, toApi), headers: { authorization: `Basic ${Buffer.from("gate").toString("base64")}` } },
    refused(401, "invalid_client", BAD_CLIENT),
    NO_CLIENT,
  ),
  row(
    "E08 a right Basic header beside a wrong secret in the form",
    { ...exchange({ client_secret: "wrong" }, ADA, toApi), headers: basicOf("gate") },
    refused(401, "unauthorized_client", BAD_CLIENT),
    NO_CLIENT,
  ),
  row(
    "E08 a secret for a client that signs",
    exchange(secretOf("signer"), ADA, toApi),
    refused(400, "invalid_client", "Parameter client_assertion_type is missing"),
    NO_CLIENT,
  ),
  row(
    "E08 an assertion that is none",
    exchange(
      { client_id: "signer", client_assertion: "x", client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" },
      ADA,
      toApi,
    ),
    refused(400, "invalid_client", "Client authentication with signed JWT failed: java.lang.IllegalArgumentException: Parsing error"),
    { ours: refused(401, "invalid_client", BAD_CLIENT), ...NO_CLIENT },
    { deviation: "client assertion that is no JWT" },
  ),
  row(
    "E09 a SAML client",
    exchange(secretOf("assertion"), ADA, toApi),
    refused(400, "invalid_client", "Wrong client protocol."),
    NO_CLIENT,
  ),
  row("E10 a bearer-only client", exchange(bearer, ADA, toApi), refused(400, "invalid_client", "Bearer-only not allowed"), {
    in26_1: refused(401, "unauthorized_client", BAD_CLIENT),
    ...NO_CLIENT,
  }),
  ...(["subject_token", "scope", "unknown"] as const).map((name) =>
    row(
      `E11 ${name} twice`,
      exchange(gate, ADA, { ...toApi, [name]: [ADA, ADA] }),
      refused(400, "invalid_request", "duplicated parameter"),
      INVALID,
    ),
  ),
  row(
    "E11 resource twice is allowed",
    exchange(gate, ADA, { ...toApi, resource: ["https://a.example", "https://b.example"] }),
    ok({ aud: "api" }),
    NO_TARGET,
  ),
  row(
    "E12 a DPoP proof that is none",
    { ...exchange(gate, ADA, toApi), headers: { DPoP: "x" } },
    refused(400, "invalid_request"),
    {},
    {
      needs: "a proof of possession",
    },
  ),

  row(
    "V01 subject_token_type jwt, not parseable",
    exchange(gate, "x", { ...toApi, subject_token_type: JWT }),
    refused(400, "invalid_request", "Invalid token type, must be access token"),
    INVALID,
  ),
  row(
    "V02 subject_token_type id_token",
    exchange(gate, "$ada.id_token", { ...toApi, subject_token_type: ID_TOKEN }),
    refused(400, "invalid_request", "Invalid token type, must be access token"),
    INVALID,
  ),
  row("V03 an empty subject token", exchange(gate, "", toApi), INVALID_TOKEN, { native: refused(400, "invalid_request") }),
  row("V03 a changed signature", exchange(gate, `${ADA}|tampered`, toApi), INVALID_TOKEN, BAD_TOKEN),
  row("V03 a refresh token", exchange(gate, "$ada.refresh_token", toApi), INVALID_TOKEN, BAD_TOKEN),
  row("V03 an ID token", exchange(gate, "$ada.id_token", toApi), INVALID_TOKEN, BAD_TOKEN),
  row("V03 a token of another realm", exchange(gate, "$alice.access_token", toApi), INVALID_TOKEN, BAD_TOKEN, {
    before: [{ ...signIn("alice", "alice", web), realm: "myrealm" }],
  }),
  {
    name: "V03 an expired token",
    realm: "endpoints",
    before: [signIn("ada", "ada", { client_id: "flash" })],
    steps: [
      step({ to: "wait", form: { until: `${ADA}.exp` } }, answers()),
      step(exchange({ client_id: "flash" }, ADA), INVALID_TOKEN, BAD_TOKEN),
    ],
  },
  after("V03 a revoked token", step(revoke(web, ADA), answers())),
  after("V03 a token whose session has ended", step(logout(web, "$ada.refresh_token"), answers({}, 204))),
  after(
    "V03 a token of a disabled user",
    step({ to: `admin PUT users/${ADA}.sub`, json: { enabled: false } }, answers({}, 204)),
    step({ to: `admin PUT users/${ADA}.sub`, json: { enabled: true } }, answers({}, 204)),
    [signIn("ada", "leaver", web)],
  ),
  after("V03 a token of a disabled client", client("1", { enabled: false }), client("1", { enabled: true })),
  row(
    "V04 requested_token_type id_token",
    exchange(gate, ADA, { ...toApi, requested_token_type: ID_TOKEN }),
    refused(400, "invalid_request", "requested_token_type unsupported"),
    INVALID,
  ),
  row(
    "V05 an unknown audience",
    exchange(gate, ADA, { audience: "nobody" }),
    refused(400, "invalid_client", "Audience not found"),
    NO_TARGET,
  ),
  row("V05 an empty audience", exchange(gate, ADA, { audience: "" }), refused(400, "invalid_client", "Audience not found"), INVALID),
  row(
    "V06 an audience in need of consent",
    exchange(gate, ADA, { audience: "ceremony" }),
    refused(400, "invalid_client", "Client requires user consent"),
    NO_TARGET,
  ),
  row("V07 a disabled audience", exchange(gate, ADA, { audience: "shut" }), refused(400, "invalid_client", "Client disabled"), NO_TARGET),
  row(
    "V08 a public requester that does not hold the token",
    exchange({ client_id: "flash" }, ADA, toApi),
    refused(403, "access_denied", "Client is not the holder of the token"),
    { native: refused(400, "not_allowed") },
  ),
  row(
    "V09 to itself, not in the audience",
    exchange(stranger, ADA),
    refused(403, "access_denied", "Client is not within the token audience"),
    {
      native: refused(400, "not_allowed"),
    },
  ),
  row("V10 no permission for the target", exchange(stranger, ADA, toApi), refused(403, "access_denied", "Client not allowed to exchange"), {
    native: refused(400, "not_allowed"),
  }),
  row(
    "V12 the token's user may not impersonate",
    exchange(gate, ADA, { requested_subject: "ben" }),
    refused(403, "access_denied", "Client not allowed to exchange"),
    { native: refused(400, "access_denied") },
  ),
  row(
    "V13 naked impersonation, public",
    exchange(web, undefined, { requested_subject: "ben" }),
    refused(403, "access_denied", "Client not allowed to exchange"),
    {
      native: refused(400, "access_denied"),
    },
  ),
  row(
    "V14 naked impersonation, not permitted",
    exchange(gate, undefined, { requested_subject: "ben" }),
    refused(403, "access_denied", "Client not allowed to exchange"),
    {
      native: refused(400, "access_denied"),
    },
  ),
  {
    name: "V15 an offline session for a user who may no longer have one",
    realm: "endpoints",
    before: [signIn("ada", "ada", web, "openid offline_access")],
    steps: [
      { ...step({ to: "admin GET roles/offline_access" }, answers()), as: "role" },
      step({ to: `admin DELETE users/${ADA}.sub/role-mappings/realm`, json: OFFLINE_ROLE }, answers({}, 204)),
      step(
        exchange(gate, ADA, { ...toApi, scope: "openid offline_access", requested_token_type: REFRESH_TOKEN }),
        refused(400, "not_allowed", "Offline tokens not allowed for the user or client"),
        { native: refused(400, "invalid_scope") },
      ),
      step({ to: `admin POST users/${ADA}.sub/role-mappings/realm`, json: OFFLINE_ROLE }, answers({}, 204)),
    ],
  },
  row(
    "V16 a SAML target without consumer URL",
    exchange(gate, ADA, { audience: "assertion", requested_token_type: SAML2 }),
    refused(400, "invalid_client", "Client requires assertion consumer url set up"),
    INVALID,
  ),
  row(
    "V16 a SAML assertion for a client that is none",
    exchange(gate, ADA, { ...toApi, requested_token_type: SAML2 }),
    refused(400, "invalid_client", "Client requires assertion consumer url set up"),
    INVALID,
  ),
  row(
    "V18 no subject token, nobody to impersonate",
    exchange(gate, undefined, toApi),
    refused(500, "unknown_error"),
    {
      ours: INVALID_TOKEN,
      native: refused(400, "invalid_request"),
    },
    { deviation: "`subject_token` missing, confidential client" },
  ),
  row(
    "V19 a subject token with alg none",
    exchange(gate, `${ADA}|unsigned`, toApi),
    INVALID_TOKEN,
    {
      in26_1: refused(500, "unknown_error"),
      ours: INVALID_TOKEN,
      ...BAD_TOKEN,
    },
    { deviation: "`subject_token` with `alg` `none`" },
  ),

  ...(
    [
      [
        "S01 requested_subject",
        { requested_subject: "mike" },
        "Parameter 'requested_subject' is not supported for standard token exchange",
      ],
      ["S02 requested_issuer", { requested_issuer: "x" }, "Parameter 'requested_issuer' is not supported for standard token exchange"],
      ["S03 subject_issuer", { subject_issuer: "x" }, "Parameter 'subject_issuer' is not supported for standard token exchange"],
      ["S05 no subject_token", { subject_token: undefined }, "Parameter 'subject_token' required for standard token exchange"],
      [
        "S06 no subject_token_type",
        { subject_token_type: undefined },
        "Parameter 'subject_token_type' required for standard token exchange",
      ],
      ["S07 another subject_token_type", { subject_token_type: ID_TOKEN }, "Parameter 'subject_token' supports access tokens only"],
    ] as const
  ).map(([name, parameters, description]) =>
    standard(name, parameters, refused(400, "invalid_request", description), INVALID, { needs: "only the standard exchange" }),
  ),
  standard("S08 a client policy", {}, refused(400, "invalid_request"), {}, { needs: "a client policy" }),
  standard("S09 a changed signature", { subject_token: "$john.access_token|tampered" }, INVALID_TOKEN, BAD_TOKEN),
  standard("S09 alg none", { subject_token: "$john.access_token|unsigned" }, INVALID_TOKEN, BAD_TOKEN),
  ...[
    "S10 a bound subject token (26.5, 26.6)",
    "S11 a bound subject token of another holder",
    "S12 another certificate",
    "S13 no DPoP proof",
  ].map((name) => standard(name, {}, refused(400, "invalid_request"), {}, { needs: "a proof of possession" })),
  standard("S14 a subject token with may_act or act", {}, refused(400, "invalid_request"), {}, { needs: "Keycloak 26.8" }),
  standard(
    "S15 requested_token_type jwt",
    { requested_token_type: JWT },
    refused(400, "invalid_request", "requested_token_type unsupported"),
  ),
  standard("S16 an unknown audience", { audience: "nobody" }, refused(400, "invalid_client", "Audience not found"), NO_TARGET),
  standard(
    "S17 a public requester",
    { client_id: "requester-client-public", client_secret: undefined },
    refused(400, "invalid_client", "Public client is not allowed to exchange token"),
    { native: refused(400, "not_allowed") },
  ),
  standard(
    "S16 comes before S17",
    { client_id: "requester-client-public", client_secret: undefined, audience: "nobody" },
    refused(400, "invalid_client", "Audience not found"),
    NO_TARGET,
  ),
  standard("S18 a disabled audience", { audience: "shut-target" }, refused(400, "invalid_client", "Client disabled"), NO_TARGET),
  standard(
    "S19 a requester that is not in the audience",
    { client_id: "invalid-requester-client" },
    refused(403, "access_denied", "Client is not within the token audience"),
    { native: refused(400, "not_allowed") },
  ),
  standard("S20 an unknown scope", { scope: "nonsense" }, refused(400, "invalid_scope", "Invalid scopes: nonsense"), {
    native: refused(400, "invalid_scope"),
  }),
  standard(
    "S22 a refresh token with offline_access, for a user who may not have it",
    { client_id: "refreshing-client", scope: "offline_access", requested_token_type: REFRESH_TOKEN },
    refused(400, "not_allowed", "Offline tokens not allowed for the user or client"),
    { native: refused(400, "invalid_scope") },
  ),
  standard(
    "S23 no consent",
    { client_id: "consent-client" },
    refused(400, "invalid_scope", "Missing consents for Token Exchange in client consent-client"),
    { native: refused(400, "invalid_scope") },
  ),
  standard(
    "S24 audiences out of reach",
    { audience: ["target-client3", "target-client1"], requested_token_type: ACCESS_TOKEN },
    refused(400, "invalid_request", "Requested audience not available: target-client3"),
    NO_TARGET,
  ),
];
