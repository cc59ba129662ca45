import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import type { OpenMetricsContentType, Registry } from "prom-client";
import { registerSeries } from "./series.ts";

/** The process itself, under the names of Prometheus' clients and, where they differ, of Keycloak's. Read at each scrape; nothing runs between. */
export function registerProcessMetrics(registry: Registry<OpenMetricsContentType>): void {
  const gauge = (name: string, help: string, read: () => number | undefined): void =>
    registerSeries(registry, name, help, "gauge", () => {
      const value = read();
      return value === undefined ? [] : [{ value }];
    });
  registerSeries(registry, "process_cpu_seconds", "Processor time used, user and system, in seconds", "counter", () => [
    { value: cpuSeconds() },
  ]);
  gauge("process_cpu_usage", "Share of the processors used since the last scrape, 0 to 1", cpuUsageMeter());
  gauge("process_resident_memory_bytes", "Resident memory", () => process.memoryUsage.rss());
  gauge("process_start_time_seconds", "Start of the process, seconds since 1970", () => performance.timeOrigin / 1000);
  gauge("process_uptime_seconds", "Seconds since the start of the process", () => process.uptime());
  for (const name of ["process_open_fds", "process_files_open_files"]) gauge(name, "Open file descriptors", openFiles);
  for (const name of ["process_max_fds", "process_files_max_files"]) gauge(name, "Most file descriptors the process may open", maxFiles);
  gauge("system_cpu_count", "Processors available to the process", availableParallelism);
  gauge("system_load_average_1m", "Load of the machine over the last minute", () => loadavg()[0]);
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function cpuUsageMeter(): () => number {
  let last = { at: process.uptime(), used: cpuSeconds() };
  return () => {
    const now = { at: process.uptime(), used: cpuSeconds() };
    const share = (now.used - last.used) / Math.max(now.at - last.at, 1e-3) / availableParallelism();
    last = now;
    return Math.min(Math.max(share, 0), 1);
  };
}

function openFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length - 1; // without the one that lists
  } catch {
    return undefined; // no /proc on this system
  }
}

function maxFiles(): number | undefined {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
