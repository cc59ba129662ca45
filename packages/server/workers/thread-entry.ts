import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { workerData } from "node:worker_threads";

// The same cache as the command line's: a thread starts in half the time when its modules are compiled already.
enableCompileCache(join(import.meta.dirname, "..", "..", "..", "node_modules", ".cache", "cambist"));

const ROLES = {
  writer: () => import("./writer-thread.ts"),
  http: () => import("./http-thread.ts"),
  check: () => import("./check-thread.ts"),
} as const;

await ROLES[(workerData as { readonly role: keyof typeof ROLES }).role]();
