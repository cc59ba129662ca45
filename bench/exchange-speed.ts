import type { LoadResult } from "./load-process.ts";
import { type Addressed, type Load, orderTo } from "./load.ts";
import { type Algorithm, type CryptoSpeed, measureCrypto } from "./crypto-work.ts";
import { type Measure, median } from "./measure.ts";
import { realmWith } from "./realm.ts";
import { Server, type ServerOptions } from "./server.ts";
import { askForToken, exchangeRequests, signIn, subjectTokens } from "./subject-tokens.ts";

/** How long everything takes. */
export interface Pace {
  readonly tokens: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly rounds: number;
}

interface Variant {
  readonly verified: Algorithm;
  readonly signed: Algorithm;
  readonly cold: readonly [must: number, aim: number];
  readonly twoWorkers?: readonly [must: number, aim: number];
}
const VARIANTS: readonly Variant[] = [
  { verified: "RS256", signed: "RS256", cold: [0.6, 0.75], twoWorkers: [1.5, 1.7] },
  { verified: "ES256", signed: "ES256", cold: [0.4, 0.55], twoWorkers: [1.35, 1.5] },
  { verified: "RS256", signed: "ES256", cold: [0.26, 0.4] },
];

export const CONNECTIONS = 32;
const WITHOUT_AUDIT = new URL("without-audit.ts", import.meta.url).href;

/** A server under measurement, and what each round gave. */
interface Subject extends Addressed {
  readonly name: string;
  readonly server: Server;
  readonly results: LoadResult[];
  readonly cpuMicros: number[];
}

/** Servers of one variant take turns with the bare cryptography, so that what else the machine does befalls all of them. */
export async function measureExchanges(load: Load, pace: Pace, say: (line: string) => void): Promise<readonly Measure[]> {
  const measures: Measure[] = [];
  for (const variant of VARIANTS) measures.push(...(await measureVariant(variant, load, pace, say)));
  return measures;
}

async function measureVariant(variant: Variant, load: Load, pace: Pace, say: (line: string) => void): Promise<readonly Measure[]> {
  const { verified, signed, cold, twoWorkers } = variant;
  const title = `${verified}→${signed}`;
  const realm = realmWith(verified, signed);
  await using stack = new AsyncDisposableStack();
  const open = async (name: string, options: ServerOptions): Promise<Subject> => {
    const server = stack.use(await Server.start({ realm, ...options }));
    const requests = exchangeRequests(server.base, await subjectTokens(server.base, pace.tokens));
    return { name, server, requests, results: [], cpuMicros: [] };
  };
  const coldServer = await open("cold", { flags: ["--workers=1", "--verified-tokens=0"] });
  const warmServer = await open("warm", { flags: ["--workers=1"] });
  const twoServer = twoWorkers && (await open("two workers", { flags: ["--workers=2"] }));
  const isFirst = variant === VARIANTS[0];
  const unrecorded = isFirst ? await open("audit off", { flags: ["--workers=1"], preload: WITHOUT_AUDIT }) : undefined;
  const subjects = [coldServer, warmServer, twoServer, unrecorded].filter((subject) => subject !== undefined);

  for (const subject of subjects) await load.run(orderTo(subject, CONNECTIONS, pace.warmUpSeconds));
  const pairs: CryptoSpeed[] = [];
  const signatures: CryptoSpeed[] = [];
  for (let round = 0; round < pace.rounds; round += 1) {
    pairs.push(measureCrypto({ verified, signed }, Math.min(1, pace.seconds)));
    signatures.push(measureCrypto({ signed }, Math.min(0.5, pace.seconds)));
    for (const subject of subjects) {
      const before = subject.server.cpuMicros();
      const result = await load.run(orderTo(subject, CONNECTIONS, pace.seconds));
      subject.results.push(result);
      subject.cpuMicros.push((subject.server.cpuMicros() - before) / result.answered);
    }
  }
  const perPair = median(pairs.map(({ perSecond }) => perSecond));
  const pairMicros = median(pairs.map(({ micros }) => micros));
  const ofPairs = (subject: Subject): Measure => ({
    name: `${title}, ${subject.name}: exchanges ÷ pairs`,
    value: rate(subject) / perPair,
    unit: "ratio",
    must: cold[0],
    aim: cold[1],
    better: "more",
    note: `${rate(subject).toFixed(0)}/s ÷ ${perPair.toFixed(0)}/s`,
  });
  const measures: Measure[] = [ofPairs(coldServer), ofPairs(warmServer)];
  if (twoServer && twoWorkers) {
    const [must, aim] = twoWorkers;
    const value = rate(twoServer) / rate(warmServer);
    const note = `${rate(twoServer).toFixed(0)}/s ÷ ${rate(warmServer).toFixed(0)}/s`;
    measures.push({ name: `${title}: two workers ÷ one`, value, unit: "ratio", must, aim, better: "more", note });
  }
  const micros = median(warmServer.cpuMicros);
  const signatureMicros = median(signatures.map(({ micros }) => micros));
  for (const [subject, crypto] of [
    [coldServer, pairMicros],
    [warmServer, signatureMicros],
  ] as const) {
    const used = median(subject.cpuMicros);
    const note = `${used.toFixed(0)} µs − ${crypto.toFixed(0)} µs`;
    measures.push({
      name: `${title}, ${subject.name}: CPU beside crypto`,
      value: used - crypto,
      unit: "µs",
      must: 130,
      aim: 90,
      better: "less",
      note,
    });
  }
  say(`${title}: pair ${pairMicros.toFixed(0)} µs, exchange ${micros.toFixed(0)} µs of CPU`);
  if (!isFirst) return measures;

  if (unrecorded) {
    const note = `${rate(warmServer).toFixed(0)}/s ÷ ${rate(unrecorded).toFixed(0)}/s`;
    measures.push({
      name: "durable audit ÷ audit off",
      value: rate(warmServer) / rate(unrecorded),
      unit: "ratio",
      must: 0.85,
      aim: 0.95,
      better: "more",
      note,
    });
  }
  measures.push(memory("one worker", warmServer, 150, 110));
  if (twoServer) measures.push(memory("two workers", twoServer, 230, 170));
  const alone: number[] = [];
  for (let round = 0; round < pace.rounds; round += 1) alone.push((await load.run(orderTo(warmServer, 1, pace.seconds))).p50Ms);
  measures.push({ name: "p50 at one connection", value: median(alone), unit: "ms", must: 1, aim: 0.6, better: "less" });
  measures.push(await measureBesideLogins(load, warmServer, pace));
  return measures;
}

const rate = ({ results }: Subject): number => median(results.map(({ perSecond }) => perSecond));

const memory = (name: string, { server }: Subject, must: number, aim: number): Measure => ({
  name: `resident under load, ${name}`,
  value: server.residentMb(),
  unit: "MB",
  must,
  aim,
  better: "less",
});

/** p99 at eight connections with 20 password sign-ins a second, against p99 without. */
async function measureBesideLogins(load: Load, subject: Subject, pace: Pace): Promise<Measure> {
  const quiet: number[] = [];
  const busy: number[] = [];
  for (let round = 0; round < pace.rounds; round += 1) {
    quiet.push((await load.run(orderTo(subject, 8, pace.seconds))).p99Ms);
    const signIns: Promise<unknown>[] = [];
    const timer = setInterval(() => signIns.push(askForToken(subject.server.base, signIn)), 50);
    busy.push((await load.run(orderTo(subject, 8, pace.seconds))).p99Ms);
    clearInterval(timer);
    await Promise.all(signIns);
  }
  const note = `${median(busy).toFixed(1)} ms ÷ ${median(quiet).toFixed(1)} ms`;
  return {
    name: "p99 beside 20 sign-ins/s ÷ quiet",
    value: median(busy) / median(quiet),
    unit: "ratio",
    must: 2,
    aim: 1.3,
    better: "less",
    note,
  };
}
