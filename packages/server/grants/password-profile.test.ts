import { afterEach, describe, expect, test } from "vitest";
import { testServer, type TestServer } from "../testing/test-server.ts";
import { walkRealm } from "../testing/walk-realm.ts";

let server: TestServer;
afterEach(() => server.close());

const nameless = { username: "carol", enabled: true, email: "carol@example.com", credentials: [{ type: "password", value: "password" }] };
const login = (username: string, realm = "walk", client = "app") =>
  server.post(`/realms/${realm}/protocol/openid-connect/token`, {
    grant_type: "password",
    client_id: client,
    username,
    password: "password",
  });
const withCarol = (dialect: "native" | "keycloak", more: Readonly<Record<string, unknown>> = {}) => {
  const realm = walkRealm(dialect, more) as { readonly users: readonly unknown[] };
  return { ...realm, users: [...realm.users, nameless] };
};

describe("a password grant of a user whose profile is incomplete", () => {
  test("is refused in keycloak: the account is not fully set up", async () => {
    server = await testServer([withCarol("keycloak")]);
    const answer = await login("carol");
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({ error: "invalid_grant", error_description: "Account is not fully set up" });
    expect((await login("alice")).statusCode).toBe(200);
    expect(server.events.find(({ type }) => type === "LOGIN_ERROR")?.error).toBe("resolve_required_actions");
  });

  test("is answered in native", async () => {
    server = await testServer([withCarol("native")]);
    expect((await login("carol")).statusCode).toBe(200);
  });

  test("is answered where the realm has switched the required action VERIFY_PROFILE off", async () => {
    const requiredActions = [
      { alias: "VERIFY_PROFILE", name: "Verify Profile", providerId: "VERIFY_PROFILE", enabled: false, priority: 90 },
    ];
    server = await testServer([withCarol("keycloak", { requiredActions })]);
    expect((await login("carol")).statusCode).toBe(200);
  });

  test("is answered in master, whose administrator has a name alone", async () => {
    const users = [{ username: "carol", enabled: true, credentials: [{ type: "password", value: "password" }] }];
    server = await testServer([{ realm: "master", enabled: true, users }], { compatibility: "keycloak" });
    expect((await login("carol", "master", "admin-cli")).statusCode).toBe(200);
  });

  test("tells nothing to whoever does not know the password", async () => {
    server = await testServer([withCarol("keycloak")]);
    const answer = await server.post("/realms/walk/protocol/openid-connect/token", {
      grant_type: "password",
      client_id: "app",
      username: "carol",
      password: "wrong",
    });
    expect(answer.json()).toEqual({ error: "invalid_grant", error_description: "Invalid user credentials" });
  });
});
