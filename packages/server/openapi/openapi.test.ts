import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADMIN_ROUTES } from "../admin/routes.ts";
import { type TestServer, testServer } from "../testing/test-server.ts";
import { tagOf } from "./tags.ts";

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly operationId: string; readonly parameters?: readonly { readonly name: string }[] }>>>
  >;
}

describe("the API document", () => {
  let server: TestServer;
  let document: Document;
  beforeAll(async () => {
    server = await testServer([{ realm: "apixion", enabled: true }]);
    document = (await server.get("/openapi.json")).json();
  });
  afterAll(() => server.close());

  test("names every admin route with its parameters", () => {
    expect(document.openapi).toBe("3.1.0");
    for (const route of ADMIN_ROUTES) {
      const path = (route.global ? `/admin${route.path}` : `/admin/realms/{realm}${route.path}`).replace(/:(\w+)/g, "{$1}");
      const operation = document.paths[path]?.[route.method.toLowerCase()];
      expect(operation, `${route.method} ${path}`).toBeDefined();
      expect(operation?.parameters?.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
    }
  });

  test.each([
    ["/", "Realms Admin"],
    ["/users/:user/reset-password", "Users"],
    ["/users/:user/role-mappings/realm/available", "Role Mapper"],
    ["/groups/:group/role-mappings/clients/:client", "Client Role Mappings"],
    ["/clients/:client/roles/:role/composites", "Roles"],
    ["/clients/:client/scope-mappings/realm", "Scope Mappings"],
    ["/clients/:client/evaluate-scopes/scope-mappings/:container/granted", "Clients"],
    ["/client-scopes/:scope/protocol-mappers/models", "Protocol Mappers"],
    ["/clients/:client/authz/resource-server/policy/:key", "Authorization Services"],
    ["/roles-by-id/:id", "Roles (by ID)"],
    ["/cambist/doctor", "Doctor"],
    ["/events/config", "Realms Admin"],
  ])("%s stands under %s", (path, tag) => {
    expect(tagOf({ path })).toBe(tag);
  });

  test("gives each operation an id of its own", () => {
    const ids = Object.values(document.paths).flatMap((verbs) => Object.values(verbs).map(({ operationId }) => operationId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("has a page that loads nothing and runs no script", async () => {
    const page = await server.get("/docs");
    expect(page.statusCode).toBe(200);
    expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
    expect(page.body).not.toMatch(/<script|https?:\/\/|src=|url\(/i);
    expect(page.body).toContain("/admin/realms/{realm}/clients");
  });
});
