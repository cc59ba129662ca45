import { readFileSync } from "node:fs";
import type { Json } from "./client.ts";
import type { Target } from "./run.ts";

/** The realms that the cases need, all of them fixtures. */
const FILES = [
  "keycloak-26.1.3/apixion-realm.json",
  "keycloak-26.1.3/myrealm-realm.json",
  "keycloak-v1-tests-realm.json",
  "keycloak-v1-impersonated-realm.json",
  "keycloak-v2-tests-realm.json",
  "endpoints-realm.json",
  "closed-realm.json",
  "https-realm.json",
];
/** For what only Cambist has; another server could not read it. */
const NATIVE_FILE = "native-realm.json";
const TOKEN_LIVES_MS = 30_000;

/** Gives a token for the admin API, as the administrator of `master`; a new one twice a minute. */
export function administrator(baseUrl: string, username: string, password: string): () => Promise<string> {
  let current: { readonly token: string; readonly until: number } | undefined;
  return async () => {
    if (current === undefined || current.until < Date.now()) {
      const form = new URLSearchParams({ grant_type: "password", client_id: "admin-cli", username, password });
      const reply = await fetch(`${baseUrl}/realms/master/protocol/openid-connect/token`, { method: "POST", body: form });
      const { access_token: token } = (await reply.json()) as Json;
      if (typeof token !== "string") throw new Error(`the administrator ${username} cannot sign in: ${reply.status}`);
      current = { token, until: Date.now() + TOKEN_LIVES_MS };
    }
    return current.token;
  };
}

/**
 * Creates the realms through the admin API, as any tool would. @throws {Error} one is refused, for example because the server has a realm of
 * that name; those made before it are removed again
 */
export async function createRealms(
  baseUrl: string,
  adminToken: () => Promise<string>,
  speaks: Target["speaks"],
): Promise<{ remove(): Promise<void> }> {
  const made: string[] = [];
  const call = async (method: string, path: string, body?: string): Promise<Response> =>
    fetch(`${baseUrl}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${await adminToken()}`, "content-type": "application/json" },
      ...(body !== undefined && { body }),
    });
  const remove = async (): Promise<void> => {
    for (const realm of made.splice(0)) await call("DELETE", `/${realm}`);
  };
  for (const file of speaks === "native" ? [...FILES, NATIVE_FILE] : FILES) {
    const text = readFileSync(new URL(`fixtures/${file}`, import.meta.url), "utf8");
    const reply = await call("POST", "", text);
    if (reply.status !== 201) {
      const why = await reply.text();
      await remove();
      throw new Error(`${file} cannot become a realm: ${reply.status} ${why}`);
    }
    made.push((JSON.parse(text) as { readonly realm: string }).realm);
  }
  return { remove };
}
