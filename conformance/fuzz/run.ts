import { readFileSync } from "node:fs";
import { ADMIN, administrator } from "../admin.ts";
import { realmClient, type Json, type Tokens } from "../client.ts";
import { type RunningServer, startServer, WORKSHOP } from "../server.ts";
import { type AdminMaterial, adminRequest, gatherMaterial } from "./admin-requests.ts";
import { type MemoryTrend, memoryTrend } from "./memory.ts";
import { mutateText } from "./mutate.ts";
import { type ProtocolMaterial, protocolRequest } from "./protocol-requests.ts";
import { Random } from "./random.ts";
import { type FuzzRequest, Sender } from "./request.ts";

export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
  readonly connections?: number;
  /** Told about the state of the run now and then. */
  readonly report?: (line: string) => void;
}

export interface FuzzReport {
  readonly answered: number;
  /** Requests that got no answer, each in one line. */
  readonly unanswered: readonly string[];
  /** Answers that say that the server failed, each in one line. */
  readonly failures: readonly string[];
  readonly byStatus: Readonly<Record<string, number>>;
  /** How many were answered 2xx, by protocol and admin. */
  readonly accepted: { readonly protocol: number; readonly admin: number };
  /** How long answers took; with one connection that is what a request costs. */
  readonly took: { readonly p50Ms: number; readonly p99Ms: number; readonly slowest: string };
  /** Resident memory of the server. */
  readonly memory: MemoryTrend;
  readonly isAlive: boolean;
  readonly exitCode: number | null;
  /** What the server printed about errors. */
  readonly errorLines: readonly string[];
  readonly seconds: number;
}

/** Answers above 499 that say what the server does not do, whatever is asked: realms have no mail server, and there is no browser login yet. */
const NO_FAILURE: readonly (readonly [RegExp, number])[] = [
  [/(?:testSMTPConnection|execute-actions-email|send-verify-email|reset-password-email)$/, 500],
  [/(?:execute-actions-email|impersonation)$/, 501],
];
const FUZZED = "fuzzed";
/** Tokens of the administrator live for a minute, and what was created meanwhile goes with the realm. */
const ROUND = 2000;
/** What no answer may show (SEC-EP-20): where our code or the data lies, its stack, what the database says. */
const INSIDE =
  /\bat (?:async )?[\w.<>]+ \(|file:\/\/\/|node_modules|\/packages\/|\.ts:\d+|SQLITE_|no such (?:table|column)|constraint failed|cambist\.db/;
/** The markup that requests carry, as a browser would take it. */
const MARKUP = /<img src=x|<script>/i;
/** One in so many is no HTTP. */
const RAW = 50;

/** Sends mutated requests to a server of its own, all of them, and tells what became of them. */
export async function runFuzz({ requests, seed, connections = 12, report = () => {} }: FuzzOptions): Promise<FuzzReport> {
  await using server = await startServer({
    realms: [WORKSHOP],
    flags: ["--log-level=error"],
    environment: ADMIN,
  });
  const sender = new Sender(server.baseUrl, connections);
  const started = performance.now();
  const byStatus: Record<string, number> = {};
  const [unanswered, failures, sizes]: [string[], string[], number[]] = [[], [], []];
  const note = (list: string[], line: string): void => {
    list.push(line);
    report(line);
  };
  const accepted = { protocol: 0, admin: 0 };
  const times: number[] = [];
  let slowest = { ms: 0, kind: "none" };
  let answered = 0;

  const one = async (index: number, protocol: ProtocolMaterial, admin: AdminMaterial): Promise<void> => {
    const random = new Random(seed, index);
    const where = `seed ${seed} request ${index}`;
    if (random.once(RAW)) {
      const text = await sender.sendRaw(rawBytes(random, protocol)).catch(String);
      if (/^(?:HTTP\/1\.1 [1-4]|$)/.test(text)) answered += 1;
      else note(failures, `${where}: bare bytes answered ${text.slice(0, 200)}`);
      return;
    }
    const isAdmin = random.once(3);
    const fuzzed = isAdmin ? adminRequest(random, admin) : protocolRequest(random, protocol);
    try {
      const sent = performance.now();
      const { status, text, type } = await sender.send(fuzzed);
      const ms = performance.now() - sent;
      times.push(ms);
      if (ms > slowest.ms) slowest = { ms, kind: `${fuzzed.kind}, request ${index}` };
      answered += 1;
      byStatus[status] = (byStatus[status] ?? 0) + 1;
      if (status < 300) accepted[isAdmin ? "admin" : "protocol"] += 1;
      if (status >= 500 && !NO_FAILURE.some(([path, known]) => known === status && path.test(fuzzed.path.split("?")[0] ?? "")))
        note(failures, `${where}: ${told(fuzzed)} answered ${status} ${text.slice(0, 300)}`);
      if (INSIDE.test(text) || (type.startsWith("text/html") && MARKUP.test(text)))
        note(
          failures,
          `${where}: ${told(fuzzed)} answered ${status} with something of the inside, or markup of the request: ${text.slice(0, 300)}`,
        );
    } catch (error) {
      note(unanswered, `${where}: ${told(fuzzed)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };

  for (let from = 0; from < requests && server.isAlive(); from += ROUND) {
    const [protocol, admin] = await freshMaterial(server);
    let next = from;
    const end = Math.min(from + ROUND, requests);
    const connection = async (): Promise<void> => {
      while (next < end && server.isAlive()) {
        const index = next;
        next += 1;
        await one(index, protocol, admin);
      }
    };
    await Promise.all(Array.from({ length: connections }, connection));
    const size = await residentMemory(server);
    sizes.push(size);
    report(
      `${end} sent in ${Math.round((performance.now() - started) / 1000)} s, ${failures.length} failures, ${unanswered.length} unanswered, ${megabytes(size)} MB`,
    );
  }
  sender.close();
  const isAlive = server.isAlive();
  const seconds = (performance.now() - started) / 1000;
  const exitCode = await server.stop();
  const errorLines = `${server.stdout()}\n${server.stderr()}`.split("\n").filter((line) => /ERROR|FATAL|Warning/i.test(line));
  times.sort((one, other) => one - other);
  const quantile = (part: number): number => times[Math.floor(times.length * part)] ?? 0;
  const took = { p50Ms: quantile(0.5), p99Ms: quantile(0.99), slowest: `${slowest.kind}: ${Math.round(slowest.ms)} ms` };
  return { took, answered, unanswered, failures, byStatus, accepted, memory: memoryTrend(sizes), isAlive, exitCode, errorLines, seconds };
}

/** Everything as good requests need it: tokens of users, an administrator's, and a realm to be changed at will. */
async function freshMaterial({ baseUrl }: RunningServer): Promise<readonly [ProtocolMaterial, AdminMaterial]> {
  const workshop = realmClient(baseUrl, "workshop");
  const tokens: Tokens[] = [];
  for (const username of ["ada", "ben"]) tokens.push(await workshop.signIn({ client_id: "storefront" }, username));
  tokens.push(await workshop.signIn({ client_id: "helpdesk", client_secret: "helpdesk-secret" }, "agent"));
  const admin = await administrator(baseUrl);
  const realms = JSON.parse((await admin.send("GET", "")).text) as readonly { readonly realm: string }[];
  for (const { realm } of realms)
    if (realm !== "master" && realm !== "workshop") await admin.send("DELETE", `/${encodeURIComponent(realm)}`);
  await admin.create("", fuzzedRealm());
  return [{ realm: "workshop", tokens }, await gatherMaterial(baseUrl, FUZZED, admin.token)];
}

/** The workshop once more, under another name and other ids. */
function fuzzedRealm(): Json {
  const text = readFileSync(new URL(`../fixtures/${WORKSHOP}`, import.meta.url), "utf8").replaceAll(
    /00000000-0000-4000-8000-/g,
    "f0000000-0000-4000-8000-",
  );
  return { ...(JSON.parse(text) as Json), realm: FUZZED };
}

/** A request as bytes, with some of them changed; always with an end, so that nobody waits for more of it. */
function rawBytes(random: Random, material: ProtocolMaterial): string {
  const { method, path, body = "" } = protocolRequest(random, material);
  const text = Buffer.isBuffer(body) ? body.toString("latin1") : body;
  const head = [`${method} ${path} HTTP/1.1`, "host: localhost", "connection: close", `content-length: ${Buffer.byteLength(text)}`];
  const at = random.below(head.length);
  return `${head.with(at, mutateText(random, head[at] ?? "")).join("\r\n")}\r\n\r\n${text}`;
}

const told = ({ kind, method, path, body }: FuzzRequest): string =>
  `${kind}: ${method} ${path.slice(0, 200)} ${withoutTokens(String(body ?? "")).slice(0, 400)}`;
/** A report is kept: what could be used stays out of it. */
const withoutTokens = (text: string): string => text.replaceAll(/eyJ[\w-]+\.[\w-]+\.[\w-]*/g, "<token>");

async function residentMemory({ managementUrl }: RunningServer): Promise<number> {
  const text = await (await fetch(`${managementUrl}/metrics`)).text();
  return Number(/^process_resident_memory_bytes(?:\{.*\})? (\S+)/m.exec(text)?.[1]);
}

export const megabytes = (bytes: number): number => Math.round(bytes / 1_048_576);
