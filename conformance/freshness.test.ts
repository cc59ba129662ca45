import { Agent, request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ACCESS_TOKEN, basicOf, decode, type Json, realmClient, TOKEN_EXCHANGE } from "./client.ts";
import { type RunningServer, startServer, WORKSHOP } from "./server.ts";

/** SEC-TX-28: what has returned holds from then on, whichever thread answers next. */

const ITERATIONS = 100;
const CONNECTIONS = 6;
let server: RunningServer;
const agents: Agent[] = [];

beforeAll(async () => {
  server = await startServer({ realms: [WORKSHOP], flags: ["--workers=2", "--log-level=error"] });
  // A connection stays with one thread; several of them meet both.
  agents.push(...Array.from({ length: CONNECTIONS }, () => new Agent({ keepAlive: true, maxSockets: 1 })));
});
afterAll(async () => {
  for (const agent of agents) agent.destroy();
  await server?.[Symbol.asyncDispose]();
});

interface Reply {
  readonly status: number;
  readonly body: Json;
}

function send(agent: Agent | undefined, endpoint: string, form: Readonly<Record<string, string>>, headers = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const url = `${server.baseUrl}/realms/workshop/protocol/openid-connect/${endpoint}`;
    const options = { method: "POST", agent, headers: { "content-type": "application/x-www-form-urlencoded", ...headers } };
    const sent = request(url, options, (reply) => {
      let text = "";
      reply.setEncoding("utf8");
      reply.on("data", (chunk: string) => (text += chunk));
      reply.on("end", () => resolve({ status: reply.statusCode ?? 0, body: (text === "" ? {} : JSON.parse(text)) as Json }));
    });
    sent.on("error", reject);
    sent.end(new URLSearchParams(form).toString());
  });
}

const exchange = (agent: Agent, subject: string): Promise<Reply> =>
  send(agent, "token", {
    grant_type: TOKEN_EXCHANGE,
    client_id: "gate",
    client_secret: "gate-secret",
    subject_token: subject,
    subject_token_type: ACCESS_TOKEN,
    audience: "orders",
  });

test(`a logout that has returned refuses every later exchange and introspection, ${ITERATIONS} times`, { timeout: 120_000 }, async () => {
  const workshop = realmClient(server.baseUrl, "workshop");
  const late: string[] = [];
  for (let iteration = 0; iteration < ITERATIONS; iteration += 1) {
    const ada = await workshop.signIn({ client_id: "storefront" }, "ada");
    const before = await Promise.all(agents.map((agent) => exchange(agent, ada.access_token)));
    expect(before.map(({ status }) => status)).toEqual(agents.map(() => 200));
    const exchanged = String(before[0]?.body["access_token"]);

    const logout = await send(agents[iteration % CONNECTIONS], "logout", { client_id: "storefront", refresh_token: ada.refresh_token });
    expect(logout.status).toBe(204);

    const after = await Promise.all(agents.map((agent) => exchange(agent, ada.access_token)));
    for (const { status, body } of after)
      if (status !== 400 || body["error"] !== "invalid_token") late.push(`${iteration}: exchange ${status}`);
    const inactive = await Promise.all(agents.map((agent) => send(agent, "token/introspect", { token: exchanged }, basicOf("orders"))));
    for (const { body } of inactive) if (body["active"] !== false) late.push(`${iteration}: introspection`);
  }
  expect(late).toEqual([]);
});

test("a revoked access token is refused at once on every connection", async () => {
  const workshop = realmClient(server.baseUrl, "workshop");
  for (let iteration = 0; iteration < 10; iteration += 1) {
    const { access_token } = await workshop.signIn({ client_id: "storefront" }, "ben");
    await Promise.all(agents.map((agent) => exchange(agent, access_token)));
    expect((await workshop.post("revoke", { client_id: "storefront", token: access_token })).status).toBe(200);
    const after = await Promise.all(agents.map((agent) => exchange(agent, access_token)));
    expect(after.map(({ body }) => body["error"])).toEqual(agents.map(() => "invalid_token"));
  }
});

test("a burst of the same request on all connections gives as many different tokens (SEC-TX-29)", async () => {
  const { access_token } = await realmClient(server.baseUrl, "workshop").signIn({ client_id: "storefront" }, "ada");
  const replies = await Promise.all(
    Array.from({ length: 120 }, (_, index) => exchange(agents[index % CONNECTIONS] as Agent, access_token)),
  );
  expect(new Set(replies.map(({ body }) => decode(body["access_token"]).claims["jti"])).size).toBe(120);
});
