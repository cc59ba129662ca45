/** A protocol endpoint as the document describes it; the admin ones come from the route table. */
export interface ProtocolOperation {
  readonly method: "get" | "post";
  /** Below `/realms/{realm}`. */
  readonly path: string;
  readonly summary: string;
  /** Form parameters with what they are for; those marked `*` are required. */
  readonly form?: Readonly<Record<string, string>>;
  readonly answers: Readonly<Record<string, string>>;
}

const O = "/protocol/openid-connect";
const CLIENT = {
  client_id: "Client id, unless HTTP Basic or an assertion names it",
  client_secret: "Client secret",
  client_assertion_type: "RFC 7523 §2.2",
  client_assertion: "Signed assertion of the client",
};

export const PROTOCOL_OPERATIONS: readonly ProtocolOperation[] = [
  {
    method: "get",
    path: "",
    summary: "Public key and addresses of the realm",
    answers: { 200: "Realm information", 404: "Realm does not exist" },
  },
  {
    method: "get",
    path: "/.well-known/openid-configuration",
    summary: "Metadata (OpenID Connect Discovery, RFC 8414)",
    answers: { 200: "Metadata", 404: "Realm does not exist" },
  },
  { method: "get", path: `${O}/certs`, summary: "Public keys (RFC 7517)", answers: { 200: "JWK set" } },
  {
    method: "post",
    path: `${O}/token`,
    summary: "Tokens: token exchange (RFC 8693), password, client_credentials, refresh_token",
    form: {
      "grant_type*": "urn:ietf:params:oauth:grant-type:token-exchange, password, client_credentials or refresh_token",
      ...CLIENT,
      subject_token: "Exchange: the token you hold",
      subject_token_type: "Exchange: urn:ietf:params:oauth:token-type:access_token",
      requested_token_type: "Exchange: type of token you want back",
      audience: "Exchange: client id of the target; repeatable",
      resource: "Exchange: absolute URI of the target; repeatable",
      requested_subject: "Exchange: user id or username to impersonate",
      scope: "Scope words; in an exchange only what the target needs",
      username: "Password grant",
      password: "Password grant",
      refresh_token: "Refresh grant",
    },
    answers: {
      200: "Tokens (RFC 6749 §5.1, RFC 8693 §2.2.1)",
      400: "Refused; error and error_description say why",
      401: "Client authentication failed",
      403: "Refused (realms in the keycloak dialect)",
      503: "Nothing could be recorded, so nothing was issued",
    },
  },
  {
    method: "post",
    path: `${O}/token/introspect`,
    summary: "Introspection (RFC 7662)",
    form: { "token*": "The token to look at", token_type_hint: "access_token or refresh_token", ...CLIENT },
    answers: { 200: "Claims, or active false", 401: "Client authentication failed" },
  },
  {
    method: "post",
    path: `${O}/revoke`,
    summary: "Revocation (RFC 7009)",
    form: { "token*": "The token to revoke", token_type_hint: "access_token or refresh_token", ...CLIENT },
    answers: { 200: "Revoked, or was not valid", 400: "Not the client's token" },
  },
  {
    method: "get",
    path: `${O}/userinfo`,
    summary: "Claims of the user (OpenID Connect Core §5.3)",
    answers: { 200: "Claims", 401: "The token is not valid", 403: "The token has no openid scope" },
  },
  {
    method: "post",
    path: `${O}/logout`,
    summary: "Ends the session of a refresh token",
    form: { "refresh_token*": "Refresh token of the session", ...CLIENT },
    answers: { 204: "Ended", 400: "The refresh token is not valid" },
  },
];
