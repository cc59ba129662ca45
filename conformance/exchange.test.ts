import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXCHANGE_CASES, INTROSPECTION_CASE, runCase, runIntrospection, type SignedIn, signIn } from "./cases/exchange.ts";
import of2613 from "./fixtures/keycloak-26.1.3/flows.json" with { type: "json" };
import of2674 from "./fixtures/keycloak-26.7.4/flows.json" with { type: "json" };
import { inOrder, type NormalAnswer, normalAnswer } from "./normal-form.ts";
import { APIXION, GIVEN_BASE_URL, MYREALM, serverUnderTest } from "./server.ts";

type Recording = Readonly<Record<string, NormalAnswer>>;
const KEYCLOAK_26_1: Recording = of2613;
const KEYCLOAK_26_7: Recording = of2674;

interface Target {
  readonly name: string;
  readonly recording: Recording;
  readonly flags: readonly string[];
  /** Cases that are answered as in another recording, on purpose. */
  readonly deviations: Recording;
}

const only = (recording: Recording, ...names: readonly string[]): Recording =>
  Object.fromEntries(names.map((name) => [name, recording[name] as NormalAnswer]));

const TARGETS: readonly Target[] = [
  {
    name: "keycloak-26.1.3",
    recording: KEYCLOAK_26_1,
    flags: ["--features-disabled=token-exchange-standard"],
    // 26.1.3 lets a disabled user be impersonated, which later versions mended.
    deviations: only(KEYCLOAK_26_7, "impersonation of a disabled user"),
  },
  {
    name: "keycloak-26.7.4",
    recording: KEYCLOAK_26_7,
    flags: [],
    // V1 is 26.1.3's everywhere: its refresh tokens have no `prov` and `aud_x`.
    deviations: only(KEYCLOAK_26_1, "default requested type", "requested refresh_token"),
  },
];

/** A given server is compared with one recording: `CONFORMANCE_RECORDING=keycloak-26.7.4`, or 26.1.3. */
const chosen =
  GIVEN_BASE_URL === undefined
    ? TARGETS
    : TARGETS.filter(({ name }) => name === (process.env["CONFORMANCE_RECORDING"] ?? "keycloak-26.1.3"));
const matrix = new Map<string, Map<string, string>>();

describe.each(chosen)("exchanges as $name answers them", (target) => {
  let server: Awaited<ReturnType<typeof serverUnderTest>>;
  let tokens: SignedIn;
  beforeAll(async () => {
    server = await serverUnderTest({ realms: [APIXION, MYREALM], flags: ["--compatibility=keycloak", ...target.flags] });
    tokens = await signIn(server.baseUrl);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  test.each(EXCHANGE_CASES)("$name", async (each) => {
    const answer = await runCase(each, server.baseUrl, tokens);
    const normal = normalAnswer(answer, server.baseUrl);
    expect(normal).toEqual(expectedOf(target, each.name, normal));
  });

  test("introspection of the exchanged token by its audience", async () => {
    const normal = await runIntrospection(server.baseUrl, tokens);
    expect(normal).toEqual(expectedOf(target, INTROSPECTION_CASE, normal));
  });

  test("every recorded case is here", () => {
    expect([...EXCHANGE_CASES.map(({ name }) => name), INTROSPECTION_CASE].toSorted()).toEqual(Object.keys(target.recording).toSorted());
  });
});

afterAll(() => {
  const width = Math.max(...[...matrix.keys()].map((name) => name.length));
  const rows = [...matrix].map(([name, cells]) => [
    name.padEnd(width),
    ...chosen.map((target) => (cells.get(target.name) ?? "-").padEnd(15)),
  ]);
  console.log([["".padEnd(width), ...chosen.map(({ name }) => name)], ...rows].map((row) => row.join("  ")).join("\n"));
});

/** What the answer should have been; notes in the matrix how it compares. */
function expectedOf({ name: target, recording, deviations }: Target, name: string, answer: NormalAnswer): unknown {
  const recorded = recording[name];
  if (recorded === undefined) throw new Error(`${target} has no recording of this case`);
  const note = (expected: unknown, label: string): unknown => {
    const isSo = JSON.stringify(inOrder(answer)) === JSON.stringify(expected);
    matrix.set(name, (matrix.get(name) ?? new Map<string, string>()).set(target, isSo ? label : "DIFFERS"));
    return expected;
  };
  if (recorded.status >= 500) {
    // The real server fails here; what counts is that this one refuses.
    const refused = answer.status === 400 && JSON.stringify(answer.body).includes('"error_description"');
    return note(refused ? inOrder(answer) : "a refusal", "refused");
  }
  const deviation = deviations[name];
  // A given server may be the real one, which does not deviate.
  const isReal = GIVEN_BASE_URL !== undefined && JSON.stringify(inOrder(answer)) === JSON.stringify(inOrder(recorded));
  return deviation && !isReal ? note(inOrder(deviation), "deviates") : note(inOrder(recorded), "same");
}
