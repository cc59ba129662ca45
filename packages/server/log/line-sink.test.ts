import { spawn } from "node:child_process";
import { once } from "node:events";
import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { lineSink } from "./line-sink.ts";

/** A program that logs 20,000 lines to a pipe nobody reads, then tells on stderr what it still can do. */
const PROGRAM = (inWorker: boolean) => `
  import { Worker, isMainThread } from "node:worker_threads";
  import { lineSink } from ${JSON.stringify(new URL("./line-sink.ts", import.meta.url).href)};
  if (${inWorker} && isMainThread) {
    const worker = new Worker(new URL(import.meta.url), { eval: false });
    worker.on("message", (message) => { process.stderr.write(message); process.exit(0); });
  } else {
    const sink = lineSink(process.stdout, 100_000);
    for (let line = 0; line < 20_000; line += 1) sink.write("x".repeat(99));
    setTimeout(() => {
      const report = JSON.stringify({ dropped: sink.droppedLines(), waiting: process.stdout.writableLength });
      if (isMainThread) { process.stderr.write(report); process.exit(0); }
      (async () => (await import("node:worker_threads")).parentPort.postMessage(report))();
    }, 50);
  }`;

test.each([
  ["the main thread", false],
  ["a worker thread", true],
])("SEC-LOG-08 REL-19 a pipe that nobody reads holds up nothing, and drops are counted, in %s", async (_title, inWorker) => {
  const source = `data:text/javascript,${encodeURIComponent(PROGRAM(inWorker))}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", `await import(${JSON.stringify(source)})`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let report = "";
  child.stderr.on("data", (chunk) => (report += String(chunk)));
  const [code] = (await once(child, "exit")) as [number];
  expect([code, report]).toEqual([0, expect.stringMatching(/^\{"dropped":\d+,"waiting":\d+\}$/)]);
  const { dropped, waiting } = JSON.parse(report) as { dropped: number; waiting: number };
  expect(dropped).toBeGreaterThan(10_000);
  expect(dropped).toBeLessThan(20_000);
  expect(waiting).toBeLessThanOrEqual(100_000);
});

test("SEC-LOG-08 a reader that went away does not end the process; every line is counted", () => {
  const stream = new Writable({
    autoDestroy: false,
    write: (_chunk, _encoding, done) => done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
  });
  const sink = lineSink(stream);
  return new Promise<void>((resolve) => {
    sink.write("one");
    setImmediate(() => {
      sink.write("two");
      expect(sink.droppedLines()).toBe(2);
      resolve();
    });
  });
});

test("SEC-LOG-08 a write that throws (a file on a full disk) is a dropped line", () => {
  const sink = lineSink({
    write: () => {
      throw new Error("ENOSPC");
    },
  });
  sink.write("one");
  expect(sink.droppedLines()).toBe(1);
});

test("everything handed over arrives before the sink says it is drained", async () => {
  const arrived: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      setImmediate(() => {
        arrived.push(chunk);
        done();
      });
    },
  });
  const sink = lineSink(stream);
  for (const line of ["one", "two", "three"]) sink.write(line);
  await sink.drained(10_000);
  expect(arrived).toEqual(["one\n", "two\n", "three\n"]);
  expect(sink.droppedLines()).toBe(0);
});
