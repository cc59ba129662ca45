import { basicOf, REFRESH_TOKEN, secretOf, type Parameters } from "../client.ts";
import {
  answers,
  type Case,
  exchange,
  type Expected,
  introspect,
  logout,
  ok,
  refresh,
  refused,
  revoke,
  signIn,
  type Step,
  step,
  userinfo,
} from "./case.ts";

/** Refresh, introspection, userinfo, revocation, logout and client authentication around an exchanged token. */

const [gate, api, stranger] = ["gate", "api", "stranger"].map(secretOf) as [Parameters, Parameters, Parameters];
const web = { client_id: "web" };
const ADA = "$ada.access_token";
const ada = signIn("ada", "ada", web);
const forApi: Step = {
  ...step(exchange(gate, ADA, { audience: "api", requested_token_type: REFRESH_TOKEN, scope: "openid profile" }), ok()),
  as: "exchanged",
};
const EXCHANGED = "$exchanged.access_token";

const test = (name: string, steps: readonly Step[], before: readonly Step[] = [ada, forApi], deviation?: string): Case => ({
  name,
  realm: "endpoints",
  before,
  steps,
  ...(deviation !== undefined && { deviation }),
});
const ACTIVE = answers({ active: true });
const INACTIVE = answers({ active: false });
const NO_GRANT = { native: refused(400, "invalid_grant") };
const challenge = (error: string, description: string): Expected => ({
  status: 401,
  headers: { "www-authenticate": `Bearer realm="endpoints", error="${error}", error_description="${description}"` },
});

export const ENDPOINTS: readonly Case[] = [
  // Client authentication.
  test(
    "client_secret_basic",
    [step({ ...exchange({}, ADA, { audience: "api" }), headers: basicOf("gate") }, ok({ azp: "gate", aud: "api" }))],
    [ada],
  ),
  test("client_secret_post", [step(exchange(gate, ADA, { audience: "api" }), ok({ azp: "gate", aud: "api" }))], [ada]),
  test(
    "Basic and form with the same credentials",
    [
      step({ ...exchange(gate, ADA, { audience: "api" }), headers: basicOf("gate") }, ok({ azp: "gate" }), {
        native: refused(401, "invalid_client"),
      }),
    ],
    [ada],
  ),
  test("a public client by its name", [step(exchange(web, ADA), ok({ azp: "web" }))], [ada]),
  test("a public client with a secret, which is ignored", [step(exchange({ ...web, client_secret: "x" }, ADA), ok({ azp: "web" }))], [ada]),

  test(
    "sign-in with offline_access by a user who may not have it",
    [
      step(
        {
          to: "token",
          form: { grant_type: "password", ...web, username: "ben", password: "ben-password", scope: "openid offline_access" },
        },
        refused(400, "not_allowed", "Offline tokens not allowed for the user or client"),
        { native: refused(400, "invalid_scope") },
      ),
    ],
    [],
  ),

  // Refresh (RFC 6749 §6).
  test("refresh gives the token for the same audience again", [
    step(refresh(gate, "$exchanged.refresh_token"), ok({ azp: "gate", sid: `${ADA}.sid` }, { refresh_token: "<any>" })),
  ]),
  test("refresh by another client", [
    step(
      refresh(stranger, "$exchanged.refresh_token"),
      refused(400, "invalid_grant", "Invalid refresh token. Token client and authorized client don't match"),
      NO_GRANT,
    ),
  ]),
  test("refresh without a token", [
    step({ to: "token", form: { grant_type: "refresh_token", ...gate } }, refused(400, "invalid_request", "No refresh token"), {
      native: refused(400, "invalid_request"),
    }),
  ]),
  test("refresh with an access token", [step(refresh(gate, EXCHANGED), refused(400, "invalid_grant", "Invalid refresh token"), NO_GRANT)]),
  test("refresh with a changed token", [
    step(refresh(gate, "$exchanged.refresh_token|tampered"), refused(400, "invalid_grant", "Invalid refresh token"), NO_GRANT),
  ]),
  test("refresh with an unknown scope", [
    step(refresh(gate, "$exchanged.refresh_token", { scope: "nonsense" }), refused(400, "invalid_scope", "Invalid scopes: nonsense"), {
      native: refused(400, "invalid_scope"),
    }),
  ]),
  test("refresh after the session has ended", [
    step(logout(web, "$ada.refresh_token"), answers({}, 204)),
    step(refresh(gate, "$exchanged.refresh_token"), refused(400, "invalid_grant", "Session not active"), NO_GRANT),
  ]),

  // Introspection (RFC 7662).
  test("introspection by the audience", [
    step(
      introspect(api, EXCHANGED),
      answers({ active: true, aud: "api", azp: "gate", client_id: "gate", username: "ada", token_type: "Bearer" }),
    ),
  ]),
  test("introspection by the client that got the token", [step(introspect(gate, EXCHANGED), INACTIVE, { in26_1: ACTIVE, native: ACTIVE })]),
  test("introspection by any other client", [step(introspect(stranger, EXCHANGED), INACTIVE, { in26_1: ACTIVE })]),
  test("introspection of the refresh token", [
    step(introspect(gate, "$exchanged.refresh_token"), INACTIVE, { in26_1: ACTIVE, native: ACTIVE }),
  ]),
  test(
    "introspection of a refresh token that was used, where each is good once",
    [
      step({ to: "admin PUT ", json: { revokeRefreshToken: true } }, answers({}, 204)),
      step(refresh(gate, "$exchanged.refresh_token"), ok()),
      step(introspect(gate, "$exchanged.refresh_token"), INACTIVE),
      step({ to: "admin PUT ", json: { revokeRefreshToken: false } }, answers({}, 204)),
    ],
    [ada, forApi],
  ),
  test("introspection of garbage", [step(introspect(api, "x"), INACTIVE)]),
  test("introspection of a changed token", [step(introspect(api, `${EXCHANGED}|tampered`), INACTIVE)]),
  test(
    "introspection with alg none",
    [
      step(introspect(api, `${EXCHANGED}|unsigned`), INACTIVE, {
        in26_1: refused(400, "invalid_request", "Failed to introspect token."),
        ours: INACTIVE,
      }),
    ],
    [ada, forApi],
    "introspection with `alg` `none`",
  ),
  test("introspection without a token", [
    step({ to: "token/introspect", form: api }, refused(400, "invalid_request", "Token not provided."), {
      native: refused(400, "invalid_request"),
    }),
  ]),
  test("introspection with an unknown hint", [
    step(
      { to: "token/introspect", form: { ...api, token: EXCHANGED, token_type_hint: "x" } },
      refused(400, "invalid_request", "Unsupported token type."),
      {
        in26_1: refused(400, "invalid_request", "Unsupported token type [x]."),
        native: refused(400, "invalid_request"),
      },
    ),
  ]),
  test("introspection by a public client", [
    step(introspect(web, EXCHANGED), refused(403, "invalid_request", "Client not allowed."), { native: refused(403, "invalid_request") }),
  ]),
  test("introspection with a wrong secret", [
    step(introspect({ ...api, client_secret: "wrong" }, EXCHANGED), refused(401, "invalid_client", "Client authentication failed."), {
      in26_1: refused(401, "invalid_request", "Authentication failed."),
      native: refused(401, "invalid_client"),
    }),
  ]),
  test("introspection after the session has ended", [
    step(introspect(api, EXCHANGED), ACTIVE),
    step(logout(web, "$ada.refresh_token"), answers({}, 204)),
    step(introspect(api, EXCHANGED), INACTIVE),
  ]),

  // Userinfo (OpenID Connect Core §5.3).
  test("userinfo with the exchanged token", [step(userinfo(EXCHANGED), answers({ sub: `${ADA}.sub`, preferred_username: "ada" }))]),
  test("userinfo with a token that has no openid", [
    step(exchange(gate, ADA, { audience: "api", scope: "profile" }), ok({ scope: "email profile" }), {
      as: "narrow",
      native: ok({ scope: "profile" }),
    }),
    step(userinfo("$narrow.access_token"), {
      status: 403,
      headers: { "www-authenticate": 'Bearer realm="endpoints", error="insufficient_scope", error_description="Missing openid scope"' },
    }),
  ]),
  test("userinfo without a token", [
    step({ to: "userinfo" }, { status: 401, headers: { "www-authenticate": 'Bearer realm="endpoints"' } }),
  ]),
  test("userinfo with a changed token", [step(userinfo(`${EXCHANGED}|tampered`), challenge("invalid_token", "Token verification failed"))]),
  test("userinfo with an ID token", [step(userinfo("$ada.id_token"), challenge("invalid_token", "Token verification failed"))]),
  test(
    "userinfo with alg none",
    [
      step(userinfo(`${EXCHANGED}|unsigned`), challenge("invalid_token", "Token verification failed"), {
        in26_1: refused(500, "unknown_error"),
        ours: challenge("invalid_token", "Token verification failed"),
      }),
    ],
    [ada, forApi],
    "userinfo with a token of `alg` `none`",
  ),
  test("userinfo after the session has ended", [
    step(logout(web, "$ada.refresh_token"), answers({}, 204)),
    step(userinfo(EXCHANGED), { status: 401 }),
  ]),

  // Revocation (RFC 7009).
  test("revocation of the exchanged access token", [
    step(revoke(gate, EXCHANGED), answers()),
    step(introspect(api, EXCHANGED), INACTIVE),
    step(refresh(gate, "$exchanged.refresh_token"), ok({ azp: "gate" })),
  ]),
  test("revocation of the exchanged refresh token", [
    step(revoke(gate, "$exchanged.refresh_token"), answers()),
    step(introspect(api, EXCHANGED), INACTIVE),
    step(refresh(gate, "$exchanged.refresh_token"), refused(400, "invalid_grant", "Session doesn't have required client"), NO_GRANT),
    step(exchange(gate, ADA, { audience: "api" }), ok({ azp: "gate" })),
  ]),
  test(
    "revocation of an access token twice",
    [
      step(revoke(gate, EXCHANGED), answers()),
      step(revoke(gate, EXCHANGED), answers(), { in26_1: refused(409, "unknown_error"), ours: answers() }),
    ],
    [ada, forApi],
    "access token revoked twice",
  ),
  test("revocation by another client", [
    step(revoke(stranger, EXCHANGED), refused(400, "invalid_request", "Unmatching clients"), { native: refused(400, "invalid_request") }),
  ]),
  test("revocation of an ID token", [
    step(revoke(web, "$ada.id_token"), refused(400, "unsupported_token_type", "Unsupported token type"), {
      native: refused(400, "unsupported_token_type"),
    }),
  ]),
  test("revocation of garbage", [
    step(revoke(gate, "x"), refused(200, "invalid_token", "Invalid token"), { native: refused(200, "invalid_token") }),
  ]),
  test("revocation without a token", [
    step({ to: "revoke", form: gate }, refused(400, "invalid_request", "Token not provided"), { native: refused(400, "invalid_request") }),
  ]),
  test("revocation with a wrong secret", [
    step(
      revoke({ ...gate, client_secret: "wrong" }, EXCHANGED),
      refused(401, "unauthorized_client", "Invalid client or Invalid client credentials"),
      {
        native: refused(401, "invalid_client"),
      },
    ),
  ]),

  // Logout (OpenID Connect RP-Initiated Logout, by refresh token).
  test("logout ends every token of the session", [
    step(logout(web, "$ada.refresh_token"), answers({}, 204)),
    step(exchange(gate, ADA, { audience: "api" }), refused(400, "invalid_request", "Invalid token"), {
      native: refused(400, "invalid_token"),
    }),
    step(introspect(api, EXCHANGED), INACTIVE),
    step(logout(web, "$ada.refresh_token"), answers({}, 204)),
  ]),
  test("logout by the requester's own refresh token", [
    step(logout(gate, "$exchanged.refresh_token"), answers({}, 204)),
    step(introspect(api, EXCHANGED), INACTIVE),
  ]),
  test("logout with another client's refresh token", [
    step(
      logout(gate, "$ada.refresh_token"),
      refused(400, "invalid_grant", "Invalid refresh token. Token client and authorized client don't match"),
      NO_GRANT,
    ),
  ]),
  test("logout with garbage", [step(logout(gate, "x"), refused(400, "invalid_grant", "Invalid refresh token"), NO_GRANT)]),
  test("logout with a wrong secret", [
    step(
      logout({ ...gate, client_secret: "wrong" }, "$exchanged.refresh_token"),
      refused(401, "unauthorized_client", "Invalid client or Invalid client credentials"),
      {
        native: refused(401, "invalid_client"),
      },
    ),
  ]),
  { name: "logout in the browser", realm: "endpoints", steps: [], needs: "login" },
];
