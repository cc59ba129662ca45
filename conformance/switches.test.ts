import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { claimsOf, realmClient, REFRESH_TOKEN, secretOf, type Tokens, tokensOf } from "./client.ts";
import { type RunningServer, startServer, temporaryFolder, WORKSHOP } from "./server.ts";

/** Features that can be switched off, on one data folder: what was given before the switch is decided anew after it. */

const folder = temporaryFolder();
const data = join(folder, "data");
let server: RunningServer;
let ada: Tokens;
let refreshable: string;

const start = (...flags: readonly string[]): Promise<RunningServer> =>
  startServer({ data, realms: [WORKSHOP], flags: ["--hostname=http://sso.example", ...flags] });
const workshop = () => realmClient(server.baseUrl, "workshop");
const toOrders = { ...secretOf("gate"), audience: "orders" };
const refresh = (token: string) => workshop().token({ grant_type: "refresh_token", ...secretOf("gate"), refresh_token: token });

beforeAll(async () => {
  server = await start();
  ada = await workshop().signIn({ client_id: "storefront" }, "ada");
  refreshable = tokensOf(await workshop().exchange(ada.access_token, { ...toOrders, requested_token_type: REFRESH_TOKEN })).refresh_token;
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function restart(...flags: readonly string[]): Promise<void> {
  expect(await server.stop()).toBe(0);
  server = await start(...flags);
}

describe("after a restart", () => {
  test("as before: sessions, tokens and refresh tokens live on", async () => {
    await restart();
    expect((await workshop().exchange(ada.access_token, toOrders)).status).toBe(200);
    const again = await refresh(refreshable);
    expect(claimsOf(again)).toMatchObject({ aud: "orders", azp: "gate" });
    refreshable = tokensOf(again).refresh_token;
  });

  test("without fine-grained permissions nobody may exchange, and SEC-TX-08 the refresh is refused too", async () => {
    await restart("--features-disabled=admin-fine-grained-authz");
    expect((await workshop().exchange(ada.access_token, toOrders)).body["error"]).toBe("not_allowed");
    const withdrawn = await refresh(refreshable);
    expect({ status: withdrawn.status, error: withdrawn.body["error"] }).toEqual({ status: 400, error: "invalid_grant" });
    // The role stands on its own.
    expect((await workshop().exchange(ada.access_token, { ...secretOf("gate"), audience: "catalog" })).status).toBe(200);
  });

  test("without impersonation nobody may impersonate", async () => {
    await restart("--features-disabled=impersonation");
    const agent = await workshop().signIn(secretOf("helpdesk"), "agent");
    const answer = await workshop().exchange(agent.access_token, { ...secretOf("helpdesk"), requested_subject: "ben" });
    expect({ status: answer.status, error: answer.body["error"] }).toEqual({ status: 400, error: "access_denied" });
    expect((await workshop().exchange(ada.access_token, toOrders)).status).toBe(200);
  });

  test("without token exchange the grant is unknown, and discovery does not name it", async () => {
    await restart("--features-disabled=token-exchange,token-exchange-standard");
    expect((await workshop().exchange(ada.access_token, toOrders)).body["error"]).toBe("unsupported_grant_type");
    const metadata = (await (await fetch(`${workshop().issuer}/.well-known/openid-configuration`)).json()) as {
      grant_types_supported: string[];
    };
    expect(metadata.grant_types_supported).not.toContain("urn:ietf:params:oauth:grant-type:token-exchange");
  });

  test("the talk's feature names, its compose file literally", async () => {
    expect(await server.stop()).toBe(0);
    const environment = {
      KC_FEATURES: "token-exchange,fine-grained-authz",
      KC_BOOTSTRAP_ADMIN_USERNAME: "admin",
      KC_BOOTSTRAP_ADMIN_PASSWORD: "admin",
    };
    server = await startServer({ data, flags: ["--hostname=http://sso.example"], environment });
    expect((await workshop().exchange(ada.access_token, toOrders)).status).toBe(200);
  });
});
