import type { LightMyRequestResponse } from "fastify";
import type { TestServer } from "./test-server.ts";

type Json = Readonly<Record<string, unknown>>;

/** The realm master with its administrator, whose password is `password`. Comes before the realms it is to administer. */
export const masterRealm = (more: Json = {}): Json => ({
  realm: "master",
  enabled: true,
  users: [{ username: "admin", enabled: true, realmRoles: ["admin"], credentials: [{ type: "password", value: "password" }] }],
  ...more,
});

/** Calls to the admin API with one caller's token. */
export interface TestAdmin {
  readonly token: string;
  get(path: string): Promise<LightMyRequestResponse>;
  post(path: string, body?: unknown): Promise<LightMyRequestResponse>;
  put(path: string, body?: unknown): Promise<LightMyRequestResponse>;
  delete(path: string, body?: unknown): Promise<LightMyRequestResponse>;
  /** A POST that must create something. Answers with the last part of its `Location`. */
  create(path: string, body: unknown): Promise<string>;
}

export interface AdminLogin {
  /** The realm that knows the caller; `master` unless given. */
  readonly realm?: string;
  readonly username?: string;
  readonly password?: string;
}

/** Logs in through `admin-cli`; paths of the calls are below `/admin/realms`. */
export async function adminOf(
  server: TestServer,
  { realm = "master", username = "admin", password = "password" }: AdminLogin = {},
): Promise<TestAdmin> {
  const form = { grant_type: "password", client_id: "admin-cli", username, password };
  const answer = await server.post(`/realms/${realm}/protocol/openid-connect/token`, form);
  if (answer.statusCode !== 200) throw new Error(answer.body);
  const token = answer.json<{ readonly access_token: string }>().access_token;
  const send = (method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<LightMyRequestResponse> =>
    server.app.inject({
      method,
      url: `/admin/realms${path}`,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
  return {
    token,
    get: (path) => send("GET", path),
    post: (path, body) => send("POST", path, body),
    put: (path, body) => send("PUT", path, body),
    delete: (path, body) => send("DELETE", path, body),
    async create(path, body) {
      const created = await send("POST", path, body);
      const location = created.headers["location"];
      if (created.statusCode !== 201 || typeof location !== "string") throw new Error(`${created.statusCode} ${created.body}`);
      return decodeURIComponent(location.slice(location.lastIndexOf("/") + 1));
    },
  };
}
