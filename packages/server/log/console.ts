import type { AuditRecord, EpochMillis } from "@cambist/store/ports.ts";
import { createRequire } from "node:module";
import type { Logger as PinoLogger, pino as Pino } from "pino";
import type { LogLevel, LogLevels } from "../config/log-level.ts";
import { eventLine } from "../events/event-line.ts";
import { escapeControls } from "../events/safe-text.ts";
import { levelFilter, type LineLevel } from "./levels.ts";

/** Keycloak's category of event lines. */
export const EVENTS_CATEGORY = "org.keycloak.events";

export interface LoggerOptions {
  readonly levels: LogLevels;
  /** Lines for people, or one JSON object per line. */
  readonly output: "default" | "json";
  readonly now: () => EpochMillis;
  /** Takes one line without its line feed; must neither wait nor throw (`lineSink`). */
  readonly write: (line: string) => void;
  /** Stands in brackets after the category. */
  readonly thread?: string;
  /** Levels of event lines; Keycloak's when absent. */
  readonly eventLevels?: { readonly success: LogLevel; readonly error: LogLevel };
}

/** One line per call, whatever the message holds. No message may hold a token, a secret or a code. */
export interface Logger {
  /** For messages that cost something to build. */
  readonly isEnabled: (level: LogLevel, category: string) => boolean;
  readonly log: (level: LineLevel, category: string, message: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly debug: (category: string, message: string) => void;
  readonly info: (category: string, message: string) => void;
  readonly warn: (category: string, message: string, cause?: unknown) => void;
  readonly error: (category: string, message: string, cause?: unknown) => void;
  /** The line of an event: successes and errors have a level each. */
  readonly event: (record: AuditRecord) => void;
}

/**
 * The server's log. Text lines have the shape of Keycloak's console, `2025-02-28 23:10:15,414 WARN  [category] (thread) message`, in UTC; JSON
 * lines have the names of its JSON console (`timestamp`, `level`, `loggerName`, `threadName`, `message`), event lines a member `event` too.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { levels, output, thread = "main", eventLevels = { success: "debug", error: "warn" } } = options;
  const isEnabled = levelFilter(levels);
  const put = output === "json" ? jsonLines(options, thread) : textLines(options, thread);
  const log: Logger["log"] = (level, category, message, fields) => {
    if (isEnabled(level, category)) put(level, category, message, fields);
  };
  return {
    isEnabled,
    log,
    debug: (category, message) => log("debug", category, message),
    info: (category, message) => log("info", category, message),
    warn: (category, message, cause) => log("warn", category, withCause(message, cause)),
    error: (category, message, cause) => log("error", category, withCause(message, cause)),
    event(record) {
      const level = record.error === undefined ? eventLevels.success : eventLevels.error;
      if (!isEnabled(level, EVENTS_CATEGORY) || level === "off") return;
      const fields = output === "json" ? { event: eventFields(record) } : undefined;
      put(level === "all" ? "trace" : level, EVENTS_CATEGORY, eventLine(record), fields);
    },
  };
}

type Put = (level: LineLevel, category: string, message: string, fields?: Readonly<Record<string, unknown>>) => void;

function textLines({ now, write }: LoggerOptions, thread: string): Put {
  return (level, category, message) =>
    write(`${consoleTime(now())} ${level.toUpperCase().padEnd(5)} [${category}] (${thread}) ${escapeControls(message)}`);
}

function jsonLines({ now, write }: LoggerOptions, thread: string): Put {
  // Loaded when it is used: most servers write lines for people and do without its memory in every thread.
  const { pino } = createRequire(import.meta.url)("pino") as { readonly pino: typeof Pino };
  const lines: PinoLogger = pino(
    {
      level: "trace", // levels are decided before
      base: null,
      messageKey: "message",
      timestamp: () => `,"timestamp":"${new Date(now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
    },
    // What JSON leaves as it is, but what ends a line or moves a cursor elsewhere; it stands in strings only, where an escape means the same.
    { write: (line: string) => write(escapeControls(line.trimEnd())) },
  );
  return (level, category, message, fields) => lines[level]({ loggerName: category, threadName: thread, ...fields }, message);
}

/** `2025-02-28 23:10:15,414`, UTC. */
export function consoleTime(time: EpochMillis): string {
  return new Date(time).toISOString().replace("T", " ").replace(".", ",").slice(0, 23);
}

function eventFields({ id, time: _time, facts: _facts, shown: _shown, issued: _issued, ...rest }: AuditRecord): Record<string, unknown> {
  return { decision: id, ...rest };
}

/** A message with the error behind it, its stack on the same line. */
function withCause(message: string, cause: unknown): string {
  if (cause === undefined) return message;
  if (!(cause instanceof Error)) return `${message}: ${typeof cause === "string" ? cause : typeof cause}`;
  const stack = (cause.stack ?? cause.message).replace(/\n\s*at /g, " | at ");
  return cause.cause === undefined ? `${message}: ${stack}` : withCause(`${message}: ${stack} | caused by`, cause.cause);
}
