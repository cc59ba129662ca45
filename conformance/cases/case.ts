import type { Json, Parameters } from "../client.ts";

/**
 * A case: a few requests in a fixture realm and what must come back, as plain data. Values that a later step needs are written
 * `$name.member`, and `$name.access_token.sid` for a claim; behind it `|tampered` and the other words of `SPOILED` in `run.ts` damage the value.
 */
export interface Case {
  /** Starts with the id of Keycloak's refusal it provokes (`V06 …`) or is the name of Keycloak's own test. Unique in the suite. */
  readonly name: string;
  readonly realm: string;
  /** Sign-ins and the like; each has to succeed, and none is recorded. */
  readonly before?: readonly Step[];
  readonly steps: readonly Step[];
  /** What the target has to offer; a case that needs something else is not run there. */
  readonly needs?: Need;
  /** Where a step has `ours`: the first cell of its row in `docs/reference/deviations.md`. */
  readonly deviation?: string;
}

/**
 * - `login`: sign-in pages, which the suite cannot drive yet.
 * - `standard exchange`: V2, which Keycloak 26.1.3 does not have.
 * - `only the standard exchange`, `no exchange`: a server started with the other exchanges switched off.
 * - `the native dialect`: what only Cambist has.
 * - `a proof of possession`, `a client policy`, `the account API`, `Keycloak 26.8`: what the suite or the servers do not do.
 */
export type Need =
  | "login"
  | "standard exchange"
  | "only the standard exchange"
  | "no exchange"
  | "the native dialect"
  | "a proof of possession"
  | "a client policy"
  | "the account API"
  | "Keycloak 26.8";

export interface Step {
  /** Name of the answer for later steps. */
  readonly as?: string;
  /** An endpoint below `protocol/openid-connect/`; `admin VERB path` for the realm's admin API; `wait` until the time in `form.until`. */
  readonly to: string;
  /** Another realm than that of the case. */
  readonly realm?: string;
  readonly form?: Parameters;
  readonly headers?: Readonly<Record<string, string>>;
  /** Body of an admin call. */
  readonly json?: unknown;
  /** What Keycloak answers; 26.1.3 where it differs. */
  readonly answer: Expected;
  readonly in26_1?: Expected;
  /** What Cambist answers in the dialect `keycloak`, where it deviates: a row of `docs/reference/deviations.md`. */
  readonly ours?: Expected;
  /** What Cambist answers in the dialect `native`; absent: the same as Keycloak. */
  readonly native?: Expected;
}

/** What must be in an answer. In members, `<any>` stands for any value and `<none>` for none; the order in lists and scopes is free. */
export interface Expected {
  readonly status: number;
  readonly error?: string;
  readonly description?: string;
  /** Some members of the body. */
  readonly body?: Json;
  /** Some claims of its access token. */
  readonly claims?: Json;
  /** The body when it is no JSON object. */
  readonly text?: string;
  /** Some headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The expectations of a step apart from Keycloak's. */
export type Otherwise = Pick<Step, "as" | "in26_1" | "ours" | "native">;

export const ok = (claims: Json = {}, body: Json = {}): Expected => ({ status: 200, claims, body });
export const refused = (status: number, error: string, description?: string): Expected => ({
  status,
  error,
  ...(description !== undefined && { description }),
});
/** A successful answer without a token to look into. */
export const answers = (body: Json = {}, status = 200): Expected => ({ status, body });

/** A sign-in by password; the fixtures' passwords are `<username>-password`. */
export const signIn = (as: string, username: string, client: Parameters, scope = "openid"): Step => ({
  as,
  to: "token",
  form: { grant_type: "password", ...client, username, password: `${username}-password`, scope },
  answer: { status: 200 },
});

/** A token of the client's own service account. */
export const serviceAccount = (as: string, client: Parameters): Step => ({
  as,
  to: "token",
  form: { grant_type: "client_credentials", ...client },
  answer: { status: 200 },
});

type Request = Pick<Step, "to" | "form" | "headers" | "json">;

/** An exchange; `parameters` may replace or (undefined) leave out any part. */
export const exchange = (
  client: Parameters,
  subjectToken: string | readonly string[] | undefined,
  parameters: Parameters = {},
): Request => ({
  to: "token",
  form: {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    ...client,
    ...(subjectToken !== undefined && {
      subject_token: subjectToken,
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    }),
    ...parameters,
  },
});

export const refresh = (client: Parameters, refreshToken: string, parameters: Parameters = {}): Request => ({
  to: "token",
  form: { grant_type: "refresh_token", ...client, refresh_token: refreshToken, ...parameters },
});

export const introspect = (client: Parameters, token: string): Request => ({ to: "token/introspect", form: { ...client, token } });
export const revoke = (client: Parameters, token: string): Request => ({ to: "revoke", form: { ...client, token } });
export const logout = (client: Parameters, refreshToken: string): Request => ({
  to: "logout",
  form: { ...client, refresh_token: refreshToken },
});
export const userinfo = (token: string): Request => ({ to: "userinfo", headers: { authorization: `Bearer ${token}` } });

export const step = (request: Request, answer: Expected, otherwise: Otherwise = {}): Step => ({ ...request, answer, ...otherwise });
