import { afterAll, beforeAll, expect, test } from "vitest";
import { SECRET_NAMES } from "../secrets/secret-names.ts";
import type { TestAdmin } from "../testing/admin.ts";
import { bodyOf, send } from "../testing/admin-samples.ts";
import { routePath, type WalkedServer, walkedServer, type World } from "../testing/admin-world.ts";
import { Canaries } from "../testing/canaries.ts";
import type { TestServer } from "../testing/test-server.ts";
import { ADMIN_ROUTES } from "./routes.ts";

/**
 * H6, SEC-LOG-02, SEC-LOG-03: in every object of every body that the admin API takes, under every name that a secret goes by and in every shape, a text
 * of its own; none of them may come to the log, the audit log, an event or an answer that refuses. A new route is walked with the others.
 */

type Json = Readonly<Record<string, unknown>>;
const canaries = new Canaries();

type Shape = readonly [string, (text: string) => unknown];
const TEXT: Shape = ["a text", (text) => text];
const OTHER_SHAPES: readonly [Shape, Shape] = [
  ["a list", (text) => [text]],
  ["an object", (text) => ({ value: text, [text]: text })],
];
/** How far down a body its objects are looked for. */
const MAX_DEPTH = 4;

/** The ways to the objects of a body. One element of a list stands for all. */
function* objectsIn(body: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (typeof body !== "object" || body === null || path.length > MAX_DEPTH) return;
  if (!Array.isArray(body)) yield path;
  const entries = Object.entries(body as Json);
  for (const [key, value] of Array.isArray(body) ? entries.slice(0, 1) : entries) yield* objectsIn(value, [...path, key]);
}

/** The body with one more member in the object at the end of the way. */
function withMember(body: unknown, [key, ...rest]: readonly string[], name: string, value: unknown): unknown {
  if (key === undefined) return { ...(body as Json), [name]: value };
  const inner = withMember((body as Json)[key], rest, name, value);
  return Array.isArray(body) ? body.with(Number(key), inner) : { ...(body as Json), [key]: inner };
}

const WRITES = ADMIN_ROUTES.filter(({ method, path }) => method !== "GET" && typeof bodyOf(method, path) === "function");

/** Routes that took some of it: a body that is always refused says nothing about what is written down of a good one. */
const takers = new Set<string>();
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

async function lastSequence(): Promise<number> {
  const [last] = (await server.store.reader.audit.list({ limit: 1, newest: 1 })).toReversed();
  return last?.sequence ?? 0;
}

test.each(WRITES)(
  "H6 $method $path writes down no secret",
  async ({ method, path, global }) => {
    const sample = bodyOf(method, path);
    if (typeof sample !== "function") throw new Error("no sample");
    const target = (): string => (global ? "" : routePath(method, path, world.realm, () => world));
    const good = async () => sample(world, `unique-${(count += 1)}`, admin);
    const leaks: string[] = [];
    const [lines, after] = [server.lines.length, await lastSequence()];
    let taken = 0;
    for (const way of objectsIn(await good())) {
      for (const [index, name] of SECRET_NAMES.entries()) {
        // A realm makes keys, so that each costs its time.
        for (const [shape, make] of global ? [TEXT] : [TEXT, OTHER_SHAPES[index % 2 === 0 ? 0 : 1]]) {
          const value = make(canaries.text(`${[...way, name].join(".")} as ${shape}`));
          const { statusCode, body } = await send(admin, method, target(), withMember(await good(), way, name, value));
          if (statusCode < 300) taken += 1;
          else leaks.push(...canaries.in(`the answer ${statusCode}`, body));
        }
      }
      if (method === "PUT" && (await send(admin, method, target(), await good())).statusCode >= 300) world = await freshWorld();
    }
    leaks.push(...canaries.in("the log", server.lines.slice(lines).join("\n")));
    for (const record of await server.store.reader.audit.list({ limit: 1_000_000, after }))
      leaks.push(...canaries.in(`the record ${record.type} ${record.details["resourcePath"]}`, JSON.stringify(record)));
    if (taken > 0) takers.add(`${method} ${path}`);
    expect(leaks).toEqual([]);
  },
  600_000,
);

test("most routes took what they were sent, so that it could have been written down", () => {
  expect(takers.size).toBeGreaterThan(70);
});
