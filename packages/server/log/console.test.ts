import { expect, test } from "vitest";
import { parseLogLevels } from "../config/log-level.ts";
import { refusalRecord, successRecord, type Happening } from "../events/record.ts";
import { createLogger, type LoggerOptions } from "./console.ts";

const TIME = Date.parse("2025-02-28T23:10:15.414Z");

function logger(change: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const log = createLogger({
    levels: parseLogLevels("INFO"),
    output: "default",
    now: () => TIME,
    write: (line) => lines.push(line),
    thread: "worker-3",
    ...change,
  });
  return { log, lines };
}

const happening: Happening = {
  id: "decision-1",
  time: TIME,
  realm: { id: "realm-1", name: "apixion", dialect: "keycloak", events: { enabled: false, types: new Set(), expiration: 0 } },
  type: "TOKEN_EXCHANGE",
  clientId: "frontend",
  ipAddress: "172.18.0.1",
  details: { auth_method: "token_exchange", audience: "backend" },
};
const refused = refusalRecord(happening, "exchange_not_permitted");
const allowed = successRecord(happening, ["jti-1"]);

const REFUSED_MESSAGE =
  'type="TOKEN_EXCHANGE_ERROR", realmId="realm-1", realmName="apixion", clientId="frontend", userId="null", ipAddress="172.18.0.1", ' +
  'error="not_allowed", reason="client not allowed to exchange to audience", auth_method="token_exchange", audience="backend"';

test("SEC-LOG-09 a text line begins as Keycloak's console does, in UTC with milliseconds", () => {
  const { log, lines } = logger();
  log.event(refused);
  log.info("cambist", "ready");
  expect(lines).toEqual([
    `2025-02-28 23:10:15,414 WARN  [org.keycloak.events] (worker-3) ${REFUSED_MESSAGE}`,
    "2025-02-28 23:10:15,414 INFO  [cambist] (worker-3) ready",
  ]);
});

test("lines of successful events need the level debug of their category", () => {
  const quiet = logger();
  quiet.log.event(allowed);
  expect(quiet.lines).toEqual([]);

  const talkative = logger({ levels: parseLogLevels("INFO,org.keycloak.events:debug") });
  talkative.log.event(allowed);
  talkative.log.debug("cambist", "not this one");
  expect(talkative.lines).toHaveLength(1);
  expect(talkative.lines[0]).toMatch(/^\S+ \S+ DEBUG \[org\.keycloak\.events\] \(worker-3\) type="TOKEN_EXCHANGE", /);
});

test("the level of event lines can be chosen, or switched off", () => {
  const { log, lines } = logger({ eventLevels: { success: "info", error: "off" } });
  log.event(allowed);
  log.event(refused);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("INFO  [org.keycloak.events]");
});

test.each(["off", "fatal"] as const)("nothing below the level %s is written", (level) => {
  const { log, lines } = logger({ levels: parseLogLevels(level) });
  log.error("cambist", "no");
  log.event(refused);
  expect(lines).toEqual([]);
});

test("a JSON line has the names of Keycloak's, and the event in parts", () => {
  const { log, lines } = logger({ output: "json" });
  log.event(refused);
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    {
      level: "WARN",
      timestamp: "2025-02-28T23:10:15.414Z",
      loggerName: "org.keycloak.events",
      threadName: "worker-3",
      event: {
        decision: "decision-1",
        type: "TOKEN_EXCHANGE_ERROR",
        realmId: "realm-1",
        realmName: "apixion",
        clientId: "frontend",
        ipAddress: "172.18.0.1",
        error: "not_allowed",
        details: refused.details,
      },
      message: REFUSED_MESSAGE,
    },
  ]);
});

const NASTY = 'line\none\r\u0000\u001b[31m\u2028\u2029\u0085 "quoted" \\ ü \u{1f600}';

test.each(["default", "json"] as const)("SEC-LOG-01 a message of any kind stays one line (%s)", (output) => {
  const { log, lines } = logger({ output });
  log.warn("cambist", NASTY);
  expect(lines).toHaveLength(1);
  // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
  expect(lines[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
});

test("SEC-LOG-01 a JSON line gives the message back as it was", () => {
  const { log, lines } = logger({ output: "json" });
  log.warn("cambist", NASTY);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ message: NASTY });
});

test("an error comes with its stack and its cause on one line", () => {
  const { log, lines } = logger();
  log.error("cambist", "request failed", new Error("outer", { cause: new TypeError("inner") }));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/ERROR \[cambist\] \(worker-3\) request failed: Error: outer \| at .*caused by: TypeError: inner \| at /);
});
