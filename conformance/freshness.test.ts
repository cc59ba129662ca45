import { Agent, request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ADMIN, administrator } from "./admin.ts";
import { ACCESS_TOKEN, basicOf, decode, type Json, realmClient, TOKEN_EXCHANGE, type Tokens } from "./client.ts";
import { type RunningServer, startServer, WORKSHOP } from "./server.ts";

/** SEC-TX-28: what has returned holds from then on, whichever thread answers next. */

/** Of each of five kinds. */
const ITERATIONS = 50;
const CONNECTIONS = 6;
let server: RunningServer;
const agents: Agent[] = [];

beforeAll(async () => {
  server = await startServer({ realms: [WORKSHOP], environment: ADMIN, flags: ["--workers=2", "--log-level=error"] });
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

/** What takes a token's right away, each through another endpoint; undone where the next round needs it. */
interface Ending {
  readonly title: string;
  readonly end: (agent: Agent, tokens: Tokens) => Promise<number>;
  readonly undo?: () => Promise<unknown>;
  /** It ends what was exchanged before, too. */
  readonly reachesExchanged?: true;
}
const changeAda = async (enabled: boolean): Promise<number> => {
  const admin = await administrator(server.baseUrl);
  const [ada] = JSON.parse((await admin.send("GET", "/workshop/users?username=ada&exact=true")).text) as readonly { readonly id: string }[];
  return (await admin.send("PUT", `/workshop/users/${ada?.id}`, { enabled })).status;
};
const logOutAda = async (): Promise<number> => {
  const admin = await administrator(server.baseUrl);
  const [ada] = JSON.parse((await admin.send("GET", "/workshop/users?username=ada&exact=true")).text) as readonly { readonly id: string }[];
  return (await admin.send("POST", `/workshop/users/${ada?.id}/logout`)).status;
};
const ENDINGS: readonly Ending[] = [
  {
    title: "logout",
    end: async (agent, { refresh_token }) => (await send(agent, "logout", { client_id: "storefront", refresh_token })).status,
    reachesExchanged: true,
  },
  {
    title: "revocation",
    end: async (agent, { access_token }) => (await send(agent, "revoke", { client_id: "storefront", token: access_token })).status,
  },
  { title: "user disabled", end: () => changeAda(false), undo: () => changeAda(true), reachesExchanged: true },
  { title: "logout by an administrator", end: logOutAda, reachesExchanged: true },
];

test.each(ENDINGS)(
  `SEC-TX-28 $title that has returned refuses every later exchange and introspection, ${ITERATIONS} times`,
  async (ending) => {
    const workshop = realmClient(server.baseUrl, "workshop");
    const late: string[] = [];
    for (let iteration = 0; iteration < ITERATIONS; iteration += 1) {
      const ada = await workshop.signIn({ client_id: "storefront" }, "ada");
      const before = await Promise.all(agents.map((agent) => exchange(agent, ada.access_token)));
      expect(before.map(({ status }) => status)).toEqual(agents.map(() => 200));
      const exchanged = String(before[0]?.body["access_token"]);

      expect(await ending.end(agents[iteration % CONNECTIONS] as Agent, ada)).toBeLessThan(300);

      const after = await Promise.all(agents.map((agent) => exchange(agent, ada.access_token)));
      for (const { status, body } of after)
        if (status !== 400 || body["error"] !== "invalid_token") late.push(`${iteration}: exchange ${status}`);
      if (ending.reachesExchanged) {
        const asked = await Promise.all(agents.map((agent) => send(agent, "token/introspect", { token: exchanged }, basicOf("orders"))));
        for (const { body } of asked) if (body["active"] !== false) late.push(`${iteration}: introspection`);
      }
      await ending.undo?.();
    }
    expect(late).toEqual([]);
  },
  120_000,
);

test("SEC-TX-28 a logout in the midst of exchanges: what it let through is dead after it", async () => {
  const workshop = realmClient(server.baseUrl, "workshop");
  const alive: string[] = [];
  for (let iteration = 0; iteration < ITERATIONS; iteration += 1) {
    const ada = await workshop.signIn({ client_id: "storefront" }, "ada");
    const at = iteration % CONNECTIONS;
    const logout = send(agents[at], "logout", { client_id: "storefront", refresh_token: ada.refresh_token });
    const others = agents.filter((_agent, index) => index !== at);
    const [ended, ...during] = await Promise.all([logout, ...others.map((agent) => exchange(agent, ada.access_token))]);
    expect(ended.status).toBe(204);
    const made = during.flatMap(({ body }) => (typeof body["access_token"] === "string" ? [body["access_token"]] : []));
    for (const token of made) {
      const { body } = await send(agents[at], "token/introspect", { token }, basicOf("orders"));
      if (body["active"] !== false) alive.push(`${iteration}`);
    }
    const { status } = await exchange(agents[at] as Agent, ada.access_token);
    if (status !== 400) alive.push(`${iteration}: exchange ${status}`);
  }
  expect(alive).toEqual([]);
}, 120_000);

test("a burst of the same request on all connections gives as many different tokens (SEC-TX-29)", async () => {
  const { access_token } = await realmClient(server.baseUrl, "workshop").signIn({ client_id: "storefront" }, "ada");
  const replies = await Promise.all(
    Array.from({ length: 120 }, (_, index) => exchange(agents[index % CONNECTIONS] as Agent, access_token)),
  );
  expect(new Set(replies.map(({ body }) => decode(body["access_token"]).claims["jti"])).size).toBe(120);
});
