import { MessageChannel, Worker } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { hashPassword, PasswordTooLong } from "./hash.ts";
import { InThreadPasswords, PasswordPoolBusy, PasswordPoolClosed, type Passwords, PasswordThreadLost } from "./passwords.ts";
import { PasswordPool } from "./pool.ts";
import { PasswordClient, servePasswords } from "./port.ts";

const FAST = { algorithm: "pbkdf2-sha256", iterations: 1 } as const;
/** Long enough that jobs queue up behind it. */
const SLOW = { algorithm: "pbkdf2-sha512", iterations: 200_000 } as const;
const CREDENTIAL = hashPassword("right", FAST);

const opened: Passwords[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((passwords) => passwords.close()));
});
function open<P extends Passwords>(passwords: P): P {
  opened.push(passwords);
  return passwords;
}
function clientOf(pool: Passwords): PasswordClient {
  const { port1, port2 } = new MessageChannel();
  servePasswords(port1, pool);
  return open(new PasswordClient(port2));
}

describe.each<[string, () => Passwords]>([
  ["in the calling thread", () => open(new InThreadPasswords())],
  ["in a pool", () => open(new PasswordPool())],
  ["through a port", () => clientOf(open(new PasswordPool()))],
])("passwords %s", (_title, make) => {
  test("verify, with the reason when they do not", async () => {
    const passwords = make();
    expect(await passwords.verify(CREDENTIAL, "right")).toBe(true);
    expect(await passwords.verify(CREDENTIAL, "wrong")).toBe(false);
    expect(await passwords.check({ credentialData: "{}" }, "right")).toEqual({ matches: false, reason: "malformed" });
  });

  test("are hashed under the policy and verify afterwards", async () => {
    const passwords = make();
    const credential = await passwords.hash("new", FAST);
    expect(credential.credentialData).toContain('"hashIterations":1,');
    expect(await passwords.verify(credential, "new")).toBe(true);
    expect((await passwords.hash("new")).credentialData).toContain('"algorithm":"argon2"');
  });

  test("SEC-EP-18 nobody's password is hashed all the same, and false", async () => {
    const passwords = make();
    expect(await passwords.dummyVerify("right")).toBe(false);
    expect(await passwords.dummyVerify("", FAST)).toBe(false);
  });

  test("over 1,024 bytes are refused before any hashing", async () => {
    const passwords = make();
    const long = "a".repeat(1025);
    expect(await passwords.check(CREDENTIAL, long)).toEqual({ matches: false, reason: "too_long" });
    expect(await passwords.dummyVerify(long)).toBe(false);
    await expect(passwords.hash(long)).rejects.toThrow(PasswordTooLong);
  });
});

describe("the pool", () => {
  test("answers many jobs in order, each with its own result", async () => {
    const pool = open(new PasswordPool({ size: 2 }));
    const results = await Promise.all(Array.from({ length: 60 }, (_, i) => pool.verify(CREDENTIAL, i % 3 === 0 ? "right" : "wrong")));
    expect(results).toEqual(Array.from({ length: 60 }, (_, i) => i % 3 === 0));
    expect(pool.waiting).toBe(0);
  });

  test("SEC-JOSE-32 refuses what its queue cannot hold, and goes on", async () => {
    const pool = open(new PasswordPool({ size: 1, queueLimit: 2 }));
    const running = pool.dummyVerify("a", SLOW);
    const waiting = [pool.verify(CREDENTIAL, "right"), pool.verify(CREDENTIAL, "wrong")];
    expect(pool.waiting).toBe(2);
    await expect(pool.verify(CREDENTIAL, "right")).rejects.toThrow(PasswordPoolBusy);
    await expect(pool.hash("a", FAST)).rejects.toThrow(PasswordPoolBusy);
    expect(await running).toBe(false);
    expect(await Promise.all(waiting)).toEqual([true, false]);
    expect(await pool.verify(CREDENTIAL, "right")).toBe(true);
  });

  test("is busy for clients behind a port too", async () => {
    const client = clientOf(open(new PasswordPool({ size: 1, queueLimit: 0 })));
    const running = client.dummyVerify("a", SLOW);
    await expect(client.verify(CREDENTIAL, "right")).rejects.toThrow(PasswordPoolBusy);
    expect(await running).toBe(false);
  });

  test("lets a thread go that has nothing to do, and starts another one for the next password", async () => {
    const pool = open(new PasswordPool({ idleMs: 1 }));
    expect(await pool.verify(CREDENTIAL, "right")).toBe(true);
    await vi.waitUntil(() => pool.threads === 0);
    expect(await pool.verify(CREDENTIAL, "right")).toBe(true);
  });

  test("serves several clients at once", async () => {
    const pool = open(new PasswordPool());
    const clients = [clientOf(pool), clientOf(pool), clientOf(pool)];
    const results = await Promise.all(
      clients.flatMap((client) => [client.verify(CREDENTIAL, "right"), client.verify(CREDENTIAL, "wrong")]),
    );
    expect(results).toEqual([true, false, true, false, true, false]);
  });

  test("rejects what waits and what runs when it is closed, and everything afterwards", async () => {
    const pool = new PasswordPool();
    const jobs = [pool.dummyVerify("a", SLOW), pool.verify(CREDENTIAL, "right")];
    const outcomes = Promise.allSettled(jobs);
    await pool.close();
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: "rejected", reason: expect.any(PasswordPoolClosed) });
    await expect(pool.verify(CREDENTIAL, "right")).rejects.toThrow(PasswordPoolClosed);
    await pool.close();
  });

  test("a closed pool is closed for its clients, a closed client for itself only", async () => {
    const pool = new PasswordPool();
    const [one, two] = [clientOf(pool), clientOf(pool)];
    await one.close();
    await new Promise((resolve) => setImmediate(resolve));
    await expect(one.verify(CREDENTIAL, "right")).rejects.toThrow(PasswordPoolClosed);
    expect(await two.verify(CREDENTIAL, "right")).toBe(true);
    await pool.close();
    await expect(two.verify(CREDENTIAL, "right")).rejects.toThrow(PasswordPoolClosed);
  });

  test("a job of impossible parameters is rejected and the thread goes on", async () => {
    const pool = open(new PasswordPool());
    await expect(pool.hash("a", { algorithm: "pbkdf2", iterations: -1 })).rejects.toThrow(/iterations/);
    expect(await pool.verify(CREDENTIAL, "right")).toBe(true);
  });

  test("a job that cannot be sent is rejected and the thread goes on", async () => {
    const pool = open(new PasswordPool());
    const waiting = [pool.dummyVerify("a", SLOW), pool.verify({ secretData: (() => 0) as never }, "a"), pool.verify(CREDENTIAL, "right")];
    expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    await expect(pool.verify({ secretData: (() => 0) as never }, "a")).rejects.toThrow(/could not be cloned/);
    expect(await pool.verify(CREDENTIAL, "right")).toBe(true);
  });

  test("a lost thread rejects its job only; what waits gets a new thread", async () => {
    const pool = open(new PasswordPool());
    const started = new Promise<Worker>((resolve) => process.once("worker", resolve));
    const lost = pool.dummyVerify("a", SLOW);
    const waiting = pool.verify(CREDENTIAL, "right");
    void started.then((worker) => worker.terminate());
    await expect(lost).rejects.toThrow(PasswordThreadLost);
    expect(await waiting).toBe(true);
  });
});

test("SEC-JOSE-32 an HTTP worker thread of the same process uses the pool through a port", async () => {
  const pool = open(new PasswordPool());
  const { port1, port2 } = new MessageChannel();
  servePasswords(port1, pool);
  const source = `
    const { parentPort, workerData } = require("node:worker_threads");
    import(workerData.module).then(async ({ PasswordClient }) => {
      const client = new PasswordClient(workerData.port);
      parentPort.postMessage([await client.verify(workerData.credential, "right"), await client.verify(workerData.credential, "wrong")]);
    });`;
  const worker = new Worker(source, {
    eval: true,
    execArgv: [],
    workerData: { port: port2, module: new URL("./port.ts", import.meta.url).href, credential: CREDENTIAL },
    transferList: [port2],
  });
  const exit = new Promise((resolve) => worker.once("exit", resolve));
  const answer = await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  expect(answer).toEqual([true, false]);
  // Neither the idle pool nor the idle port keeps the thread or the process alive.
  expect(await exit).toBe(0);
});
