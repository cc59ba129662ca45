import type { MessagePort } from "node:worker_threads";
import type { ServerConfig } from "../config/server-config.ts";
import type { MetricsDelta } from "../metrics/delta.ts";

/** What the writer tells all threads without a message. */
export interface SharedMemory {
  /** @see ChangeCounter */
  readonly counter: SharedArrayBuffer;
  /** @see StateStamps */
  readonly stamps: SharedArrayBuffer;
}

/** What a thread of the server starts with; plain data, ports and shared memory. */
export interface HttpThreadData extends SharedMemory {
  readonly role: "http";
  readonly name: string;
  readonly config: ServerConfig;
  readonly writer: MessagePort;
  readonly passwords: MessagePort;
  /** The 32 bytes that open stored secrets. */
  readonly secretKey: Uint8Array;
}
export interface WriterThreadData extends SharedMemory {
  readonly role: "writer";
  readonly config: ServerConfig;
  readonly secretKey: Uint8Array;
  /** One per HTTP worker, and one for the main thread. */
  readonly ports: readonly MessagePort[];
}
/** Of the thread that looks through the database after a crash. */
export interface CheckThreadData {
  readonly role: "check";
  readonly dataDirectory: string;
}

export type ToThread =
  | { readonly do: "listen"; readonly httpPort: number | undefined; readonly httpsPort: number | undefined; readonly reusePort: boolean }
  /** Post the metrics gathered so far, and this id when done. */
  | { readonly do: "report"; readonly id: number }
  | { readonly do: "stop" };

export type ToMain =
  | { readonly say: "listening" }
  | { readonly say: "metrics"; readonly delta: MetricsDelta | undefined; readonly id: number }
  | { readonly say: "stopped" }
  | { readonly say: "failed"; readonly message: string; readonly exitCode?: number | undefined };

/** From the writer thread. */
export type FromWriter =
  | { readonly say: "ready"; readonly lacksAdministrator: boolean; readonly wasLeftOpen: boolean }
  | { readonly say: "log"; readonly level: "info" | "warn" | "error"; readonly message: string }
  | { readonly say: "usage"; readonly auditBytes: number }
  | { readonly say: "stopped" }
  | { readonly say: "failed"; readonly message: string; readonly exitCode?: number | undefined };

/** From the thread that looks through the database; `damage` is empty when it is whole. */
export type FromCheck =
  | { readonly say: "checked"; readonly damage: readonly string[] }
  | { readonly say: "failed"; readonly message: string; readonly exitCode?: number | undefined };
