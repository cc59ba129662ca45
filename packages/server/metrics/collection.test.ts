import { MessageChannel, Worker } from "node:worker_threads";
import { once } from "node:events";
import { expect, test } from "vitest";
import { collectMetrics, reportMetrics } from "./collection.ts";
import { createMetricsRecorder } from "./recorder.ts";
import { createMetricsRegistry } from "./registry.ts";

const file = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);

/** A worker that counts `count` requests and then answers questions until it is ended. */
const WORKER = `
  import { parentPort, workerData } from "node:worker_threads";
  import { createMetricsRecorder } from ${file("./recorder.ts")};
  import { reportMetrics } from ${file("./collection.ts")};
  const recorder = createMetricsRecorder({ eventMetrics: undefined });
  reportMetrics(recorder, workerData.port, workerData.everyMs);
  for (let count = 0; count < workerData.count; count += 1) recorder.request("GET", "/", 200, 0.5);
  parentPort.on("message", () => {});
  parentPort.postMessage("counted");`;

async function startWorker(count: number, everyMs: number) {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(WORKER)}`), {
    workerData: { port: port2, count, everyMs },
    transferList: [port2],
  });
  await once(worker, "message");
  return { worker, port: port1 };
}

const requests = (text: string): string | undefined => /^http_server_requests_seconds_count\{.*\} (\d+)$/m.exec(text)?.[1];

test("a scrape sums what all workers have counted up to then", async () => {
  const collector = collectMetrics(createMetricsRegistry({ version: "0.1.0", tags: undefined }));
  const workers = [await startWorker(3, 60_000), await startWorker(4, 60_000)];
  for (const { port } of workers) collector.attach(port);
  expect(requests(await collector.scrape("plain"))).toBe("7");
  expect(requests(await collector.scrape("openmetrics"))).toBe("7");
  await Promise.all(workers.map(({ worker }) => worker.terminate()));
});

test("a worker reports without being asked, and what it counted outlives it", async () => {
  const collector = collectMetrics(createMetricsRegistry({ version: "0.1.0", tags: undefined }), 60_000);
  const { worker, port } = await startWorker(5, 1);
  const reported = once(port, "message");
  collector.attach(port);
  await reported;
  const closed = once(port, "close");
  await worker.terminate();
  await closed;
  expect(requests(await collector.scrape("plain"))).toBe("5");
});

test("a worker that does not answer holds no scrape up", async () => {
  const collector = collectMetrics(createMetricsRegistry({ version: "0.1.0", tags: undefined }), 1);
  const { port1, port2 } = new MessageChannel();
  collector.attach(port1);
  expect(await collector.scrape("plain")).toContain("process_uptime_seconds");
  port2.close();
});

test("the last report of a worker that stops is not lost", async () => {
  const collector = collectMetrics(createMetricsRegistry({ version: "0.1.0", tags: undefined }));
  const { port1, port2 } = new MessageChannel();
  const recorder = createMetricsRecorder({ eventMetrics: undefined });
  const reporter = reportMetrics(recorder, port2, 60_000);
  collector.attach(port1);
  recorder.request("GET", "/", 200, 0.5);
  const closed = once(port1, "close");
  reporter.stop();
  await closed;
  expect(requests(await collector.scrape("plain"))).toBe("1");
});
