import type { Metric, OpenMetricsContentType, Registry } from "prom-client";

export interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string | number>>;
  readonly metricName?: string;
}

/** A metric whose samples exist elsewhere and are read when it is rendered. Counters are named without their `_total`. */
export function registerSeries(
  registry: Registry<OpenMetricsContentType>,
  name: string,
  help: string,
  type: "counter" | "gauge" | "histogram" | "summary",
  samples: () => readonly Sample[] | Promise<readonly Sample[]>,
): void {
  const metric = { name, help, type, get: async () => ({ name, help, type, aggregator: "sum", values: await samples() }) };
  // The registry asks a metric for its name and `get()` only; its own aggregation over processes registers objects of this very shape.
  registry.registerMetric(metric as unknown as Metric);
}
