import { workerData } from "node:worker_threads";

const ROLES = {
  writer: () => import("./writer-thread.ts"),
  http: () => import("./http-thread.ts"),
  check: () => import("./check-thread.ts"),
} as const;

await ROLES[(workerData as { readonly role: keyof typeof ROLES }).role]();
