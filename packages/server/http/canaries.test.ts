import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ACCESS_TOKEN, bench, EXCHANGE, JWT_BEARER, type Headers, type Parameters } from "../testing/bench.ts";
import { Canaries } from "../testing/canaries.ts";
import { exchangeRealm } from "../testing/exchange-realm.ts";
import { basic, testServer, type TestServer, type Tokens } from "../testing/test-server.ts";
import { FORM_ENDPOINTS } from "./app.ts";

/**
 * H6, SEC-LOG-02: at each endpoint that takes a form, in every parameter and header that may carry a secret, a text of its own, beside parameters that
 * are good and in requests that are not; none of them comes to the log, an event, the audit log or the answer.
 */

/** Parameters that carry secrets, whether this server knows them or not: a client may mistake it for another. */
const SECRET = [
  "client_secret",
  "client_assertion",
  "password",
  "refresh_token",
  "access_token",
  "id_token_hint",
  "token",
  "subject_token",
  "actor_token",
  "assertion",
  "code",
  "code_verifier",
  "device_code",
  "auth_req_id",
  "request",
  "logout_token",
  "totp",
  "otp",
] as const;
/** Parameters that this server reads and may show. */
const PLAIN: ReadonlySet<string> = new Set(
  (
    "grant_type client_id client_assertion_type username scope audience resource requested_issuer requested_subject requested_token_type " +
    "subject_issuer subject_token_type actor_token_type token_type_hint"
  ).split(" "),
);

test("H6 every parameter that is read is known to be a secret or not", () => {
  const root = join(import.meta.dirname, "../..");
  const read = globSync("{server/{http,grants,client-auth},core}/**/*.ts", {
    cwd: root,
    exclude: (name) => /node_modules|\.test\.ts$/.test(name),
  }).flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/\bform\??\.(?:get|all|has)\("(\w+)"/g)].map(([, name = ""]) => name),
  );
  expect(new Set(read).size).toBeGreaterThan(15);
  expect(read.filter((name) => !PLAIN.has(name) && !(SECRET as readonly string[]).includes(name))).toEqual([]);
});

describe.each(["native", "keycloak"] as const)("%s", (dialect) => {
  let server: TestServer;
  let tokens: Tokens;
  const canaries = new Canaries();
  const portal = { client_id: "portal", client_secret: "secret-of-portal" };
  beforeAll(async () => {
    server = await testServer([exchangeRealm(dialect)]);
    tokens = await bench(server, dialect).signIn();
  });
  afterAll(() => server.close());

  /** Requests that would be good, by endpoint. */
  const good = (): Readonly<Record<string, readonly Parameters[]>> => ({
    token: [
      { grant_type: "password", client_id: "frontend", username: "alice", password: "password" },
      { grant_type: "client_credentials", ...portal },
      { grant_type: "refresh_token", client_id: "frontend", refresh_token: tokens.refresh_token },
      { grant_type: EXCHANGE, ...portal, subject_token: tokens.access_token, subject_token_type: ACCESS_TOKEN, audience: "orders" },
      { grant_type: EXCHANGE, ...portal, requested_subject: "bob" },
      { grant_type: "authorization_code", ...portal, code: "x", redirect_uri: "https://a.example/" },
      { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", ...portal, assertion: "x" },
      { ...portal },
    ],
    "token/introspect": [{ ...portal, token: tokens.access_token }],
    revoke: [{ ...portal, token: tokens.access_token }],
    userinfo: [{ access_token: tokens.access_token }, {}],
    logout: [{ client_id: "frontend", refresh_token: tokens.refresh_token }],
  });

  test.each(FORM_ENDPOINTS)("H6 $path writes down no secret", async ({ path, methods = ["POST"] }) => {
    const url = `/realms/shop/protocol/openid-connect/${path}`;
    const forms = good()[path];
    if (!forms) throw new Error(`nobody says what a good request to ${path} is`);
    const [lines, events] = [server.lines.length, server.events.length];
    const leaks: string[] = [];
    const look = (where: string, answer: { readonly statusCode: number; readonly body: string; readonly headers: unknown }): void => {
      leaks.push(...canaries.in(`the answer ${answer.statusCode} to ${where}`, answer.body + JSON.stringify(answer.headers)));
    };
    const send = async (where: string, form: Parameters | string, headers: Headers = {}): Promise<void> =>
      look(where, await server.post(url, form, headers));

    for (const [index, form] of forms.entries()) {
      const at = (what: string): string => `form ${index}, ${what}`;
      for (const name of SECRET) {
        const [text, token] = [canaries.text(at(name)), canaries.token(at(name), tokens.access_token)];
        const others = { ...form, ...(name === "client_assertion" && { client_assertion_type: JWT_BEARER }) };
        for (const secret of [text, token, `Bearer ${token}`, `"${token}`, `${token} `])
          await send(at(name), { ...others, [name]: secret });
        const twice = new URLSearchParams(others).toString();
        await send(at(`${name} twice`), `${twice}&${name}=${text}&${name}=${token}`);
        await send(at(`${name} in a broken form`), `${twice}&${name}=${text}&scope=%zz`);
        await send(at(`${name} in too large a form`), `${twice}&${name}=${text.repeat(3000)}`);
        const query = `${url}?${twice}&${name}=${token}`;
        look(at(`${name} in the query`), await server.app.inject({ method: "POST", url: query }));
        if (methods.includes("GET")) look(at(`${name} by GET`), await server.get(query));
      }
      const [text, token] = [canaries.text(at("a header")), canaries.token(at("a header"), tokens.access_token)];
      for (const headers of [
        basic("portal", text),
        basic("portal", token),
        { authorization: `Basic ${text}` },
        { authorization: `Bearer ${token}` },
        { authorization: `Bearer ${text}` },
        { authorization: `DPoP ${token}`, dpop: token },
        { authorization: text },
        { dpop: token },
        { cookie: `KEYCLOAK_IDENTITY=${token}; AUTH_SESSION_ID=${text}` },
        { "x-client-cert": text },
      ] as readonly Headers[])
        await send(at(`the header ${JSON.stringify(headers)}`), form, headers);
    }
    leaks.push(...canaries.in("the log", server.lines.slice(lines).join("\n")));
    leaks.push(...canaries.in("the audit log", JSON.stringify(await server.store.reader.audit.list({ limit: 1_000_000 }))));
    expect(leaks).toEqual([]);
    expect(server.events.length - events).toBeGreaterThan(10);
  });
});
