import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestAdmin } from "../testing/admin.ts";
import { bodyOf, send } from "../testing/admin-samples.ts";
import { routePath, type WalkedServer, walkedServer, type World } from "../testing/admin-world.ts";
import type { TestServer } from "../testing/test-server.ts";
import { ADMIN_ROUTES } from "./routes.ts";

/**
 * Every write with a JSON body, from a good sample: each member left out, null, empty, of each wrong type, and far too long. The answer may
 * be anything but our own failure. A write without a sample in `testing/` fails here.
 */

const LONG = "x".repeat(100 * 1024);
const LEFT_OUT = Symbol("left out");
const VALUES: readonly (readonly [string, unknown])[] = [
  ["left out", LEFT_OUT],
  ["null", null],
  ["empty", ""],
  ["a number", -1.5],
  ["a boolean", true],
  ["a list", [null, 1, "a", {}]],
  ["an object", { a: [null], "": {} }],
  ["100 KB", LONG],
  ["100 KB in a list", [LONG]],
];
/** As deep as representations go before free maps begin. */
const MAX_DEPTH = 3;

interface Mutation {
  readonly what: string;
  readonly body: unknown;
}

/** The body with one place changed, for each place and each value. */
function* mutations(body: unknown, path = "body", depth = 0): Generator<Mutation> {
  for (const [what, value] of VALUES) if (value !== LEFT_OUT || depth > 0) yield { what: `${path} ${what}`, body: value };
  if (typeof body !== "object" || body === null || depth === MAX_DEPTH) return;
  // One element of a list stands for all.
  const keys = Array.isArray(body) ? Object.keys(body).slice(0, 1) : Object.keys(body);
  for (const key of keys) {
    const rest = Object.entries(body).filter(([name]) => name !== key);
    for (const { what, body: changed } of mutations((body as Readonly<Record<string, unknown>>)[key], `${path}.${key}`, depth + 1)) {
      const all = changed === LEFT_OUT ? rest : [...rest, [key, changed] as const];
      yield { what, body: Array.isArray(body) ? all.map(([, element]) => element as unknown) : Object.fromEntries(all) };
    }
  }
}

const WRITES = ADMIN_ROUTES.filter(
  ({ method, path }) => (method === "POST" || method === "PUT") && typeof bodyOf(method, path) === "function",
);
/** What even a good sample gets from a realm without a mail server, and from one that fetches no addresses. */
const UNFULFILLED: Readonly<Record<string, number>> = {
  "PUT /users/:user/execute-actions-email": 500,
  "POST /identity-provider/import-config": 400,
  "POST /testSMTPConnection": 500,
};
/** What the world has already, taken away before each request. */
const TAKEN_AWAY: Readonly<Record<string, (world: World) => string>> = {
  "POST /users/:user/federated-identity/:provider": ({ user, provider }) => `/users/${user}/federated-identity/${provider}`,
  "POST /organizations/:organization/members": ({ organization, user }) => `/organizations/${organization}/members/${user}`,
  "POST /organizations/:organization/identity-providers": ({ organization, provider }) =>
    `/organizations/${organization}/identity-providers/${provider}`,
};

let server: TestServer;
let admin: TestAdmin;
let world: World;
let count = 0;
let freshWorld: WalkedServer["freshWorld"];
beforeAll(async () => {
  ({ server, admin, freshWorld } = await walkedServer());
  world = await freshWorld();
}, 60_000);
afterAll(() => server.close());

test.each(WRITES)(
  "H4 $method $path never fails over its body",
  async ({ method, path, global }) => {
    const sample = bodyOf(method, path);
    if (typeof sample !== "function") throw new Error("no sample");
    const key = `${method} ${path}`;
    const target = () => (global ? "" : routePath(method, path, world.realm, () => world));
    const good = async () => sample(world, `unique-${(count += 1)}`, admin);
    const ask = async (body: unknown) => {
      const away = TAKEN_AWAY[key]?.(world);
      if (away !== undefined) await admin.delete(`/${world.realm}${away}`);
      return send(admin, method, target(), body);
    };
    const succeeds = async () => (await ask(await good())).statusCode < 300;

    const unfulfilled = UNFULFILLED[key];
    if (unfulfilled === undefined) {
      if (!(await succeeds())) world = await freshWorld();
      const control = await ask(await good());
      expect(control.statusCode, `answered ${control.body}`).toBeLessThan(300);
    } else expect((await ask(await good())).statusCode).toBe(unfulfilled);

    const failures: string[] = [];
    for (let index = 0, before = await good(); ; index += 1, before = await good()) {
      const mutation = [...mutations(before)][index];
      if (!mutation) break;
      const { statusCode } = await ask(mutation.body);
      if (statusCode >= 500 && statusCode !== unfulfilled) failures.push(`${mutation.what}: ${statusCode}`);
      // What was taken may have renamed or switched off what the next one needs.
      if (method === "PUT" && statusCode < 300 && (await ask(before)).statusCode >= 300) world = await freshWorld();
    }
    expect(failures).toEqual([]);
  },
  600_000,
);
