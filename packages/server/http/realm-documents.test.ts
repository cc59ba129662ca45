import { createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ALGORITHMS } from "../keys/algorithms.ts";
import { clientSecretKey, createSigningKey, headerPart, sign } from "../keys/signing-key.ts";
import { BASE, basic, signIn, START, type TestServer, testServer } from "../testing/test-server.ts";
import { walkRealm } from "../testing/walk-realm.ts";

const WALK = "/realms/walk";
const METADATA = `${WALK}/.well-known/openid-configuration`;
const CERTS = `${WALK}/protocol/openid-connect/certs`;
const endpoint = (path: string): string => `${BASE}/realms/walk/protocol/openid-connect/${path}`;
const SECURITY = {
  "x-frame-options": "SAMEORIGIN",
  "x-content-type-options": "nosniff",
  "x-xss-protection": "1; mode=block",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
};

let server: TestServer;
beforeAll(async () => {
  server = await testServer([walkRealm("keycloak"), walkRealm("native", { realm: "off", enabled: false })]);
});
afterAll(() => server.close());

describe("realm information", () => {
  test("names the realm, its key and its services as Keycloak does", async () => {
    const answer = await server.get(WALK);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({ ...SECURITY, "content-type": "application/json;charset=UTF-8", "cache-control": "no-cache" });
    const info = answer.json();
    expect(Object.keys(info)).toEqual(["realm", "public_key", "token-service", "account-service", "tokens-not-before"]);
    expect(info).toMatchObject({
      realm: "walk",
      "token-service": `${BASE}/realms/walk/protocol/openid-connect`,
      "account-service": `${BASE}/realms/walk/account`,
      "tokens-not-before": 0,
    });
    const published = (await server.get(CERTS)).json().keys.find((key: { alg: string }) => key.alg === "RS256");
    const fromInfo = createPublicKey({ key: Buffer.from(info.public_key, "base64"), format: "der", type: "spki" });
    expect(fromInfo.export({ format: "jwk" })).toMatchObject({ n: published.n, e: published.e });
  });

  test("other verbs are 405", async () => {
    const answer = await server.post(WALK, {});
    expect([answer.statusCode, answer.json()]).toEqual([405, { error: "HTTP 405 Method Not Allowed" }]);
  });
});

describe("keys", () => {
  test("are those that tokens are signed with; secret ones never appear", async () => {
    const answer = await server.get(CERTS);
    expect(answer.headers).toMatchObject({ ...SECURITY, "content-type": "application/json;charset=UTF-8", "cache-control": "no-cache" });
    const { keys } = answer.json();
    expect(keys.map(({ kty, alg, use }: Record<string, string>) => [kty, alg, use]).toSorted()).toEqual([
      ["RSA", "RS256", "sig"],
      ["RSA", "RSA-OAEP", "enc"],
    ]);
    for (const key of keys) expect(Object.keys(key)).toEqual(["kid", "kty", "alg", "use", "x5c", "x5t", "x5t#S256", "n", "e"]);
    const { access_token: token } = await signIn(server);
    const header = JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()) as { kid: string };
    expect(keys.map(({ kid }: { kid: string }) => kid)).toContain(header.kid);
    expect((await server.post(CERTS, {})).statusCode).toBe(405);
  });

  test("a key that is made later is there at once", async () => {
    const own = await testServer([walkRealm("native", { defaultSignatureAlgorithm: "ES256" })]);
    const algorithms = async (): Promise<readonly string[]> => (await own.get(CERTS)).json().keys.map(({ alg }: { alg: string }) => alg);
    expect(await algorithms()).not.toContain("ES256");
    await signIn(own);
    expect(await algorithms()).toContain("ES256");
    await own.close();
  });
});

describe("metadata", () => {
  test("has Keycloak's members in Keycloak's order, as far as they are there", async () => {
    const answer = await server.get(METADATA);
    expect(answer.headers).toMatchObject({
      ...SECURITY,
      "content-type": "application/json;charset=UTF-8",
      "cache-control": "no-cache, must-revalidate, no-transform, no-store",
    });
    const metadata = answer.json();
    expect(metadata).toMatchObject({
      issuer: `${BASE}/realms/walk`,
      token_endpoint: endpoint("token"),
      introspection_endpoint: endpoint("token/introspect"),
      userinfo_endpoint: endpoint("userinfo"),
      jwks_uri: endpoint("certs"),
      revocation_endpoint: endpoint("revoke"),
      grant_types_supported: ["refresh_token", "password", "client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"],
      subject_types_supported: ["public"],
      request_uri_parameter_supported: false,
    });
    expect(KEYCLOAKS_ORDER.filter((name) => name in metadata)).toEqual(Object.keys(metadata));
    expect(metadata.scopes_supported[0]).toBe("openid");
    expect(metadata.scopes_supported.toSorted()).toEqual(
      ["openid", "acr", "address", "basic", "email", "microprofile-jwt", "offline_access", "organization", "phone"]
        .concat("profile", "roles", "service_account", "web-origins")
        .toSorted(),
    );
  });

  test.each([`${WALK}/.well-known/oauth-authorization-server`, "/.well-known/oauth-authorization-server/realms/walk"])(
    "is at %s too",
    async (path) => {
      const answer = await server.get(path);
      expect(answer.statusCode).toBe(200);
      expect(answer.body).toBe((await server.get(METADATA)).body);
    },
  );

  test("SEC-EP-17 every advertised endpoint answers, and so does every advertised grant", async () => {
    const metadata = (await server.get(METADATA)).json();
    const paths = Object.entries<string>(metadata).flatMap(([name, url]) =>
      name.endsWith("_endpoint") || name === "jwks_uri" ? [new URL(url).pathname] : [],
    );
    expect(paths).toHaveLength(5);
    for (const path of paths) {
      const statuses = [(await server.get(path)).statusCode, (await server.post(path, {})).statusCode];
      expect(statuses.filter((status) => status !== 404 && status !== 405).length).toBeGreaterThan(0);
    }
    const others = ["authorization_code", "implicit", "urn:openid:params:grant-type:ciba", "urn:ietf:params:oauth:grant-type:device_code"];
    const unsupported: string[] = [];
    for (const grant of [...metadata.grant_types_supported, ...others]) {
      const answer = await server.post(new URL(metadata.token_endpoint).pathname, { grant_type: grant, client_id: "app" });
      if (answer.json().error === "unsupported_grant_type") unsupported.push(grant);
    }
    expect(unsupported).toEqual(others);
  });

  test("SEC-EP-17 every advertised signature algorithm signs an ID token", async () => {
    const metadata = (await server.get(METADATA)).json();
    const clients = metadata.id_token_signing_alg_values_supported.map((alg: string) => ({
      clientId: `client-${alg}`,
      publicClient: true,
      directAccessGrantsEnabled: true,
      attributes: { "id.token.signed.response.alg": alg },
    }));
    const walk = walkRealm("native");
    const own = await testServer([{ ...walk, clients: [...(walk["clients"] as object[]), ...clients] }]);
    for (const alg of metadata.id_token_signing_alg_values_supported) {
      const { id_token: token } = await signIn(own, { client_id: `client-${alg}` });
      expect(JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString())).toMatchObject({ alg });
    }
    await own.close();
    // Keys of 4096 bits are made on the way.
  }, 30_000);

  test("SEC-EP-17 every advertised way of client authentication works at every endpoint that advertises it", async () => {
    const metadata = (await server.get(METADATA)).json();
    const algorithms: readonly string[] = metadata.token_endpoint_auth_signing_alg_values_supported;
    const keys = new Map(algorithms.map((algorithm) => [algorithm, clientKey(algorithm)]));
    const walk = walkRealm("native");
    const own = await testServer([
      { ...walk, clients: [...(walk["clients"] as object[]), ...[...keys.values()].map(({ client }) => client)] },
    ]);

    for (const endpoint of ["token", "introspection", "revocation"]) {
      const path = new URL(metadata[`${endpoint}_endpoint`]).pathname;
      expect(metadata[`${endpoint}_endpoint_auth_methods_supported`].toSorted()).toEqual([
        "client_secret_basic",
        "client_secret_jwt",
        "client_secret_post",
        "private_key_jwt",
      ]);
      expect(metadata[`${endpoint}_endpoint_auth_signing_alg_values_supported`]).toEqual(algorithms);
      const form = { grant_type: "client_credentials", token: "garbage" };
      const secret = { client_id: "conf", client_secret: "secret-of-conf" };
      const statuses = [
        (await own.post(path, form, basic("conf", "secret-of-conf"))).statusCode,
        (await own.post(path, { ...form, ...secret })).statusCode,
      ];
      for (const key of keys.values()) statuses.push((await own.post(path, { ...form, ...key.assertion() })).statusCode);
      expect([endpoint, ...statuses]).toEqual([endpoint, ...statuses.map(() => 200)]);
    }
    await own.close();
  });

  test("SEC-EP-17 a grant that is switched off is not advertised", async () => {
    const features = { ...server.services.config.features, tokenExchange: false, standardTokenExchange: false };
    const own = await testServer([walkRealm("native")], { features });
    expect((await own.get(METADATA)).json().grant_types_supported).toEqual(["refresh_token", "password", "client_credentials"]);
    await own.close();
  });

  test("an unknown well-known name and other verbs are 404, as in Keycloak", async () => {
    for (const answer of [await server.get(`${WALK}/.well-known/nonsense`), await server.post(METADATA, {})]) {
      expect([answer.statusCode, answer.json()]).toEqual([404, { error: "HTTP 404 Not Found" }]);
      expect(answer.headers).toMatchObject({ ...SECURITY, "content-type": "application/json" });
    }
    const root = await server.get("/.well-known/openid-configuration/realms/walk");
    expect([root.statusCode, root.json()]).toEqual([404, { error: "Unable to find matching target resource method" }]);
  });
});

describe("all documents", () => {
  const paths = [WALK, METADATA, CERTS];

  test.each(paths)("%s answers HEAD without a body", async (url) => {
    const head = await server.app.inject({ method: "HEAD", url });
    const got = await server.get(url);
    expect([head.statusCode, head.body]).toEqual([200, ""]);
    for (const name of ["content-type", "cache-control", "content-length"]) expect(head.headers[name]).toBe(got.headers[name]);
  });

  test.each(paths)("%s may be read by pages of any origin", async (url) => {
    const answer = await server.get(url, { origin: "http://elsewhere.example" });
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": "http://elsewhere.example",
      "access-control-allow-credentials": "true",
    });
    expect(answer.headers).not.toHaveProperty("access-control-expose-headers");
    const preflight = await server.app.inject({ method: "OPTIONS", url, headers: { origin: "http://elsewhere.example" } });
    expect(preflight.statusCode).toBe(200);
    expect(preflight.headers).toMatchObject({
      "access-control-allow-origin": "http://elsewhere.example",
      "access-control-allow-methods": "GET",
      "access-control-allow-credentials": "true",
      "access-control-max-age": "3600",
    });
  });

  test.each(paths)("SEC-EP-16 %s gives nothing to the origin null", async (url) => {
    expect((await server.get(url, { origin: "null" })).headers).not.toHaveProperty("access-control-allow-origin");
  });

  test.each(["", "/.well-known/openid-configuration", "/protocol/openid-connect/certs"])(
    "a disabled realm still serves %s",
    async (path) => {
      expect((await server.get(`/realms/off${path}`)).statusCode).toBe(200);
    },
  );

  test.each(["", "/.well-known/openid-configuration", "/protocol/openid-connect/certs", "/nonsense", "/protocol/saml"])(
    "of an unknown realm %s is 404",
    async (path) => {
      const answer = await server.get(`/realms/nowhere${path}`);
      expect([answer.statusCode, answer.json()]).toEqual([404, { error: "Realm does not exist" }]);
      expect(answer.headers).not.toHaveProperty("cache-control");
    },
  );

  test("are made once per base URL, of which not all are kept", async () => {
    const own = await testServer([walkRealm("native")], { hostname: undefined, hostnameStrict: false });
    for (let host = 0; host < 100; host++) {
      const answer = await own.get(METADATA, { host: `host-${host}.example:8443` });
      expect(answer.json().issuer).toBe(`http://host-${host}.example:8443/realms/walk`);
    }
    await own.close();
  });

  test("stand below the relative path; RFC 8414 puts the well-known name before it", async () => {
    const own = await testServer([walkRealm("native")], { relativePath: "/auth", hostname: undefined, hostnameStrict: false });
    for (const path of [
      "/auth/realms/walk/.well-known/openid-configuration",
      "/.well-known/oauth-authorization-server/auth/realms/walk",
      "/auth/.well-known/oauth-authorization-server/realms/walk",
    ]) {
      expect((await own.get(path, { host: "sso.example" })).json().issuer).toBe("http://sso.example/auth/realms/walk");
    }
    expect((await own.get("/realms/walk")).statusCode).toBe(404);
    await own.close();
  });
});

describe("SEC-EP-15 the issuer", () => {
  const asked = { host: "evil.example", "x-forwarded-host": "evil.example", forwarded: "host=evil.example", "x-forwarded-proto": "https" };

  test("is the configured one, whatever a request says", async () => {
    expect((await server.get(METADATA, asked)).json().issuer).toBe(`${BASE}/realms/walk`);
  });

  test("comes from forwarded headers only where a proxy is configured and trusted", async () => {
    const dynamic = { hostname: undefined, hostnameStrict: false } as const;
    const none = await testServer([walkRealm("native")], dynamic);
    expect((await none.get(METADATA, { ...asked, host: "sso.example" })).json().issuer).toBe("http://sso.example/realms/walk");
    await none.close();
    const untrusted = await testServer([walkRealm("native")], {
      ...dynamic,
      proxyHeaders: "xforwarded",
      proxyTrustedAddresses: ["10.0.0.0/8"],
    });
    expect((await untrusted.get(METADATA, { ...asked, host: "sso.example" })).json().issuer).toBe("http://sso.example/realms/walk");
    await untrusted.close();
    const trusted = await testServer([walkRealm("native")], {
      ...dynamic,
      proxyHeaders: "xforwarded",
      proxyTrustedAddresses: ["127.0.0.1"],
    });
    expect((await trusted.get(METADATA, { ...asked, host: "sso.example" })).json().issuer).toBe("https://evil.example/realms/walk");
    await trusted.close();
  });
});

describe("unknown paths", () => {
  test.each([
    [`${WALK}/nonsense`, "HTTP 404 Not Found"],
    [`${WALK}/protocol/openid-connect/nonsense`, "HTTP 404 Not Found"],
    [`${WALK}/protocol/openid-connect`, "HTTP 404 Not Found"],
    [`${WALK}/protocol`, "HTTP 404 Not Found"],
    [`${WALK}/protocol/nonsense`, "Protocol not found"],
    [`${WALK}/protocol/saml/descriptor`, "Protocol not found"],
    ["/realms", "Unable to find matching target resource method"],
    ["/robots.txt", "Unable to find matching target resource method"],
  ])("%s", async (path, error) => {
    const answer = await server.get(path);
    expect([answer.statusCode, answer.json()]).toEqual([404, { error }]);
  });

  test.each([`${WALK}/<script>alert(1)</script>`, "/realms/nowhere/x", "/nonsense"])("%s is a page for browsers", async (path) => {
    const answer = await server.get(path, { accept: "text/html,application/xhtml+xml,*/*;q=0.8" });
    expect(answer.statusCode).toBe(404);
    expect(answer.headers).toMatchObject({
      "content-type": "text/html;charset=utf-8",
      "content-security-policy": "frame-src 'self'; frame-ancestors 'self'; object-src 'none';",
      "x-robots-tag": "none",
    });
    expect(answer.body).toContain("Page not found");
    // SEC-EP-20: nothing of the request comes back.
    expect(answer.body).not.toMatch(/script|nowhere|nonsense/);
  });
});

/** A client that authenticates by an assertion of this algorithm, and how it does. */
function clientKey(algorithm: string) {
  const clientId = `signs-${algorithm}`;
  const pair = keyPair(algorithm);
  const secret = `secret-of-${clientId}-${"x".repeat(64)}`;
  const key = pair ? createSigningKey({ algorithm, kid: "k", ...pair }) : clientSecretKey(secret, algorithm);
  const jwks = pair && JSON.stringify({ keys: [{ ...pair.publicKey.export({ format: "jwk" }), kid: "k", alg: algorithm, use: "sig" }] });
  return {
    client: {
      clientId,
      serviceAccountsEnabled: true,
      ...(jwks === undefined
        ? { secret, clientAuthenticatorType: "client-secret-jwt" }
        : { clientAuthenticatorType: "client-jwt", attributes: { "use.jwks.string": "true", "jwks.string": jwks } }),
    },
    assertion: () => ({
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: sign(
        key,
        headerPart(key, "JWT"),
        JSON.stringify({ iss: clientId, sub: clientId, aud: `${BASE}/realms/walk`, jti: randomUUID(), exp: START / 1000 + 60 }),
      ),
    }),
  };
}

function keyPair(algorithm: string): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } | undefined {
  const row = ALGORITHMS.get(algorithm);
  if (row?.keyType === "RSA") return generateKeyPairSync("rsa", { modulusLength: 2048 });
  if (row?.keyType === "EC") return generateKeyPairSync("ec", { namedCurve: row.curve ?? "P-256" });
  return row?.keyType === "OKP" ? generateKeyPairSync("ed25519") : undefined;
}

const KEYCLOAKS_ORDER = [
  "issuer authorization_endpoint token_endpoint introspection_endpoint userinfo_endpoint end_session_endpoint",
  "frontchannel_logout_session_supported frontchannel_logout_supported jwks_uri check_session_iframe grant_types_supported",
  "acr_values_supported response_types_supported subject_types_supported prompt_values_supported id_token_signing_alg_values_supported",
  "id_token_encryption_alg_values_supported id_token_encryption_enc_values_supported userinfo_signing_alg_values_supported",
  "userinfo_encryption_alg_values_supported userinfo_encryption_enc_values_supported request_object_signing_alg_values_supported",
  "request_object_encryption_alg_values_supported request_object_encryption_enc_values_supported response_modes_supported",
  "registration_endpoint token_endpoint_auth_methods_supported token_endpoint_auth_signing_alg_values_supported",
  "introspection_endpoint_auth_methods_supported introspection_endpoint_auth_signing_alg_values_supported",
  "authorization_signing_alg_values_supported authorization_encryption_alg_values_supported authorization_encryption_enc_values_supported",
  "claims_supported claim_types_supported claims_parameter_supported scopes_supported request_parameter_supported",
  "request_uri_parameter_supported require_request_uri_registration code_challenge_methods_supported",
  "tls_client_certificate_bound_access_tokens revocation_endpoint revocation_endpoint_auth_methods_supported",
  "revocation_endpoint_auth_signing_alg_values_supported backchannel_logout_supported backchannel_logout_session_supported",
  "device_authorization_endpoint",
].flatMap((line) => line.split(" "));
