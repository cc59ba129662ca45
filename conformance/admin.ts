import { type Answer, type Json, readAnswer, realmClient, tokensOf } from "./client.ts";

/** The administrator that a new server is started with: `startServer({ environment: ADMIN })`. */
export const ADMIN = { KC_BOOTSTRAP_ADMIN_USERNAME: "admin", KC_BOOTSTRAP_ADMIN_PASSWORD: "admin-password" };

/** Calls to the admin REST API; paths are below `/admin/realms`. */
export interface Administrator {
  readonly token: string;
  send(method: string, path: string, body?: unknown): Promise<Answer>;
  /** A POST that must create something. @returns the last part of its `Location` */
  create(path: string, body: unknown): Promise<string>;
}

/** Signs in; its token is good for a minute. @throws {Error} the name or the password is wrong */
export async function administrator(
  baseUrl: string,
  password: string = ADMIN.KC_BOOTSTRAP_ADMIN_PASSWORD,
  username: string = ADMIN.KC_BOOTSTRAP_ADMIN_USERNAME,
): Promise<Administrator> {
  const master = realmClient(baseUrl, "master");
  const { access_token: token } = tokensOf(await master.token({ grant_type: "password", client_id: "admin-cli", username, password }));
  const send: Administrator["send"] = async (method, path, json) =>
    readAnswer(await fetch(`${baseUrl}/admin/realms${path}`, { method, ...authorized(token, json) }));
  return {
    token,
    send,
    async create(path, json) {
      const answer = await send("POST", path, json);
      const location = answer.headers.get("location");
      if (answer.status !== 201 || location === null) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
      return decodeURIComponent(location.slice(location.lastIndexOf("/") + 1));
    },
  };
}

/** A JSON request with a bearer token. Text is sent as it is. */
export function authorized(token: string, json?: unknown): { readonly headers: Record<string, string>; readonly body?: string } {
  const headers = { authorization: `Bearer ${token}` };
  if (json === undefined) return { headers };
  return { headers: { ...headers, "content-type": "application/json" }, body: typeof json === "string" ? json : JSON.stringify(json) };
}

/** A user with everything a sign-in asks for; the password is the name and `-password`. */
export const person = (username: string, more: Json = {}): Json => ({
  username,
  enabled: true,
  email: `${username}@example.com`,
  emailVerified: true,
  firstName: username,
  lastName: "Example",
  credentials: [{ type: "password", value: `${username}-password` }],
  ...more,
});
