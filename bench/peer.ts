/**
 * `npm run bench:peer -- --peer=http://127.0.0.1:8080`: Cambist beside a real Keycloak that runs already and has imported the realm `apixion`
 * (`conformance/fixtures/keycloak-26.1.3/apixion-realm.json`; features `token-exchange` and `admin-fine-grained-authz`). Same realm, same request, same
 * cores, taking turns.
 */
import { parseArgs } from "node:util";
import type { LoadOrder } from "./load-process.ts";
import { Load, orderTo } from "./load.ts";
import { type Measure, median, table } from "./measure.ts";
import { realmWith } from "./realm.ts";
import { Server } from "./server.ts";
import { exchangeRequests, subjectTokens } from "./subject-tokens.ts";

const { values } = parseArgs({
  options: {
    peer: { type: "string" },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "5" },
    tokens: { type: "string", default: "1000" },
    connections: { type: "string", default: "16" },
  },
});
if (values.peer === undefined) throw new Error("--peer=URL of a running Keycloak is missing");
const [seconds, rounds, connections] = [Number(values.seconds), Number(values.rounds), Number(values.connections)];

await using keycloakDialect = await Server.start({
  realm: realmWith("RS256", "RS256"),
  flags: ["--workers=2", "--compatibility=keycloak", "--features-disabled=token-exchange-standard"],
});
await using native = await Server.start({ realm: realmWith("RS256", "RS256"), flags: ["--workers=2"] });
await using nativeEs256 = await Server.start({ realm: realmWith("RS256", "ES256"), flags: ["--workers=2"] });
using load = new Load();

interface Subject {
  readonly name: string;
  readonly order: LoadOrder;
  readonly rates: number[];
  readonly p50: number[];
}
const subjects: Subject[] = [];
for (const [name, base] of [
  ["Keycloak", values.peer],
  ["keycloak dialect", keycloakDialect.base],
  ["native", native.base],
  ["native, target signs ES256", nativeEs256.base],
] as const) {
  const requests = exchangeRequests(base, await subjectTokens(base, Number(values.tokens)));
  subjects.push({ name, order: orderTo({ server: { base }, requests }, connections, seconds), rates: [], p50: [] });
}
// The JVM takes longer to get up to speed than anything here.
for (const { order } of subjects) await load.run({ ...order, seconds: order === subjects[0]?.order ? 30 : 8 });
for (let round = 0; round < rounds; round += 1) {
  for (const subject of subjects) {
    const result = await load.run(subject.order);
    subject.rates.push(result.perSecond);
    subject.p50.push(result.p50Ms);
  }
}
const rate = (index: number): number => median(subjects[index]?.rates ?? []);
const beside = (index: number, must: number, aim: number): Measure => ({
  name: `${subjects[index]?.name} ÷ Keycloak`,
  value: rate(index) / rate(0),
  unit: "ratio",
  must,
  aim,
  better: "more",
  note: `${rate(index).toFixed(0)}/s ÷ ${rate(0).toFixed(0)}/s, p50 ${median(subjects[index]?.p50 ?? []).toFixed(1)} ms`,
});
console.log(`${new Date().toISOString().slice(0, 10)}, ${connections} connections, ${rounds} rounds of ${seconds} s in turn\n`);
console.log(table([beside(1, 5, 7), beside(2, 7, 10), beside(3, 12, 18)]));
