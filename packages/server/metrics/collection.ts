import type { MessagePort } from "node:worker_threads";
import type { MetricsDelta } from "./delta.ts";
import type { MetricsFormat } from "./exposition.ts";
import type { MetricsRecorder } from "./recorder.ts";
import type { MetricsRegistry } from "./registry.ts";

/** From a worker: what it counted, and the number of the question it answers, if one was asked. */
interface Report {
  readonly delta: MetricsDelta | undefined;
  readonly answers?: number;
}
/** From the main thread: report at once. */
interface Question {
  readonly ask: number;
}

/** In a worker: reports over a port of its own, regularly and when asked. The port and the timer keep no process alive. */
export function reportMetrics(recorder: MetricsRecorder, port: MessagePort, everyMs = 250): MetricsReporter {
  const report = (): void => {
    const delta = recorder.take();
    if (delta) port.postMessage({ delta } satisfies Report);
  };
  const timer = setInterval(report, everyMs);
  timer.unref();
  port.on("message", ({ ask }: Question) => port.postMessage({ delta: recorder.take(), answers: ask } satisfies Report));
  port.on("close", () => clearInterval(timer));
  port.unref();
  return {
    stop() {
      clearInterval(timer);
      report();
      port.close();
    },
  };
}

export interface MetricsReporter {
  /** A last report; then the port closes. */
  stop(): void;
}

/** In the main thread: adds up what the workers report. */
export interface MetricsCollector {
  /** A worker's port; it leaves by closing it. */
  attach(port: MessagePort): void;
  /** Asks every worker, then renders; a worker that does not answer within `patienceMs` is counted as of its last report. */
  scrape(format: MetricsFormat): Promise<string>;
}

export function collectMetrics(registry: MetricsRegistry, patienceMs = 200): MetricsCollector {
  const ports = new Map<MessagePort, Map<number, () => void>>();
  let asked = 0;
  return {
    attach(port) {
      const waiting = new Map<number, () => void>();
      ports.set(port, waiting);
      port.on("message", ({ delta, answers }: Report) => {
        if (delta) registry.absorb(delta);
        if (answers !== undefined) waiting.get(answers)?.();
      });
      port.on("close", () => {
        ports.delete(port);
        for (const done of waiting.values()) done();
      });
      port.unref();
    },
    async scrape(format) {
      const question: Question = { ask: (asked += 1) };
      await Promise.all(
        [...ports].map(async ([port, waiting]) => {
          const answered = new Promise<void>((resolve) => waiting.set(question.ask, resolve));
          port.postMessage(question);
          await inTime(answered, patienceMs);
          waiting.delete(question.ask);
        }),
      );
      return registry.render(format);
    },
  };
}

function inTime(answered: Promise<void>, patienceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, patienceMs);
  return Promise.race([answered, promise]).finally(() => clearTimeout(timer));
}
