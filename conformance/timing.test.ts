import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Parameters, realmClient } from "./client.ts";
import { type RunningServer, startServer, WORKSHOP } from "./server.ts";

/**
 * SEC-EP-18: how long a refusal takes does not tell which users there are. The ways to be refused take turns, so that whatever else the machine does
 * is in each. `TIMING_TRIES=1000` for the proof: medians within 5 ms; with few tries only what a password hash would cost is looked for.
 */

const TRIES = Number(process.env["TIMING_TRIES"] ?? 10);
const PROOF_TRIES = 1000;
const WITHIN_MS = 5;

const WAYS: readonly (readonly [string, Parameters])[] = [
  ["a wrong password", { username: "ada", password: "wrong" }],
  ["an empty password", { username: "ada", password: "" }],
  ["an unknown user", { username: "nobody", password: "wrong" }],
  ["an unknown user without a password", { username: "nobody", password: "" }],
  ["a disabled user", { username: "gone", password: "gone-password" }],
  ["a disabled user with a wrong password", { username: "gone", password: "wrong" }],
];

const median = (values: readonly number[]): number => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;

describe.each(["native", "keycloak"])("%s", (dialect) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer({ realms: [WORKSHOP], flags: ["--log-level=error", `--compatibility=${dialect}`] });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  test(`${TRIES} refusals of each kind take the same time`, { timeout: 60_000 + TRIES * 3000 }, async () => {
    const workshop = realmClient(server.baseUrl, "workshop");
    const signIn = (form: Parameters) => workshop.token({ grant_type: "password", client_id: "storefront", ...form });
    const good: number[] = [];
    const took = new Map<string, number[]>(WAYS.map(([name]) => [name, []]));
    for (let turn = -5; turn < TRIES; turn += 1) {
      for (const [name, form] of [["a good one", { username: "ben", password: "ben-password" }], ...WAYS] as typeof WAYS) {
        const before = performance.now();
        const { status } = await signIn(form);
        const time = performance.now() - before;
        expect([name, status === 200]).toEqual([name, name === "a good one"]);
        // The first few load code.
        if (turn >= 0) (took.get(name) ?? good).push(time);
      }
    }
    const medians = [...took].map(([name, times]) => [name, median(times)] as const);
    const [shortest, longest] = [Math.min(...medians.map(([, time]) => time)), Math.max(...medians.map(([, time]) => time))];
    if (TRIES >= PROOF_TRIES)
      console.log(
        `${dialect}: ${medians.map(([name, time]) => `${name} ${time.toFixed(2)} ms`).join(", ")}; good ${median(good).toFixed(2)} ms`,
      );
    // Whoever skips the hash is quicker by most of what a sign-in takes.
    expect(longest - shortest).toBeLessThan(TRIES >= PROOF_TRIES ? WITHIN_MS : median(good) / 2);
  });
});
