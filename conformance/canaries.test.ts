import { createHmac, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADMIN, type Administrator, administrator, authorized, person } from "./admin.ts";
import { Canaries, type Output, secretRealm } from "./canaries.ts";
import { type Answer, basicOf, readAnswer, type RealmClient, realmClient, TOKEN_EXCHANGE } from "./client.ts";
import { type RunningServer, runCambist, startServer } from "./server.ts";

/**
 * SEC-LOG-02, SEC-LOG-03, H6: an own text in every field that takes a secret, good and bad requests of every kind, and then nothing of it
 * anywhere it could come out: log, events, admin events, metrics, error bodies, masked representations, exports, the description of the API.
 */

const REALM = "canary";
const IMPORTED = "imported";

describe.each(["default", "json"])("with the log output %s", (format) => {
  let server: RunningServer;
  let realm: RealmClient;
  let admin: Administrator;
  const canaries = new Canaries();
  const canary = (name: string): string => canaries.text(name);
  const keep = (name: string, token: unknown): string => canaries.token(name, token);
  /** Hashes of passwords: they may be in the database, and nowhere else. */
  const hashes = new Canaries();
  const outputs: Output[] = [];
  const password = canary("bootstrap password");
  const note = (where: string, { status, text, headers }: Answer): Answer => {
    outputs.push({ where: `${where} (${status})`, text: `${text} ${JSON.stringify([...headers])}` });
    return { status, text, headers, body: {} };
  };

  beforeAll(async () => {
    server = await startServer({
      environment: { ...ADMIN, KC_BOOTSTRAP_ADMIN_PASSWORD: password },
      flags: [
        `--log-console-output=${format}`,
        "--log-level=all",
        "--metrics-enabled=true",
        "--spi-events-listener--jboss-logging--success-level=info",
      ],
    });
    realm = realmClient(server.baseUrl, REALM);
    admin = await administrator(server.baseUrl, password);
    keep("admin token", admin.token);
    const key = readFileSync(join(server.data, "secret.key"), "latin1").trim();
    canaries.add("secret.key", key);
    for (const encoding of ["hex", "base64"] as const)
      canaries.add(`secret.key in ${encoding}`, Buffer.from(key, "base64url").toString(encoding));
    await fill();
    await useWell();
    await useBadly();
    await readBack();
  }, 120_000);
  afterAll(() => server?.[Symbol.asyncDispose]());

  /** Texts that the story needs again. */
  const own = {
    client: canary("client secret"),
    rotated: canary("rotated client secret"),
    sealed: canary("client secret for assertions"),
    user: canary("password"),
    temporary: canary("temporary password"),
    provider: canary("provider secret"),
    smtp: canary("SMTP password"),
    bind: canary("bind credential"),
    otp: canary("OTP secret"),
    saml: canary("SAML key"),
  };
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const ids: Record<string, string> = {};
  const made = async (what: string, path: string, body: unknown): Promise<string> => (ids[what] = await admin.create(path, body));

  /** Every field that takes a secret, filled through the admin API. */
  async function fill(): Promise<void> {
    const pkcs8 = pair.privateKey.export({ type: "pkcs8", format: "der" }).toString("base64");
    canaries.privateKey("private key", pkcs8);
    note(
      "create realm",
      await admin.send("POST", "", {
        realm: REALM,
        enabled: true,
        eventsEnabled: true,
        adminEventsEnabled: true,
        adminEventsDetailsEnabled: true,
        smtpServer: { host: "mail.example", from: "a@example.com", auth: "true", user: "mailer", password: own.smtp },
      }),
    );
    await made("client", `/${REALM}/clients`, {
      clientId: "service",
      secret: own.client,
      serviceAccountsEnabled: true,
      directAccessGrantsEnabled: true,
      attributes: { "client.secret.rotated": own.rotated, "saml.signing.private.key": own.saml },
    });
    await made("sealed", `/${REALM}/clients`, {
      clientId: "sealed",
      secret: own.sealed,
      serviceAccountsEnabled: true,
      clientAuthenticatorType: "client-secret-jwt",
    });
    await made("keyed", `/${REALM}/clients`, {
      clientId: "keyed",
      serviceAccountsEnabled: true,
      clientAuthenticatorType: "client-jwt",
      attributes: { "use.jwks.string": "true", "jwks.string": JSON.stringify({ keys: [pair.publicKey.export({ format: "jwk" })] }) },
    });
    await made("public", `/${REALM}/clients`, { clientId: "public", publicClient: true, directAccessGrantsEnabled: true });
    await made("user", `/${REALM}/users`, person("ada", { credentials: [{ type: "password", value: own.user }] }));
    await made("other", `/${REALM}/users`, person("ben", { credentials: [{ type: "password", value: own.temporary, temporary: true }] }));
    note(
      "create provider",
      await admin.send("POST", `/${REALM}/identity-provider/instances`, {
        alias: "google",
        providerId: "oidc",
        config: {
          clientId: "x",
          clientSecret: own.provider,
          tokenUrl: "https://idp.example/token",
          authorizationUrl: "https://idp.example/auth",
        },
      }),
    );
    await made("key", `/${REALM}/components`, {
      name: "own key",
      providerId: "rsa",
      providerType: "org.keycloak.keys.KeyProvider",
      config: { privateKey: [pkcs8], priority: ["1"], active: ["true"], enabled: ["true"] },
    });
    await made("directory", `/${REALM}/components`, {
      name: "directory",
      providerId: "ldap",
      providerType: "org.keycloak.storage.UserStorageProvider",
      config: { bindCredential: [own.bind], connectionUrl: ["ldap://directory.example"], enabled: ["false"] },
    });
    note(
      "reset password",
      await admin.send("PUT", `/${REALM}/users/${ids["other"]}/reset-password`, { type: "password", value: canary("new password") }),
    );
    note(
      "partial import",
      await admin.send("POST", `/${REALM}/partialImport`, {
        ifResourceExists: "SKIP",
        users: [person("carol", { credentials: [{ type: "password", value: canary("imported password") }] })],
        clients: [{ clientId: "imported", secret: canary("imported secret") }],
        components: {
          "org.keycloak.storage.UserStorageProvider": [
            { name: "imported", providerId: "ldap", config: { bindCredential: [canary("imported bind credential")], enabled: ["false"] } },
          ],
        },
        identityProviders: [
          { alias: "imported", providerId: "oidc", config: { clientId: "x", clientSecret: canary("imported provider secret") } },
        ],
      }),
    );
    const whole = secretRealm(IMPORTED, canary, (name) => hashes.text(name), pkcs8);
    note("create realm from a file", await admin.send("POST", "", whole));
    const { realm: _realm, id: _id, ...changes } = secretRealm(IMPORTED, canary, (name) => hashes.text(name), pkcs8);
    const { futureSecret: _secret, future: _future, ...known } = changes;
    note("change of a realm, the whole of it", await admin.send("PUT", `/${IMPORTED}`, known));
    note("change of a realm with unknown members", await admin.send("PUT", `/${IMPORTED}`, changes));
    const client = `/${REALM}/clients/${ids["public"]}`;
    const generated = await admin.send("POST", `${client}/certificates/jwt.credential/generate`);
    canaries.privateKey("generated private key", generated.body["privateKey"]);
    const form = new FormData();
    for (const name of ["keyPassword", "storePassword"]) form.set(name, canary(name));
    form.set("keystoreFormat", "JKS");
    form.set("file", new Blob([canary("keystore")]), "store.jks");
    const upload = `${server.baseUrl}/admin/realms${client}/certificates/jwt.credential/upload-certificate`;
    note("upload of a keystore", await readAnswer(await fetch(upload, { method: "POST", ...authorized(admin.token), body: form })));
    const flow = "sign-up form";
    await admin.send("POST", `/${REALM}/authentication/flows`, { alias: flow, providerId: "basic-flow", topLevel: true, builtIn: false });
    const execution = await admin.create(`/${REALM}/authentication/flows/${encodeURIComponent(flow)}/executions/execution`, {
      provider: "idp-review-profile",
    });
    await admin.create(`/${REALM}/authentication/executions/${execution}/config`, {
      alias: "recaptcha",
      config: { "site.key": "x", "secret.key": canary("reCAPTCHA secret") },
    });
  }

  const asService = { client_id: "service", client_secret: own.client };
  const assertion = (secret: string): string => {
    const now = Math.floor(Date.now() / 1000);
    const input = [{ alg: "HS256" }, { iss: "sealed", sub: "sealed", aud: realm.issuer, jti: randomUUID(), iat: now, exp: now + 60 }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    return keep("assertion", `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`);
  };
  const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  const signedAssertion = (aud: string): string => {
    const now = Math.floor(Date.now() / 1000);
    const input = [{ alg: "RS256" }, { iss: "keyed", sub: "keyed", aud, jti: randomUUID(), iat: now, exp: now + 60 }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    return keep("signed assertion", `${input}.${sign("sha256", Buffer.from(input), pair.privateKey).toString("base64url")}`);
  };

  /** Tokens of each kind; what hands them out is not looked through. */
  async function useWell(): Promise<void> {
    const tokens = (await realm.token({ grant_type: "password", ...asService, username: "ada", password: own.user, scope: "openid" })).body;
    const access = keep("access token", tokens["access_token"]);
    const refresh = keep("refresh token", tokens["refresh_token"]);
    keep("ID token", tokens["id_token"]);
    const exchanged = await realm.exchange(access, { ...asService });
    keep("exchanged token", exchanged.body["access_token"]);
    keep("service token", (await realm.token({ grant_type: "client_credentials", ...asService })).body["access_token"]);
    const sealed = { grant_type: "client_credentials", client_assertion_type: JWT_BEARER, client_assertion: assertion(own.sealed) };
    keep("token of an assertion", (await realm.token(sealed)).body["access_token"]);
    const keyed = { ...sealed, client_assertion: signedAssertion(realm.issuer) };
    keep("token of a signed assertion", (await realm.token(keyed)).body["access_token"]);
    note("signed assertion used twice", await realm.token(keyed));
    const basic = basicOf("service", own.client);
    canaries.add("Basic", basic.authorization.slice(6));
    note("introspection", await realm.post("token/introspect", { token: access }, basic));
    note("userinfo", await readAnswer(await fetch(`${realm.issuer}/protocol/openid-connect/userinfo`, authorized(access))));
    const refreshed = await realm.token({ grant_type: "refresh_token", ...asService, refresh_token: refresh });
    keep("second refresh token", refreshed.body["refresh_token"]);
    keep("second access token", refreshed.body["access_token"]);
    note("revocation", await realm.post("revoke", { ...asService, token: access }));
    const initial = (await admin.send("POST", `/${REALM}/clients-initial-access`, { count: 5, expiration: 600 })).body;
    const registrations = `${realm.issuer}/clients-registrations/default`;
    const registered = await readAnswer(
      await fetch(registrations, {
        method: "POST",
        ...authorized(keep("initial access token", initial["token"]), { clientId: "registered", secret: canary("registered secret") }),
      }),
    );
    keep("registration token", registered.body["registrationAccessToken"]);
    const changed = await readAnswer(
      await fetch(`${registrations}/registered`, {
        method: "PUT",
        ...authorized(registered.body["registrationAccessToken"] as string, {
          clientId: "registered",
          secret: canary("second registered secret"),
        }),
      }),
    );
    keep("registration token after a change", changed.body["registrationAccessToken"]);
    canaries.add("generated secret", String((await admin.send("POST", `/${REALM}/clients/${ids["sealed"]}/client-secret`)).body["value"]));
    keep(
      "second registration token",
      (await admin.send("POST", `/${REALM}/clients/${ids["public"]}/registration-access-token`)).body["registrationAccessToken"],
    );
    note("logout", await realm.post("logout", { ...asService, refresh_token: String(refreshed.body["refresh_token"]) }));
  }

  /** Secrets where they are wrong, and in places where they do not belong. */
  async function useBadly(): Promise<void> {
    const wrong = canary("wrong secret");
    const sent = canaries.size;
    note("wrong secret", await realm.token({ grant_type: "client_credentials", client_id: "service", client_secret: wrong }));
    note("wrong secret, Basic", await realm.token({ grant_type: "client_credentials" }, basicOf("service", canary("wrong Basic secret"))));
    note("old secret", await realm.token({ grant_type: "client_credentials", client_id: "service", client_secret: own.rotated }));
    note(
      "secret of nobody",
      await realm.token({ grant_type: "client_credentials", client_id: "nobody", client_secret: canary("secret of nobody") }),
    );
    note(
      "wrong password",
      await realm.token({ grant_type: "password", client_id: "public", username: "ada", password: canary("wrong password") }),
    );
    note("required action", await realm.token({ grant_type: "password", client_id: "public", username: "ben", password: own.temporary }));
    note(
      "wrong assertion",
      await realm.token({
        grant_type: "client_credentials",
        client_assertion_type: JWT_BEARER,
        client_assertion: assertion(canary("wrong key")),
      }),
    );
    note(
      "signed assertion for somebody else",
      await realm.token({
        grant_type: "client_credentials",
        client_assertion_type: JWT_BEARER,
        client_assertion: signedAssertion("https://elsewhere.example"),
      }),
    );
    note(
      "code",
      await realm.token(
        {
          grant_type: "authorization_code",
          ...asService,
          code: canary("code"),
          code_verifier: canary("verifier"),
          redirect_uri: "https://a.example",
        },
        {
          cookie: `KEYCLOAK_IDENTITY=${canary("identity cookie")}; AUTH_SESSION_ID=${canary("session cookie")}`,
          dpop: canary("DPoP proof"),
        },
      ),
    );
    note("secret twice", await realm.token({ grant_type: "client_credentials", ...asService, client_secret: [own.client, wrong] }));
    const access = String(
      (await realm.token({ grant_type: "password", ...asService, username: "ada", password: own.user })).body["access_token"],
    );
    keep("third access token", access);
    for (const [name, token] of [
      ["whole", access],
      ["cut", access.slice(0, -5)],
      ["in quotes", `"${access}"`],
      ["with the scheme", `Bearer ${access}`],
    ] as const) {
      note(`exchange ${name}`, await realm.exchange(token, { client_id: "service", client_secret: wrong }));
      note(`exchange ${name}, no audience`, await realm.exchange(token, { ...asService, audience: "nowhere" }));
      note(
        `exchange ${name} as ID token`,
        await realm.exchange(token, { ...asService, subject_token_type: "urn:ietf:params:oauth:token-type:jwt" }),
      );
      note(`introspection ${name}`, await realm.post("token/introspect", { token, client_id: "service", client_secret: wrong }));
      note(`revocation ${name}`, await realm.post("revoke", { token, client_id: "public" }));
      note(`refresh ${name}`, await realm.token({ grant_type: "refresh_token", ...asService, refresh_token: token }));
      note(`logout ${name}`, await realm.post("logout", { ...asService, refresh_token: token }));
      note(
        `registration ${name}`,
        await readAnswer(await fetch(`${realm.issuer}/clients-registrations/default/service`, authorized(token))),
      );
      note(`admin ${name}`, await readAnswer(await fetch(`${server.baseUrl}/admin/realms/${REALM}/users`, authorized(token))));
      note(
        `in the query ${name}`,
        await readAnswer(await fetch(`${realm.tokenUrl}?subject_token=${encodeURIComponent(token)}`, { method: "POST" })),
      );
    }
    // A parameter that is too long, a form that is broken, a media type that is none: with secrets in it.
    const body = new URLSearchParams({ grant_type: TOKEN_EXCHANGE, ...asService, subject_token: access }).toString();
    const post = async (where: string, text: string, type = "application/x-www-form-urlencoded") =>
      note(where, await readAnswer(await fetch(realm.tokenUrl, { method: "POST", headers: { "content-type": type }, body: text })));
    await post("broken form", `${body}&scope=%zz`);
    await post("large form", `${body}&filler=${"x".repeat(70_000)}`);
    await post("JSON form", JSON.stringify(asService), "application/json");
    await post("unknown grant", new URLSearchParams({ ...asService, grant_type: own.client }).toString());
    await useAdminBadly();
    expect(canaries.size).toBeGreaterThan(sent);
  }

  /** Bodies that are refused, each with a secret in it. */
  async function useAdminBadly(): Promise<void> {
    admin = await administrator(server.baseUrl, password);
    keep("second admin token", admin.token);
    const bad: readonly (readonly [method: string, path: string, body: unknown])[] = [
      ["POST", "clients", { clientId: "service", secret: canary("secret of a conflict") }],
      ["POST", "clients", { clientId: "odd", secret: { value: canary("secret in an object") } }],
      ["POST", "clients", { clientId: "odd", secret: [canary("secret in a list")] }],
      ["POST", "clients", { clientId: "odd", secret: canary("secret beside an unknown field"), nowhere: true }],
      ["POST", "clients", { clientId: "odd", redirectUris: 5, secret: canary("secret beside a wrong type") }],
      ["POST", "clients", `{"clientId":"odd","secret":"${canary("secret in broken JSON")}",`],
      ["POST", "clients", `{"clientId":"odd","secret":"${canary("secret in JSON with a raw break")}\n"}`],
      ["PUT", `clients/${ids["client"]}`, { secret: canary("secret of a bad change"), publicClient: "perhaps" }],
      ["POST", "users", person("ada", { credentials: [{ type: "password", value: canary("password of a conflict") }] })],
      ["POST", "users", { username: "odd", credentials: canary("password in the place of a list") }],
      ["POST", "users", { username: "odd", credentials: [{ type: "password", value: canary("password x"), nowhere: 1 }] }],
      ["PUT", `users/${ids["user"]}/reset-password`, { type: "password", value: [canary("password in a list")] }],
      ["PUT", `users/${ids["user"]}/reset-password`, { type: canary("password as a type"), value: canary("password of an unknown type") }],
      ["PUT", `users/${ids["user"]}/reset-password`, { type: "password", value: canary("long password").repeat(200) }],
      ["PUT", `users/nobody/reset-password`, { type: "password", value: canary("password of nobody") }],
      [
        "POST",
        "identity-provider/instances",
        { alias: "google", providerId: "oidc", config: { clientSecret: canary("provider conflict") } },
      ],
      [
        "POST",
        "identity-provider/instances",
        { alias: "odd", providerId: "oidc", config: { tokenUrl: "javascript:1", clientSecret: canary("provider with a bad URL") } },
      ],
      [
        "PUT",
        "identity-provider/instances/google",
        { alias: "google", providerId: "oidc", config: { clientSecret: [canary("provider secret in a list")] } },
      ],
      [
        "POST",
        "components",
        {
          name: "odd",
          providerId: "rsa",
          providerType: "org.keycloak.keys.KeyProvider",
          config: { privateKey: [canary("private key that is none")] },
        },
      ],
      [
        "POST",
        "components",
        {
          name: "odd",
          providerId: "ldap",
          providerType: "org.keycloak.storage.UserStorageProvider",
          config: { bindCredential: canary("bind credential that is no list") },
        },
      ],
      ["PUT", "", { smtpServer: { password: canary("SMTP password of a bad change") }, accessTokenLifespan: "long" }],
      ["PUT", "", { smtpServer: [canary("SMTP password in a list")] }],
      [
        "POST",
        "testSMTPConnection",
        { host: "127.0.0.1", port: "9", from: "a@example.com", auth: "true", user: "x", password: canary("SMTP password of a test") },
      ],
      [
        "POST",
        "partialImport",
        { ifResourceExists: "FAIL", clients: [{ clientId: "service", secret: canary("secret of a failed import") }] },
      ],
      [
        "POST",
        "partialImport",
        { ifResourceExists: "FAIL", users: [{ username: 5, credentials: [{ value: canary("password of a failed import") }] }] },
      ],
      ["POST", "client-description-converter", `<secret>${canary("secret in XML")}</secret>`],
    ];
    for (const [method, path, body] of bad)
      note(`${method} ${path}`, await admin.send(method, `/${REALM}${path === "" ? "" : `/${path}`}`, body));
    note("realm conflict", await admin.send("POST", "", { realm: REALM, smtpServer: { password: canary("SMTP password of a conflict") } }));
    note(
      "bad realm",
      await admin.send("POST", "", {
        realm: "odd",
        enabled: "maybe",
        clients: [{ clientId: "x", secret: canary("secret in a bad realm") }],
      }),
    );
    note("no realm", await admin.send("POST", "/nowhere/clients", { clientId: "x", secret: canary("secret for no realm") }));
    note(
      "wrong sign-in",
      await realmClient(server.baseUrl, "master").token({
        grant_type: "password",
        client_id: "admin-cli",
        username: "admin",
        password: canary("wrong admin password"),
      }),
    );
  }

  /** What administrators, operators and browsers read. */
  async function readBack(): Promise<void> {
    const paths = [
      "",
      "/users",
      `/users/${ids["user"]}`,
      `/users/${ids["user"]}/credentials`,
      "/identity-provider/instances",
      "/identity-provider/instances/google",
      "/components",
      `/components/${ids["key"]}`,
      `/components/${ids["directory"]}`,
      "/keys",
      "/events",
      "/admin-events",
      "/clients-initial-access",
      `/clients/${ids["client"]}/user-sessions`,
      "/client-session-stats",
      "/cambist/doctor",
      "/localization",
      "/groups",
      "/roles",
      // Of its secret-less members only: a client's secret is shown to whoever may see it, as in Keycloak.
      `/clients/${ids["client"]}/protocol-mappers/models`,
      `/clients/${ids["client"]}/certificates/jwt.credential`,
    ];
    for (const path of paths) note(`GET ${path}`, await admin.send("GET", `/${REALM}${path}`));
    for (const path of [
      "",
      "/identity-provider/instances",
      "/components",
      "/users",
      "/keys",
      "/admin-events",
      "/events",
      "/cambist/doctor",
    ])
      note(`GET imported ${path}`, await admin.send("GET", `/${IMPORTED}${path}`));
    note(
      "partial export of the imported realm",
      await admin.send("POST", `/${IMPORTED}/partial-export?exportClients=true&exportGroupsAndRoles=true`),
    );
    note("GET master's events", await admin.send("GET", "/master/admin-events"));
    note("partial export", await admin.send("POST", `/${REALM}/partial-export?exportClients=true&exportGroupsAndRoles=true`));
    for (const url of [
      "/openapi.json",
      "/docs",
      `/realms/${REALM}`,
      `/realms/${REALM}/.well-known/openid-configuration`,
      "/admin/serverinfo",
      `/realms/${REALM}/protocol/openid-connect/certs`,
      "/nowhere",
    ])
      note(url, await readAnswer(await fetch(`${server.baseUrl}${url}`, url.startsWith("/admin") ? authorized(admin.token) : {})));
    for (const path of ["/metrics", "/health"]) note(path, await readAnswer(await fetch(`${server.managementUrl}${path}`)));
    for (const command of [["events", "--json"], ["events"], ["verify-audit"], ["doctor"], ["doctor", "--json"]]) {
      const { code, stdout, stderr } = await runCambist([...command, `--data=${server.data}`]);
      expect({ command, code }).toEqual({ command, code: command[0] === "doctor" ? 1 : 0 });
      outputs.push({ where: `cambist ${command.join(" ")}`, text: stdout + stderr });
    }
  }

  test("the story was told: what should work worked, and what should not did not", async () => {
    const worked = outputs.filter(({ where }) => /^(create|GET|partial export|introspection \(|userinfo|reset)/.test(where));
    expect(worked.filter(({ where }) => !/\((2\d\d)\)$/.test(where)).map(({ where }) => where)).toEqual([]);
    // The administrator has no address to send the test to, and as in Keycloak that is the outcome.
    expect(outputs.filter(({ where }) => /\(5\d\d\)/.test(where)).map(({ where }) => where)).toEqual(["POST testSMTPConnection (500)"]);
    expect(canaries.size).toBeGreaterThan(120);
  });

  test("whoever may see a client's secret is shown it, and the search finds it", async () => {
    const { text } = await (await administrator(server.baseUrl, password)).send("GET", `/${REALM}/clients/${ids["client"]}/client-secret`);
    expect(canaries.leaksIn([{ where: "its answer", text }])).toEqual([expect.stringMatching(/^client secret \d+ in its answer$/)]);
  });

  test("no answer, command or metric holds a secret", () => {
    expect(canaries.leaksIn(outputs)).toEqual([]);
    expect(hashes.leaksIn(outputs)).toEqual([]);
  });

  test("no line of the log does, at the finest level", async () => {
    const log = server.stdout() + server.stderr();
    expect(canaries.leaksIn([{ where: "log", text: log }])).toEqual([]);
    expect(hashes.leaksIn([{ where: "log", text: log }])).toEqual([]);
    // It was written, and of the story.
    expect(log).toContain("TOKEN_EXCHANGE_ERROR");
    expect(log.split("\n").length).toBeGreaterThan(50);
  });

  test("SEC-LOG-01 each line of the log is one record that parses", () => {
    // The line that says where the server listens is for people, unless the log is JSON.
    const lines = server
      .stdout()
      .split("\n")
      .filter((line) => line !== "" && !(format === "default" && line.startsWith("Cambist ")));
    const bad = lines.filter((line) => {
      if (format === "default") return !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ +\[[^\]]+\] \([^)]*\) /.test(line);
      try {
        const { timestamp, level, message } = JSON.parse(line) as Readonly<Record<string, unknown>>;
        return (
          !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(timestamp)) || typeof level !== "string" || typeof message !== "string"
        );
      } catch {
        return true;
      }
    });
    expect(bad).toEqual([]);
  });

  test("SEC-DB-05 what has to be read again is sealed at rest, and the rest is hashed or not kept", () => {
    const files = readdirSync(server.data).filter((name) => name.startsWith("cambist.db"));
    expect(files.length).toBeGreaterThan(0);
    const atRest = files.map((name) => ({ where: name, text: readFileSync(join(server.data, name), "latin1") }));
    expect(canaries.leaksIn(atRest)).toEqual([]);
  });
});
