import { basicOf, ID_TOKEN, JWT, type Parameters, REFRESH_TOKEN, SAML2, secretOf } from "../client.ts";
import { type Case, exchange, ok, refused, signIn, type Step, step } from "./case.ts";

/** Refusals of the native dialect in a realm of its own, with the codes that the guide's table and the RFCs give them. */

const [gate, helpdesk, robot, reports] = ["gate", "helpdesk", "robot", "reports"].map(secretOf) as [
  Parameters,
  Parameters,
  Parameters,
  Parameters,
];
const storefront = { client_id: "storefront" };
const ADA = "$ada.access_token";
const ada = signIn("ada", "ada", storefront);
const throughGate: readonly Step[] = [ada, { ...step(exchange(gate, ADA, { audience: "orders" }), ok()), as: "hop" }];

const row = (name: string, request: Omit<Step, "answer">, status: number, error: string, before: readonly Step[] = [ada]): Case => ({
  name: `native: ${name}`,
  realm: "workshop",
  needs: "the native dialect",
  before,
  steps: [step(request, refused(status, error))],
});
/** The usual request of `gate` for `orders`, with one thing changed. */
const changed = (name: string, parameters: Parameters, error: string): Case =>
  row(name, exchange(gate, ADA, { audience: "orders", ...parameters }), 400, error);
const badClient = (name: string, parameters: Parameters, headers: Readonly<Record<string, string>> = {}): Case =>
  row(name, { ...exchange(gate, ADA, { audience: "orders", ...parameters }), headers }, 401, "invalid_client");
const impersonation = (name: string, whom: string, client = helpdesk, user = "agent"): Case =>
  row(name, exchange(client, "$user.access_token", { requested_subject: whom }), 400, "access_denied", [signIn("user", user, client)]);
const naked = (name: string, client: Parameters): Case =>
  row(name, exchange(client, undefined, { requested_subject: "ben" }), 400, "access_denied", []);

const noClient = { client_id: undefined, client_secret: undefined };

/** The guide's own table. */
const GUIDE: readonly Case[] = [
  changed("guide: the client lacks the token-exchange permission", { audience: "ledger" }, "not_allowed"),
  changed("guide: the subject token is malformed", { subject_token: "eyJhbGciOi..." }, "invalid_token"),
  impersonation("guide: the impersonation role is not assigned", "ben", helpdesk, "ada"),
  changed("guide: the target audience does not exist", { audience: "nobody" }, "invalid_target"),
];

const CLIENT: readonly Case[] = [
  badClient("a wrong secret", { client_secret: "wrong" }),
  badClient("no secret", { client_secret: undefined }),
  badClient("an unknown client", { client_id: "nobody" }),
  badClient("a disabled client", secretOf("shut")),
  badClient("a wrong secret in Basic", noClient, basicOf("gate", "wrong")),
  badClient("SEC-EP-06 two methods at once", {}, basicOf("gate")),
  badClient("no client", noClient),
];

const PARAMETERS: readonly Case[] = [
  changed("no grant_type", { grant_type: undefined }, "invalid_request"),
  changed("an empty grant_type", { grant_type: "" }, "invalid_request"),
  changed("an unknown grant_type", { grant_type: "urn:example:nothing" }, "unsupported_grant_type"),
  changed("no subject_token", { subject_token: undefined }, "invalid_request"),
  ...["subject_token", "subject_token_type", "requested_token_type", "audience", "resource", "scope", "requested_subject"].map((name) =>
    changed(`an empty ${name}`, { [name]: "" }, "invalid_request"),
  ),
  changed("an unknown subject_token_type", { subject_token_type: "nonsense" }, "invalid_request"),
  changed("subject_token_type jwt", { subject_token_type: JWT }, "invalid_request"),
  changed("subject_token_type refresh_token", { subject_token_type: REFRESH_TOKEN }, "invalid_request"),
  changed("SEC-TX-04 an ID token, declared", { subject_token: "$ada.id_token", subject_token_type: ID_TOKEN }, "invalid_request"),
  ...[ID_TOKEN, JWT, SAML2, "nonsense"].map((type) =>
    changed(`SEC-TX-07 requested_token_type ${type}`, { requested_token_type: type }, "invalid_request"),
  ),
  changed(
    "SEC-TX-30 an actor_token",
    { actor_token: ADA, actor_token_type: "urn:ietf:params:oauth:token-type:access_token" },
    "invalid_request",
  ),
  changed("an unknown subject_issuer", { subject_issuer: "nowhere" }, "invalid_request"),
  changed("an unknown requested_issuer", { requested_issuer: "nowhere" }, "invalid_request"),
  ...[
    ["subject_token", ADA],
    ["subject_token_type", "urn:ietf:params:oauth:token-type:access_token"],
    ["requested_token_type", "urn:ietf:params:oauth:token-type:access_token"],
    ["scope", "openid"],
    ["requested_subject", "ben"],
    ["client_secret", "gate-secret"],
    ["unheard_of", "x"],
  ].map(([name = "", value = ""]) => changed(`${name} twice`, { [name]: [value, value] }, "invalid_request")),
];

/** Each looks the same from outside. */
export const SUBJECT_TOKENS: readonly Case[] = [
  changed("garbage", { subject_token: "not-a-token" }, "invalid_token"),
  changed("SEC-JOSE-10 a bad signature", { subject_token: `${ADA}|tampered` }, "invalid_token"),
  changed("SEC-JOSE-10 alg none", { subject_token: `${ADA}|unsigned` }, "invalid_token"),
  row("SEC-TX-24 a token of another realm", exchange(gate, "$alice.access_token", { audience: "orders" }), 400, "invalid_token", [
    { ...signIn("alice", "alice", { client_id: "web" }), realm: "myrealm" },
  ]),
  changed("SEC-TX-04 a refresh token", { subject_token: "$ada.refresh_token" }, "invalid_token"),
  changed("SEC-TX-04 an ID token", { subject_token: "$ada.id_token" }, "invalid_token"),
  changed("SEC-JOSE-01 a space before it", { subject_token: `${ADA}|after a space` }, "invalid_token"),
  changed("SEC-JOSE-01 more than 16 KiB", { subject_token: `${ADA}|too long` }, "invalid_token"),
];

const TARGETS: readonly Case[] = [
  changed("SEC-TX-02 a disabled target", { audience: "shut" }, "invalid_target"),
  changed("SEC-TX-10 a target in need of consent", { audience: "ceremony" }, "invalid_target"),
  changed("SEC-TX-02 a good and an unknown target", { audience: ["orders", "nobody"] }, "invalid_target"),
  changed("an unknown resource", { audience: undefined, resource: "https://nobody.example/" }, "invalid_target"),
  changed("SEC-TX-03 two targets, permission on one", { audience: ["orders", "ledger"] }, "not_allowed"),
  changed("SEC-TX-03 the same in the other order", { audience: ["ledger", "orders"] }, "not_allowed"),
  changed("a permission that names others is final, role or not", { audience: "vault" }, "not_allowed"),
  changed("SEC-TX-01 to itself, not in the audience", { ...secretOf("catalog"), audience: undefined }, "not_allowed"),
  row(
    "SEC-TX-09 public, not the holder",
    exchange(storefront, "$hop.access_token", { audience: "kiosk" }),
    400,
    "not_allowed",
    throughGate,
  ),
  row("SEC-TX-09 public and holder, no permission", exchange(storefront, ADA, { audience: "orders" }), 400, "not_allowed"),
];

/** One answer for every cause. */
export const IMPERSONATIONS: readonly Case[] = [
  impersonation("SEC-TX-15 a user that does not exist", "nobody"),
  impersonation("SEC-TX-15 a disabled user", "gone"),
  impersonation("SEC-TX-13 an administrator", "chief"),
  impersonation("SEC-TX-13 a holder of a protected role", "keeper"),
  impersonation("SEC-TX-13 an administrator, by the service account", "chief", robot, "ada"),
  impersonation("a caller without the right", "ben", helpdesk, "ada"),
  naked("SEC-TX-12 without subject token, without permission", robot),
  naked("SEC-TX-12 without subject token, public", storefront),
];

const SCOPES: readonly Case[] = [
  ["SEC-TX-05 a tab in scope", "openid\tprofile"],
  ["SEC-TX-05 a no-break space in scope", "openid\u00a0profile"],
  ["SEC-TX-05 a quote in scope", 'open"id'],
  ["SEC-TX-05 a NUL in scope", "openid\0"],
  ["SEC-TX-05 offline_access in scope", "openid offline_access"],
  ["a scope of 5 KB", "w".repeat(5000)],
  ["a scope of 101 words", Array.from({ length: 101 }, (_, index) => `w${index}`).join(" ")],
].map(([name = "", scope = ""]) => changed(name, { scope }, "invalid_scope"));

const STANDARD: readonly Case[] = [
  changed("V2 a target that the token would not reach", { ...reports, audience: "billing" }, "invalid_target"),
  changed("V2 an unknown target", { ...reports, audience: "nobody" }, "invalid_target"),
  changed("V2 an unknown scope", { ...reports, scope: "nonsense" }, "invalid_scope"),
  row(
    "V2 a requester outside the audience",
    exchange(reports, "$hop.access_token", { audience: "orders" }),
    400,
    "not_allowed",
    throughGate,
  ),
  changed("V2 a bad subject token", { ...reports, subject_token: `${ADA}|tampered` }, "invalid_token"),
  changed("V2 requested_token_type jwt", { ...reports, requested_token_type: JWT }, "invalid_request"),
];

export const NATIVE: readonly Case[] = [
  ...GUIDE,
  ...CLIENT,
  ...PARAMETERS,
  ...SUBJECT_TOKENS,
  ...TARGETS,
  ...IMPERSONATIONS,
  ...SCOPES,
  ...STANDARD,
];
