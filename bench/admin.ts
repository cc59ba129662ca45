/**
 * Times the admin API over HTTP against a running server with a large realm, and exchanges while clients of that realm change:
 *
 *   scripts/with-node node scripts/make-realm.ts --clients=10000 --users=1000000 --out=/tmp/big.json
 *   bin/cambist import --data=/tmp/big --file=/tmp/big.json
 *   KC_BOOTSTRAP_ADMIN_USERNAME=admin KC_BOOTSTRAP_ADMIN_PASSWORD=admin bin/cambist start-dev --data=/tmp/big
 *   scripts/with-node node bench/admin.ts --url=http://localhost:8080
 *
 * Milliseconds, one request after the other. Quiet and busy exchanges take turns, so that the ratio means something on a shared machine.
 */
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "http://localhost:8080" },
    realm: { type: "string", default: "big" },
    username: { type: "string", default: "admin" },
    password: { type: "string", default: "admin" },
    /** Calls of each kind. */
    calls: { type: "string", default: "300" },
    /** Length of a quiet and of a busy stretch, seconds. */
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    /** Clients that change each second of a busy stretch. */
    changes: { type: "string", default: "50" },
  },
});
const { url, realm } = values;
const calls = Number(values.calls);
const changes = Number(values.changes);

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly location: string | undefined;
  readonly took: number;
}

const agent = new Agent({ keepAlive: true });
function send(method: string, path: string, headers: Readonly<Record<string, string>>, body = ""): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const sent = request(
      new URL(path, url),
      { method, agent, headers: { ...headers, "content-length": Buffer.byteLength(body) } },
      (reply) => {
        let text = "";
        reply.setEncoding("utf8");
        reply.on("data", (chunk: string) => (text += chunk));
        reply.on("error", reject);
        reply.on("end", () =>
          resolve({ status: reply.statusCode ?? 0, text, location: reply.headers.location, took: performance.now() - start }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

const FORM = { "content-type": "application/x-www-form-urlencoded" };
async function token(of: string, form: Readonly<Record<string, string>>): Promise<string> {
  const path = `/realms/${of}/protocol/openid-connect/token`;
  const { status, text } = await send("POST", path, FORM, new URLSearchParams(form).toString());
  if (status !== 200) throw new Error(`no token of ${of}: ${text}`);
  return (JSON.parse(text) as { readonly access_token: string }).access_token;
}

/** The administrator's token lives a minute. */
let bearer = { token: "", until: 0 };
async function admin(method: string, path: string, body?: unknown): Promise<Answer> {
  if (Date.now() > bearer.until) {
    const { username, password } = values;
    bearer = {
      token: await token("master", { grant_type: "password", client_id: "admin-cli", username, password }),
      until: Date.now() + 30_000,
    };
  }
  const headers = { authorization: `Bearer ${bearer.token}`, "content-type": "application/json" };
  const answer = await send(method, `/admin/realms/${realm}${path}`, headers, body === undefined ? "" : JSON.stringify(body));
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer;
}

const quantile = (times: readonly number[], q: number): number =>
  times.toSorted((a, b) => a - b)[Math.floor(q * (times.length - 1))] ?? Number.NaN;
const show = (name: string, times: readonly number[]): void =>
  console.log(`${name.padEnd(44)} p50 ${quantile(times, 0.5).toFixed(2)}  p99 ${quantile(times, 0.99).toFixed(2)}  (${times.length})`);

async function timed(name: string, call: (number: number) => Promise<Answer>): Promise<void> {
  for (let number = 0; number < 20; number += 1) await call(-1 - number);
  const times: number[] = [];
  for (let number = 0; number < calls; number += 1) times.push((await call(number)).took);
  show(name, times);
}

const run = `bench-${Date.now()}`;
const created: string[] = [];
await timed("list 100 users", () => admin("GET", "/users?max=100"));
await timed("list 100 users, the 1000th page", () => admin("GET", "/users?first=100000&max=100"));
await timed("search a user by name", (number) => admin("GET", `/users?username=user-${Math.abs(number) * 7}&exact=true`));
await timed("list 100 clients", () => admin("GET", "/clients?first=0&max=100"));
await timed("create a client", async (number) => {
  const answer = await admin("POST", "/clients", { clientId: `${run}-${number}`, serviceAccountsEnabled: number % 2 === 0 });
  created.push(answer.location?.split("/").at(-1) ?? "");
  return answer;
});

const CLIENT = { client_id: "service-0", client_secret: "service-0-secret" };
const exchangeOnce = async (): Promise<number> => {
  const form = {
    ...CLIENT,
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: subject.token,
    subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    audience: "service-1",
  };
  const { status, text, took } = await send(
    "POST",
    `/realms/${realm}/protocol/openid-connect/token`,
    FORM,
    new URLSearchParams(form).toString(),
  );
  if (status !== 200) throw new Error(`exchange: ${status} ${text}`);
  return took;
};
const takeSubject = () => token(realm, { ...CLIENT, grant_type: "password", username: "user-0", password: "password" });
const subject = { token: await takeSubject() };

async function stretch(): Promise<readonly number[]> {
  const times: number[] = [];
  for (const end = Date.now() + Number(values.seconds) * 1000; Date.now() < end;) times.push(await exchangeOnce());
  return times;
}

/** Changes clients at a steady rate until told to stop. @returns how many it changed */
async function changeClients(signal: AbortSignal): Promise<number> {
  let count = 0;
  for (const start = Date.now(); !signal.aborted; count += 1) {
    await admin("PUT", `/clients/${created[count % created.length]}`, { description: `change ${count}` });
    await sleep(Math.max(0, start + ((count + 1) * 1000) / changes - Date.now()));
  }
  return count;
}

await stretch();
const [quiet, busy]: [number[], number[]] = [[], []];
let changed = 0;
for (let round = 0; round < Number(values.rounds); round += 1) {
  quiet.push(...(await stretch()));
  const done = new AbortController();
  const changing = changeClients(done.signal);
  busy.push(...(await stretch()));
  done.abort();
  changed += await changing;
}
show("exchange, quiet", quiet);
show(`exchange, ${(changed / Number(values.rounds) / Number(values.seconds)).toFixed(0)} clients/s changing`, busy);
console.log(`p99 ratio ${(quantile(busy, 0.99) / quantile(quiet, 0.99)).toFixed(2)}`);

for (const id of created) await admin("DELETE", `/clients/${id}`);
agent.destroy();
