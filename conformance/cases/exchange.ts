import {
  ACCESS_TOKEN,
  type Answer,
  basicOf,
  ID_TOKEN,
  JWT,
  type Parameters,
  REFRESH_TOKEN,
  realmClient,
  secretOf,
  tampered,
  TOKEN_EXCHANGE,
  tokensOf,
} from "../client.ts";
import { type NormalAnswer, normalAnswer, normalClaims } from "../normal-form.ts";

/**
 * What the talk and the guide ask of a token endpoint, and the refusals around it: one row, one request. The recordings in `fixtures/` hold
 * what real servers answered, under the same names.
 */
export interface ExchangeCase {
  readonly name: string;
  readonly realm: string;
  readonly requester: Requester;
  /** The token to exchange; `none` sends neither it nor its type. */
  readonly subject: Subject;
  /** The other parameters; they replace the usual ones of an exchange, undefined leaves one out. */
  readonly parameters: Parameters;
}

export type Subject = keyof typeof SUBJECTS | "none";
interface Requester {
  readonly parameters: Parameters;
  readonly headers?: Readonly<Record<string, string>>;
}

const confidential = (clientId: string): Requester => ({ parameters: secretOf(clientId) });
const withPublic = (clientId: string): Requester => ({ parameters: { client_id: clientId } });
const withSecret = (clientId: string, secret: string): Requester => ({ parameters: { client_id: clientId, client_secret: secret } });
const withBasic = (clientId: string): Requester => ({ parameters: {}, headers: basicOf(clientId) });

const [portal, reports, someService, adminTool] = ["portal", "reports", "some-service", "admin-tool"].map(confidential) as [
  Requester,
  Requester,
  Requester,
  Requester,
];
const backend = "some-backend-service";
const asAccessToken = { requested_token_type: ACCESS_TOKEN };

const apixion = rowsOf("apixion");
const myrealm = rowsOf("myrealm");

export const EXCHANGE_CASES: readonly ExchangeCase[] = [
  // The talk's request, and what varies in it.
  apixion("talk: Basic auth, portal to some-backend-service", withBasic("portal"), "developer", { audience: backend, ...asAccessToken }),
  apixion("default requested type", portal, "developer", { audience: backend }),
  apixion("requested refresh_token", portal, "developer", { audience: backend, requested_token_type: REFRESH_TOKEN }),
  apixion("requested id_token", portal, "developer", { audience: backend, requested_token_type: ID_TOKEN }),
  apixion("requested jwt", portal, "developer", { audience: backend, requested_token_type: JWT }),
  apixion("chain: the backend exchanges on", confidential(backend), "through portal", { audience: "some-service", ...asAccessToken }),

  apixion("scope parameter reduces", portal, "developer", { audience: backend, scope: "openid", ...asAccessToken }),
  apixion("scope parameter grows", portal, "developer", { audience: backend, scope: "openid phone", ...asAccessToken }),
  apixion("scope parameter unknown", portal, "developer", { audience: backend, scope: "nonsense", ...asAccessToken }),

  // Who may exchange to whom.
  apixion("no permission on the target", portal, "developer", { audience: "backend", ...asAccessToken }),
  apixion("no permission for this requester", someService, "developer", { audience: backend, ...asAccessToken }),
  apixion("public requester, own token, no permission", withPublic("frontend"), "developer", { audience: "backend" }),
  apixion("public requester to itself", withPublic("frontend"), "developer", asAccessToken),
  apixion("no audience", portal, "developer", asAccessToken),
  apixion("no audience, requester not in aud", someService, "developer", asAccessToken),
  apixion("audience unknown", portal, "developer", { audience: "nobody" }),
  apixion("two audiences", portal, "developer", { audience: [backend, "backend"], ...asAccessToken }),

  // Subject tokens that are not one.
  apixion("subject tampered", portal, "developer, tampered", { audience: backend }),
  apixion("subject garbage", portal, "not a token", { audience: backend }),
  apixion("subject of another realm", portal, "alice", { audience: backend }),
  apixion("subject is a refresh token", portal, "developer, refresh token", { audience: backend }),
  apixion("subject is an id token", portal, "developer, ID token", { audience: backend }),
  apixion("subject id token by its type", portal, "developer, ID token", { audience: backend, subject_token_type: ID_TOKEN }),
  apixion("subject type jwt", portal, "developer", { audience: backend, subject_token_type: JWT }),
  apixion("subject type unknown", portal, "developer", { audience: backend, subject_token_type: "nonsense" }),
  apixion("subject type missing", portal, "developer", { audience: backend, subject_token_type: undefined, ...asAccessToken }),
  apixion("subject missing", portal, "none", { audience: backend }),
  apixion("subject twice", portal, "developer, twice", { audience: backend }),

  // The endpoint itself.
  apixion("wrong secret", withSecret("portal", "wrong"), "developer", { audience: backend }),
  apixion("unknown client", withSecret("nobody", "x"), "developer", { audience: backend }),
  apixion("no client", { parameters: {} }, "developer", { audience: backend }),
  rowsOf("nowhere")("unknown realm", portal, "developer", { audience: backend }),
  apixion("grant missing", portal, "none", { grant_type: undefined }),
  apixion("grant unknown", portal, "none", { grant_type: "nonsense" }),

  // The standard exchange: 26.7.4 has it (V2), for 26.1.3 it is an attribute that means nothing.
  apixion("V2: to a target in reach", reports, "developer", { audience: backend }),
  apixion("V2: no audience", reports, "developer", {}),
  apixion("V2: target out of reach", reports, "developer", { audience: "backend" }),
  apixion("V2: audience unknown", reports, "developer", { audience: "nobody" }),
  apixion("V2: two audiences", reports, "developer", { audience: [backend, "reports"] }),
  apixion("V2: scope unknown", reports, "developer", { scope: "nonsense" }),
  apixion("V2: scope reduced", reports, "developer", { audience: backend, scope: "openid" }),
  apixion("V2: requested refresh_token", reports, "developer", { requested_token_type: REFRESH_TOKEN }),
  apixion("V2: requested id_token", reports, "developer", { requested_token_type: ID_TOKEN }),
  apixion("V2: subject expired or tampered", reports, "developer, tampered", {}),
  apixion("V2: subject without the requester in aud", reports, "through portal", {}),
  apixion("V2 requester", reports, "developer", { audience: backend, ...asAccessToken }),

  // The guide's exchange and its impersonation.
  myrealm("guide: service-a to service-b", confidential("service-a"), "alice", { audience: "service-b", ...asAccessToken }),
  myrealm("guide: impersonation by a user with the role", adminTool, "support", { requested_subject: "bob", ...asAccessToken }),
  myrealm("guide: impersonation by the client's service account", adminTool, "service account", {
    requested_subject: "bob",
    ...asAccessToken,
  }),
  myrealm("impersonation without the role", adminTool, "alice through admin-tool", { requested_subject: "bob", ...asAccessToken }),
  myrealm("impersonation of a missing user", adminTool, "support", { requested_subject: "nobody", ...asAccessToken }),
  myrealm("impersonation of a disabled user", adminTool, "support", { requested_subject: "leaver", ...asAccessToken }),
  myrealm("naked impersonation", adminTool, "none", { requested_subject: "bob" }),

  apixion("requested_issuer unknown", portal, "developer", { requested_issuer: "nowhere" }),
];

/** Not an exchange, so not a row. */
export const INTROSPECTION_CASE = "introspection of the exchanged token by its audience";

function rowsOf(realm: string) {
  return (name: string, requester: Requester, subject: Subject, parameters: Parameters): ExchangeCase => ({
    name,
    realm,
    requester,
    subject,
    parameters,
  });
}

/** The tokens that the cases start from, each made once. */
const SUBJECTS = {
  developer: ({ developer }: SignedIn) => developer.access_token,
  "developer, tampered": ({ developer }: SignedIn) => tampered(developer.access_token),
  "developer, twice": ({ developer }: SignedIn) => [developer.access_token, developer.access_token],
  "developer, refresh token": ({ developer }: SignedIn) => developer.refresh_token,
  "developer, ID token": ({ developer }: SignedIn) => developer.id_token,
  "not a token": () => "not-a-token",
  "through portal": ({ throughPortal }: SignedIn) => throughPortal,
  alice: ({ alice }: SignedIn) => alice.access_token,
  "alice through admin-tool": ({ aliceThroughTool }: SignedIn) => aliceThroughTool.access_token,
  support: ({ support }: SignedIn) => support.access_token,
  "service account": ({ serviceAccount }: SignedIn) => serviceAccount,
} as const satisfies Record<string, (tokens: SignedIn) => string | readonly string[]>;

export type SignedIn = Awaited<ReturnType<typeof signIn>>;

/** Signs in whom the cases need. */
export async function signIn(baseUrl: string) {
  const talk = realmClient(baseUrl, "apixion");
  const guide = realmClient(baseUrl, "myrealm");
  const developer = await talk.signIn({ client_id: "frontend" }, "developer-123@apixion");
  const exchanged = await talk.exchange(developer.access_token, { ...secretOf("portal"), audience: backend, ...asAccessToken });
  return {
    developer,
    throughPortal: tokensOf(exchanged).access_token,
    alice: await guide.signIn({ client_id: "web" }, "alice"),
    support: await guide.signIn(secretOf("admin-tool"), "support"),
    aliceThroughTool: await guide.signIn(secretOf("admin-tool"), "alice"),
    serviceAccount: tokensOf(await guide.token({ grant_type: "client_credentials", ...secretOf("admin-tool") })).access_token,
  };
}

/** Sends one case. */
export function runCase({ realm, requester, subject, parameters }: ExchangeCase, baseUrl: string, tokens: SignedIn): Promise<Answer> {
  const sent: Parameters = {
    grant_type: TOKEN_EXCHANGE,
    ...(subject !== "none" && { subject_token: SUBJECTS[subject](tokens), subject_token_type: ACCESS_TOKEN }),
    ...requester.parameters,
    ...parameters,
  };
  return realmClient(baseUrl, realm).token(sent, requester.headers);
}

/** Introspection of an exchanged token by the client that it is for (RFC 7662). */
export async function runIntrospection(baseUrl: string, tokens: SignedIn): Promise<NormalAnswer> {
  const { status, body } = await realmClient(baseUrl, "apixion").post(
    "token/introspect",
    { token: tokens.throughPortal },
    basicOf(backend),
  );
  return { status, body: normalClaims(body, baseUrl) };
}

/** Every case against a server: what it answered, by name, as the recordings hold it. */
export async function recordAll(baseUrl: string): Promise<Readonly<Record<string, NormalAnswer>>> {
  const tokens = await signIn(baseUrl);
  const answers: Record<string, NormalAnswer> = {};
  for (const each of EXCHANGE_CASES) answers[each.name] = normalAnswer(await runCase(each, baseUrl, tokens), baseUrl);
  answers[INTROSPECTION_CASE] = await runIntrospection(baseUrl, tokens);
  return answers;
}
