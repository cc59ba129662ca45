import { readFileSync } from "node:fs";
import { administrator, authorized } from "./admin.ts";
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

/** Gives a token for the admin API, as an administrator of `master`; a new one twice a minute. */
export function adminTokens(baseUrl: string, username: string, password: string): () => Promise<string> {
  let current: { readonly token: string; readonly until: number } | undefined;
  return async () => {
    if (current === undefined || current.until < Date.now()) {
      const { token } = await administrator(baseUrl, password, username);
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
    fetch(`${baseUrl}/admin/realms${path}`, { method, ...authorized(await adminToken(), body) });
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
