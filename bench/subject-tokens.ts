import { FRONTEND, REALM, REQUESTER, TARGET, USER } from "./realm.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const TOKEN_PATH = `/realms/${REALM}/protocol/openid-connect/token`;

type Tokens = { readonly access_token: string; readonly refresh_token: string };

export async function askForToken(base: string, form: Readonly<Record<string, string>>): Promise<Tokens> {
  const answer = await fetch(`${base}${TOKEN_PATH}`, { method: "POST", headers: FORM, body: new URLSearchParams(form) });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${answer.status} ${text}`);
  return JSON.parse(text) as Tokens;
}

export const signIn = {
  grant_type: "password",
  client_id: FRONTEND,
  scope: "openid",
  username: USER,
  password: `${USER}-password`,
} as const;

/** So many subject tokens, each of its own `jti`: a sign-in, then refreshes. */
export async function subjectTokens(base: string, count: number): Promise<readonly string[]> {
  const first = await askForToken(base, signIn);
  const tokens = [first.access_token];
  const refresh = { grant_type: "refresh_token", client_id: FRONTEND, refresh_token: first.refresh_token };
  while (tokens.length < count) {
    const some = Array.from({ length: Math.min(8, count - tokens.length) }, () => askForToken(base, refresh));
    tokens.push(...(await Promise.all(some)).map(({ access_token }) => access_token));
  }
  return tokens;
}

/** The talk's exchange of each token, as the bytes of an HTTP request. */
export function exchangeRequests(base: string, tokens: readonly string[]): readonly string[] {
  return tokens.map((token) =>
    httpRequest(base, {
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      client_id: REQUESTER,
      client_secret: `${REQUESTER}-secret`,
      subject_token: token,
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
      requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
      audience: TARGET,
    }),
  );
}

export function httpRequest(base: string, form: Readonly<Record<string, string>>): string {
  const body = new URLSearchParams(form).toString();
  const head = [
    `POST ${TOKEN_PATH} HTTP/1.1`,
    `host: ${new URL(base).host}`,
    `content-type: ${FORM["content-type"]}`,
    `content-length: ${body.length}`,
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}
