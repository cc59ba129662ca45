import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createMetricsRegistry } from "../metrics/registry.ts";
import { healthAnswer, type HealthProbes } from "./health.ts";
import { type ManagementOptions, type ManagementServer, startManagement } from "./server.ts";

let server: ManagementServer | undefined;
afterEach(() => server?.close());

async function start(options: Partial<ManagementOptions> = {}): Promise<string> {
  const registry = createMetricsRegistry({ version: "0.1.0", tags: ["realm"] });
  server = await startManagement({
    host: "127.0.0.1",
    port: 0,
    metrics: registry.render,
    health: { ready: () => true, started: () => true },
    ...options,
  });
  return `http://127.0.0.1:${server.port}`;
}

const WITH_CHECK = (status: string): string => `{
    "status": "${status}",
    "checks": [
        {
            "name": "Keycloak database connections async health check",
            "status": "${status}"
        }
    ]
}`;
const WITHOUT_CHECK = (status: string): string => `{
    "status": "${status}",
    "checks": [
    ]
}`;

test.each([
  ["/health", WITH_CHECK("UP")],
  ["/health/ready", WITH_CHECK("UP")],
  ["/health/live", WITHOUT_CHECK("UP")],
  ["/health/started", WITHOUT_CHECK("UP")],
  ["/health/ready/?x=1", WITH_CHECK("UP")],
])("%s answers as Keycloak 26.1.3 does", async (path, body) => {
  const answer = await fetch(`${await start()}${path}`);
  expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([200, "application/json; charset=UTF-8", body]);
});

test("below a relative path probes find what they find at the root", async () => {
  const base = await start({ relativePath: "/auth" });
  for (const path of ["/auth/health/live", "/health/live", "/auth/metrics"]) expect((await fetch(`${base}${path}`)).status).toBe(200);
  expect((await fetch(`${base}/authhealth`)).status).toBe(404);
});

const FAILING: [string, HealthProbes][] = [
  ["is not ready", { ready: () => false, started: () => true }],
  ["cannot say", { ready: () => Promise.reject(new Error("database is locked")), started: () => true }],
  [
    "throws",
    {
      ready: () => {
        throw new Error("database is gone");
      },
      started: () => true,
    },
  ],
];
test.each(FAILING)("a database that %s is 503, and the process alive", async (_title, health) => {
  const base = await start({ health });
  for (const path of ["/health", "/health/ready"]) {
    const answer = await fetch(base + path);
    expect([answer.status, await answer.text()]).toEqual([503, WITH_CHECK("DOWN")]);
  }
  expect((await fetch(`${base}/health/live`)).status).toBe(200);
  expect((await fetch(`${base}/health/started`)).status).toBe(200);
});

test("a probe that does not answer in time means no", async () => {
  const probes = { ready: () => new Promise<boolean>(() => {}), started: () => true };
  expect(await healthAnswer("/health/ready", probes, 1)).toEqual({ up: false, body: WITH_CHECK("DOWN") });
});

test("a server that is still starting is neither started nor ready", async () => {
  const base = await start({ health: { ready: () => true, started: () => false } });
  const started = await fetch(`${base}/health/started`);
  expect([started.status, await started.text()]).toEqual([503, WITHOUT_CHECK("DOWN")]);
  expect((await fetch(`${base}/health/ready`)).status).toBe(503);
});

test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])("health answers %s too", async (method) => {
  expect((await fetch(`${await start()}/health`, { method })).status).toBe(200);
});

test("HEAD has the length and no body", async () => {
  const answer = await fetch(`${await start()}/health`, { method: "HEAD" });
  expect([answer.status, Number(answer.headers.get("content-length")) > 0, await answer.text()]).toEqual([200, true, ""]);
});

test.each(["/health/nope", "/", "/nope", "/metrics/x", "//metrics"])("%s is Keycloak's 404", async (path) => {
  const answer = await fetch((await start()) + path);
  expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([
    404,
    "text/html; charset=utf-8",
    "<html><body><h1>Resource not found</h1></body></html>",
  ]);
});

test.each([
  ["metrics", { metrics: undefined } as never, "/metrics"],
  ["health", { health: undefined } as never, "/health"],
])("%s that is off is 404", async (_title, options: Partial<ManagementOptions>, path) => {
  expect((await fetch((await start(options)) + path)).status).toBe(404);
});

test("metrics are OpenMetrics unless plain text is asked for, and 406 for anything else", async () => {
  const base = await start();
  const open = await fetch(`${base}/metrics`, { headers: { accept: "*/*" } });
  expect(open.headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
  expect(await open.text()).toMatch(/# EOF\n$/);

  const plain = await fetch(`${base}/metrics`, { headers: { accept: "text/plain" } });
  expect(plain.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(await plain.text()).toContain("# TYPE keycloak_user_events_total counter\n");

  expect((await fetch(`${base}/metrics`, { headers: { accept: "application/json" } })).status).toBe(406);
});

test("metrics that cannot be gathered are 500 without a reason on the wire", async () => {
  const errors: unknown[] = [];
  const base = await start({ metrics: () => Promise.reject(new Error("inner detail")), onError: (error) => errors.push(error) });
  const answer = await fetch(`${base}/metrics`);
  expect([answer.status, await answer.text()]).toEqual([500, "Internal Server Error\n"]);
  expect(errors).toEqual([new Error("inner detail")]);
});

test("a port that is taken is an error", async () => {
  await start();
  await expect(startManagement({ host: "127.0.0.1", port: server?.port ?? 0 })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("a body that does not end is cut off, headers that are too long are refused", async () => {
  const base = await start();
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  socket.write("POST /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
  for (let sent = 0; sent < 8; sent += 1) socket.write(chunk);
  socket.resume();
  await new Promise((resolve) => socket.once("close", resolve));

  expect((await fetch(`${base}/health`, { headers: { x: "x".repeat(20_000) } })).status).toBe(431);
});

test("closing ends connections that are kept alive", async () => {
  const base = await start();
  await (await fetch(`${base}/health`)).text();
  await server?.close();
  await expect(fetch(`${base}/health`)).rejects.toThrow("fetch failed");
});
