/** Token requests as a client would write them. Wire values are spelled out: a wrong one must not be able to agree with itself. */

export const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
export const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
export const REFRESH_TOKEN = "urn:ietf:params:oauth:token-type:refresh_token";
export const ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token";
export const JWT = "urn:ietf:params:oauth:token-type:jwt";
export const SAML2 = "urn:ietf:params:oauth:token-type:saml2";

/** Parameters of a request; a list is sent as that many parameters of the name, undefined not at all. */
export type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>;
export type Json = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The JSON object in the body; empty when there is none. */
  readonly body: Json;
}

/** The tokens of a successful answer. @throws {Error} it was a refusal */
export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
}

export interface RealmClient {
  readonly issuer: string;
  readonly tokenUrl: string;
  /** `POST` of a form to the token endpoint. */
  token(parameters: Parameters, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** An exchange of an access token; `parameters` may replace or (undefined) leave out any part. */
  exchange(subjectToken: string | undefined, parameters: Parameters, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Signs a user in with a password, which in the fixtures is the name and `-password`. */
  signIn(client: Parameters, username: string, scope?: string): Promise<Tokens>;
  /** A form to another endpoint of the realm, such as `logout` or `token/introspect`. */
  post(endpoint: string, parameters: Parameters, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** Credentials of a confidential client of the fixtures, as form parameters. */
export const secretOf = (clientId: string): Parameters => ({ client_id: clientId, client_secret: `${clientId}-secret` });

/** The same as HTTP Basic (RFC 6749 §2.3.1). */
export const basicOf = (clientId: string, secret = `${clientId}-secret`): { readonly authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString("base64")}`,
});

export function realmClient(baseUrl: string, realm: string): RealmClient {
  const issuer = `${baseUrl}/realms/${realm}`;
  const post: RealmClient["post"] = async (endpoint, parameters, headers = {}) =>
    readAnswer(
      await fetch(`${issuer}/protocol/openid-connect/${endpoint}`, {
        method: "POST",
        redirect: "manual",
        headers,
        body: formOf(parameters),
      }),
    );
  const token: RealmClient["token"] = (parameters, headers) => post("token", parameters, headers);
  return {
    issuer,
    tokenUrl: `${issuer}/protocol/openid-connect/token`,
    post,
    token,
    exchange: (subjectToken, parameters, headers) =>
      token(
        {
          grant_type: TOKEN_EXCHANGE,
          subject_token: subjectToken,
          subject_token_type: subjectToken === undefined ? undefined : ACCESS_TOKEN,
          ...parameters,
        },
        headers,
      ),
    signIn: async (client, username, scope = "openid") =>
      tokensOf(await token({ grant_type: "password", ...client, username, password: `${username}-password`, scope })),
  };
}

export async function readAnswer(reply: Response): Promise<Answer> {
  const text = await reply.text();
  return { status: reply.status, headers: reply.headers, text, body: jsonObject(text) };
}

/** @throws {Error} not a successful answer */
export function tokensOf(answer: Answer): Tokens {
  if (typeof answer.body["access_token"] !== "string") throw new Error(`no token: ${answer.status} ${answer.text}`);
  return answer.body as unknown as Tokens; // absent members are looked at by those who asked for them
}

export interface DecodedJwt {
  readonly header: Json;
  readonly claims: Json;
}

/** The parts of a JWS without looking at its signature: what came from the server over our own connection. */
export function decode(token: unknown): DecodedJwt {
  const [header = "", claims = ""] = typeof token === "string" ? token.split(".") : [];
  return { header: jsonObject(fromBase64Url(header)), claims: jsonObject(fromBase64Url(claims)) };
}

/** The claims of the access token in an answer. */
export const claimsOf = (answer: Answer): Json => decode(tokensOf(answer).access_token).claims;

/** Seconds from issue to expiry. */
export const lifetimeOf = (claims: Json): number => Number(claims["exp"]) - Number(claims["iat"]);

const byText = (one: string, other: string): number => (one < other ? -1 : 1);

/** The words of a scope, in order of the alphabet. */
export const wordsOf = (scope: unknown): readonly string[] =>
  (typeof scope === "string" ? scope : "").split(" ").filter(Boolean).toSorted(byText);

/** `aud` as a list, in order of the alphabet. */
export const audienceOf = (claims: Json): readonly string[] => [claims["aud"] ?? []].flat().map(String).toSorted(byText);

/** The token with another signature, of the same form. */
export function tampered(token: string): string {
  const dot = token.lastIndexOf(".") + 1;
  return token.slice(0, dot) + (token[dot] === "A" ? "B" : "A") + token.slice(dot + 1);
}

/** The claims under a header that says `alg` `none`. */
export function unsigned(token: string): string {
  const [, claims] = token.split(".");
  return `${Buffer.from(JSON.stringify({ alg: "none", typ: "JWT" })).toString("base64url")}.${claims}.`;
}

export function formOf(parameters: Parameters): URLSearchParams {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of typeof value === "string" ? [value] : (value ?? [])) form.append(name, each);
  }
  return form;
}

const fromBase64Url = (part: string): string => Buffer.from(part, "base64url").toString("utf8");

function jsonObject(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  } catch {
    // Not JSON: the tests look at the text then.
  }
  return {};
}
