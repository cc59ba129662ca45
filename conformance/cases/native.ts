import {
  ACCESS_TOKEN,
  type Answer,
  basicOf,
  ID_TOKEN,
  JWT,
  type Parameters,
  REFRESH_TOKEN,
  type RealmClient,
  realmClient,
  SAML2,
  secretOf,
  tampered,
  TOKEN_EXCHANGE,
  type Tokens,
} from "../client.ts";

/** One refusal of the native dialect: the request, and the code that the guide's table and the RFCs give it. */
export interface NativeRefusal {
  readonly name: string;
  readonly parameters: (tokens: NativeTokens) => Parameters;
  readonly headers?: Readonly<Record<string, string>>;
  readonly error: string;
  /** 400, but for client authentication. */
  readonly status?: number;
}

/** What the cases start from, all of the realm `workshop` unless named otherwise. */
export interface NativeTokens {
  readonly ada: Tokens;
  readonly adaAtHelpdesk: string;
  readonly adaAtRobot: string;
  readonly agent: string;
  readonly ofAnotherRealm: string;
  readonly throughGate: string;
}

export async function nativeTokens(baseUrl: string): Promise<NativeTokens> {
  const workshop = realmClient(baseUrl, "workshop");
  const ada = await workshop.signIn({ client_id: "storefront" }, "ada");
  return {
    ada,
    adaAtHelpdesk: (await workshop.signIn(secretOf("helpdesk"), "ada")).access_token,
    adaAtRobot: (await workshop.signIn(secretOf("robot"), "ada")).access_token,
    agent: (await workshop.signIn(secretOf("helpdesk"), "agent")).access_token,
    ofAnotherRealm: (await realmClient(baseUrl, "myrealm").signIn({ client_id: "web" }, "alice")).access_token,
    throughGate: await hop(workshop, ada.access_token, "gate", "orders"),
  };
}

/** One exchange that works: the requester's new token for the target. */
export async function hop(realm: RealmClient, subject: string, requester: string, target: string, more: Parameters = {}): Promise<string> {
  const answer = await realm.exchange(subject, { ...secretOf(requester), audience: target, ...more });
  const token = answer.body["access_token"];
  if (answer.status !== 200 || typeof token !== "string") throw new Error(`${requester} to ${target}: ${answer.status} ${answer.text}`);
  return token;
}

const gate = secretOf("gate");
const helpdesk = secretOf("helpdesk");
/** The usual request of `gate` for `orders`, with one thing changed. */
const with_ =
  (parameters: Parameters) =>
  ({ ada }: NativeTokens): Parameters => ({ subject_token: ada.access_token, ...gate, audience: "orders", ...parameters });
const impersonating =
  (requestedSubject: string, subject: (tokens: NativeTokens) => string = ({ agent }) => agent, requester: Parameters = helpdesk) =>
  (tokens: NativeTokens): Parameters => ({
    subject_token: subject(tokens),
    ...requester,
    requested_subject: requestedSubject,
  });
const subject = (pick: (tokens: NativeTokens) => string) => (tokens: NativeTokens) => ({
  ...with_({})(tokens),
  subject_token: pick(tokens),
});
const unsigned = (token: string): string => {
  const [, claims] = token.split(".");
  return `${Buffer.from(JSON.stringify({ alg: "none", typ: "JWT" })).toString("base64url")}.${claims}.`;
};

/** The guide's own table. */
const GUIDE: readonly NativeRefusal[] = [
  { name: "guide: the client lacks the token-exchange permission", parameters: with_({ audience: "ledger" }), error: "not_allowed" },
  { name: "guide: the subject token is malformed", parameters: subject(() => "eyJhbGciOi..."), error: "invalid_token" },
  {
    name: "guide: the impersonation role is not assigned",
    parameters: impersonating("ben", ({ adaAtHelpdesk }) => adaAtHelpdesk),
    error: "access_denied",
  },
  { name: "guide: the target audience does not exist", parameters: with_({ audience: "nobody" }), error: "invalid_target" },
];

const CLIENT: readonly NativeRefusal[] = [
  { name: "a wrong secret", parameters: with_({ client_secret: "wrong" }), error: "invalid_client", status: 401 },
  { name: "no secret", parameters: with_({ client_secret: undefined }), error: "invalid_client", status: 401 },
  { name: "an unknown client", parameters: with_({ client_id: "nobody" }), error: "invalid_client", status: 401 },
  { name: "a disabled client", parameters: with_(secretOf("shut")), error: "invalid_client", status: 401 },
  {
    name: "a wrong secret in Basic",
    parameters: with_({ client_id: undefined, client_secret: undefined }),
    headers: basicOf("gate", "wrong"),
    error: "invalid_client",
    status: 401,
  },
  { name: "SEC-EP-06 two methods at once", parameters: with_({}), headers: basicOf("gate"), error: "invalid_client", status: 401 },
  { name: "no client", parameters: with_({ client_id: undefined, client_secret: undefined }), error: "invalid_client", status: 401 },
];

const PARAMETERS: readonly NativeRefusal[] = [
  { name: "no grant_type", parameters: with_({ grant_type: undefined }), error: "invalid_request" },
  { name: "an empty grant_type", parameters: with_({ grant_type: "" }), error: "invalid_request" },
  { name: "an unknown grant_type", parameters: with_({ grant_type: "urn:example:nothing" }), error: "unsupported_grant_type" },
  { name: "no subject_token", parameters: with_({ subject_token: undefined }), error: "invalid_request" },
  ...["subject_token", "subject_token_type", "requested_token_type", "audience", "resource", "scope", "requested_subject"].map((name) => ({
    name: `an empty ${name}`,
    parameters: with_({ [name]: "" }),
    error: "invalid_request",
  })),
  { name: "an unknown subject_token_type", parameters: with_({ subject_token_type: "nonsense" }), error: "invalid_request" },
  { name: "subject_token_type jwt", parameters: with_({ subject_token_type: JWT }), error: "invalid_request" },
  { name: "subject_token_type refresh_token", parameters: with_({ subject_token_type: REFRESH_TOKEN }), error: "invalid_request" },
  {
    name: "SEC-TX-04 an ID token, declared",
    parameters: (tokens) => ({ ...with_({ subject_token_type: ID_TOKEN })(tokens), subject_token: tokens.ada.id_token }),
    error: "invalid_request",
  },
  ...[ID_TOKEN, JWT, SAML2, "nonsense"].map((type) => ({
    name: `SEC-TX-07 requested_token_type ${type}`,
    parameters: with_({ requested_token_type: type }),
    error: "invalid_request",
  })),
  {
    name: "SEC-TX-30 an actor_token",
    parameters: (tokens) => with_({ actor_token: tokens.agent, actor_token_type: "urn:ietf:params:oauth:token-type:access_token" })(tokens),
    error: "invalid_request",
  },
  { name: "an unknown subject_issuer", parameters: with_({ subject_issuer: "nowhere" }), error: "invalid_request" },
  { name: "an unknown requested_issuer", parameters: with_({ requested_issuer: "nowhere" }), error: "invalid_request" },
  ...["subject_token", "subject_token_type", "requested_token_type", "scope", "requested_subject", "client_secret", "unheard_of"].map(
    (name) => ({
      name: `${name} twice`,
      parameters: (tokens: NativeTokens): Parameters => {
        const usual: Parameters = with_({})(tokens);
        const value = usual[name] ?? "openid";
        return { ...usual, [name]: [value as string, value as string] };
      },
      error: "invalid_request",
    }),
  ),
];

/** Each looks the same from outside. */
export const SUBJECT_TOKENS: readonly NativeRefusal[] = [
  { name: "garbage", parameters: subject(() => "not-a-token"), error: "invalid_token" },
  { name: "SEC-JOSE-10 a bad signature", parameters: subject(({ ada }) => tampered(ada.access_token)), error: "invalid_token" },
  { name: "SEC-JOSE-10 alg none", parameters: subject(({ ada }) => unsigned(ada.access_token)), error: "invalid_token" },
  { name: "SEC-TX-24 a token of another realm", parameters: subject(({ ofAnotherRealm }) => ofAnotherRealm), error: "invalid_token" },
  { name: "SEC-TX-04 a refresh token", parameters: subject(({ ada }) => ada.refresh_token), error: "invalid_token" },
  { name: "SEC-TX-04 an ID token", parameters: subject(({ ada }) => ada.id_token), error: "invalid_token" },
  { name: "SEC-JOSE-01 a space before it", parameters: subject(({ ada }) => ` ${ada.access_token}`), error: "invalid_token" },
  { name: "SEC-JOSE-01 more than 16 KiB", parameters: subject(({ ada }) => ada.access_token + "A".repeat(16_384)), error: "invalid_token" },
];

const TARGETS: readonly NativeRefusal[] = [
  { name: "SEC-TX-02 a disabled target", parameters: with_({ audience: "shut" }), error: "invalid_target" },
  { name: "SEC-TX-10 a target in need of consent", parameters: with_({ audience: "ceremony" }), error: "invalid_target" },
  { name: "SEC-TX-02 a good and an unknown target", parameters: with_({ audience: ["orders", "nobody"] }), error: "invalid_target" },
  { name: "an unknown resource", parameters: with_({ audience: undefined, resource: "https://nobody.example/" }), error: "invalid_target" },
  { name: "SEC-TX-03 two targets, permission on one", parameters: with_({ audience: ["orders", "ledger"] }), error: "not_allowed" },
  { name: "SEC-TX-03 the same in the other order", parameters: with_({ audience: ["ledger", "orders"] }), error: "not_allowed" },
  { name: "a permission that names others is final, role or not", parameters: with_({ audience: "vault" }), error: "not_allowed" },
  {
    name: "SEC-TX-01 to itself, not in the audience",
    parameters: with_({ ...secretOf("catalog"), audience: undefined }),
    error: "not_allowed",
  },
  {
    name: "SEC-TX-09 public, not the holder",
    parameters: ({ throughGate }) => ({ subject_token: throughGate, client_id: "storefront", audience: "kiosk" }),
    error: "not_allowed",
  },
  {
    name: "SEC-TX-09 public and holder, no permission",
    parameters: with_({ client_id: "storefront", client_secret: undefined }),
    error: "not_allowed",
  },
];

/** One answer for every cause. */
export const IMPERSONATIONS: readonly NativeRefusal[] = [
  { name: "SEC-TX-15 a user that does not exist", parameters: impersonating("nobody"), error: "access_denied" },
  { name: "SEC-TX-15 a disabled user", parameters: impersonating("gone"), error: "access_denied" },
  { name: "SEC-TX-13 an administrator", parameters: impersonating("chief"), error: "access_denied" },
  { name: "SEC-TX-13 a holder of a protected role", parameters: impersonating("keeper"), error: "access_denied" },
  {
    name: "SEC-TX-13 an administrator, by the service account",
    parameters: impersonating("chief", ({ adaAtRobot }) => adaAtRobot, secretOf("robot")),
    error: "access_denied",
  },
  { name: "a caller without the right", parameters: impersonating("ben", ({ adaAtHelpdesk }) => adaAtHelpdesk), error: "access_denied" },
  {
    name: "SEC-TX-12 without subject token, without permission",
    parameters: () => ({ ...secretOf("robot"), requested_subject: "ben" }),
    error: "access_denied",
  },
  {
    name: "SEC-TX-12 without subject token, public",
    parameters: () => ({ client_id: "storefront", requested_subject: "ben" }),
    error: "access_denied",
  },
];

const SCOPES: readonly NativeRefusal[] = [
  { name: "SEC-TX-05 a tab in scope", parameters: with_({ scope: "openid\tprofile" }), error: "invalid_scope" },
  { name: "SEC-TX-05 a no-break space in scope", parameters: with_({ scope: "openid\u00a0profile" }), error: "invalid_scope" },
  { name: "SEC-TX-05 a quote in scope", parameters: with_({ scope: 'open"id' }), error: "invalid_scope" },
  { name: "SEC-TX-05 a NUL in scope", parameters: with_({ scope: "openid\0" }), error: "invalid_scope" },
  { name: "SEC-TX-05 offline_access in scope", parameters: with_({ scope: "openid offline_access" }), error: "invalid_scope" },
  { name: "a scope of 5 KB", parameters: with_({ scope: "w".repeat(5000) }), error: "invalid_scope" },
  {
    name: "a scope of 101 words",
    parameters: with_({ scope: Array.from({ length: 101 }, (_, index) => `w${index}`).join(" ") }),
    error: "invalid_scope",
  },
];

const reports = secretOf("reports");
const STANDARD: readonly NativeRefusal[] = [
  { name: "V2 a target that the token would not reach", parameters: with_({ ...reports, audience: "billing" }), error: "invalid_target" },
  { name: "V2 an unknown target", parameters: with_({ ...reports, audience: "nobody" }), error: "invalid_target" },
  { name: "V2 an unknown scope", parameters: with_({ ...reports, scope: "nonsense" }), error: "invalid_scope" },
  {
    name: "V2 a requester outside the audience",
    parameters: (tokens) => ({ ...with_({ ...reports })(tokens), subject_token: tokens.throughGate }),
    error: "not_allowed",
  },
  {
    name: "V2 a bad subject token",
    parameters: (tokens) => ({ ...with_({ ...reports })(tokens), subject_token: tampered(tokens.ada.access_token) }),
    error: "invalid_token",
  },
  { name: "V2 requested_token_type jwt", parameters: with_({ ...reports, requested_token_type: JWT }), error: "invalid_request" },
];

export const NATIVE_REFUSALS: readonly NativeRefusal[] = [
  ...GUIDE,
  ...CLIENT,
  ...PARAMETERS,
  ...SUBJECT_TOKENS,
  ...TARGETS,
  ...IMPERSONATIONS,
  ...SCOPES,
  ...STANDARD,
];

/** Sends one case. */
export function sendNativeCase(realm: RealmClient, { parameters, headers }: NativeRefusal, tokens: NativeTokens): Promise<Answer> {
  const { subject_token: subjectToken, ...others } = parameters(tokens);
  const given = subjectToken === undefined ? {} : { subject_token: subjectToken, subject_token_type: ACCESS_TOKEN };
  return realm.token({ grant_type: TOKEN_EXCHANGE, ...given, ...others }, headers);
}
