import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adminOf, masterRealm } from "../testing/admin.ts";
import { bench, type Bench } from "../testing/bench.ts";
import { STATES_REALM, stateRealms } from "../testing/refusal-states.ts";
import { claimsOf, testServer, type TestServer, type Tokens } from "../testing/test-server.ts";

describe.each(["native", "keycloak"] as const)("SEC-TX-14 %s: with somebody else's token nobody administers", (dialect) => {
  let server: TestServer;
  let shop: Bench;
  beforeAll(async () => {
    server = await testServer([masterRealm(), ...stateRealms(dialect)]);
    shop = bench(server, dialect, STATES_REALM);
  });
  afterAll(() => server.close());
  const users = async (token: string): Promise<number> =>
    (await server.get(`/admin/realms/${STATES_REALM}/users`, { authorization: `Bearer ${token}` })).statusCode;
  const reset = async (token: string, id: unknown): Promise<number> =>
    (
      await server.app.inject({
        method: "PUT",
        url: `/admin/realms/${STATES_REALM}/users/${String(id)}/reset-password`,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        payload: JSON.stringify({ type: "password", value: "other" }),
      })
    ).statusCode;

  test("the user's own token works, one by impersonation or its refresh does not", async () => {
    const [ann, gus] = [await shop.signIn("ann"), await shop.signIn("gus")];
    expect(await users(gus.access_token)).toBe(200);
    const answer = await shop.exchange(ann.access_token, { audience: "", requested_subject: "gus" });
    const impersonated = answer.json<Tokens>();
    // The roles are in the token: what refuses is that somebody else acts.
    expect(claimsOf(impersonated.access_token)["resource_access"]).toMatchObject({ "realm-management": { roles: expect.any(Array) } });
    expect(await users(impersonated.access_token)).toBe(401);
    expect(await reset(impersonated.access_token, claimsOf(gus.access_token)["sub"])).toBe(401);
    const onward = (await shop.exchange(impersonated.access_token, { audience: "" })).json<Tokens>();
    expect(await users(onward.access_token)).toBe(401);
    if (dialect === "native") return;
    const refreshed = await shop.token({ grant_type: "refresh_token", ...shop.as("portal"), refresh_token: impersonated.refresh_token });
    expect(await users(refreshed.json<Tokens>().access_token)).toBe(401);
  });

  test("nor does a token that a service exchanged, where the record says who acts, unless a permission let it exchange to the admin client", async () => {
    const delegated = dialect === "native" ? 401 : 200;
    const { access_token } = await shop.signIn("gus");
    const toItself = (await shop.exchange(access_token, { audience: "" })).json<Tokens>();
    expect("act" in claimsOf(toItself.access_token)).toBe(dialect === "native");
    // Roles bring the admin client into the audience; nobody permitted that.
    expect(claimsOf(toItself.access_token)["aud"]).toContain("realm-management");
    expect(await users(toItself.access_token)).toBe(delegated);
    expect((await shop.exchange(access_token, { audience: "realm-management" })).statusCode).toBeGreaterThanOrEqual(400);

    const admin = await adminOf(server);
    const [{ id } = { id: "" }] = (await admin.get(`/${STATES_REALM}/clients?clientId=realm-management`)).json<{ readonly id: string }[]>();
    const switched = await admin.put(`/${STATES_REALM}/clients/${id}/management/permissions`, { enabled: true });
    const permission = switched.json<{ readonly scopePermissions: Readonly<Record<string, string>> }>().scopePermissions["token-exchange"];
    const path = `/${STATES_REALM}/clients/${id}/authz/resource-server/permission/scope/${permission}`;
    await admin.put(path, { ...(await admin.get(path)).json<object>(), policies: ["portal may"] });
    const permitted = (await shop.exchange(access_token, { audience: "realm-management" })).json<Tokens>();
    expect(await users(permitted.access_token)).toBe(200);
    // The permission was for this one: what is made of it is not for administration any more.
    const onward = (await shop.exchange(permitted.access_token, { audience: "" })).json<Tokens>();
    expect(await users(onward.access_token)).toBe(delegated);
  });
});
