import { parentPort, workerData } from "node:worker_threads";
import { findDamage } from "@cambist/store/integrity.ts";
import type { CheckThreadData, FromCheck } from "./thread-protocol.ts";

/** Reads through a database that nobody closed, while the server is at work on it, and ends. */
const { dataDirectory } = workerData as CheckThreadData;
parentPort?.postMessage({ say: "checked", damage: findDamage(dataDirectory) } satisfies FromCheck);
