import { parentPort } from "node:worker_threads";
import { doPasswordJob, type PasswordJob } from "./passwords.ts";
import type { ThreadAnswer } from "./pool.ts";

/** Entry of a thread of {@link PasswordPool}: one job at a time, in order. */
parentPort?.on("message", (job: PasswordJob) => {
  parentPort?.postMessage(answer(job), []);
});

function answer(job: PasswordJob): ThreadAnswer {
  try {
    return { value: doPasswordJob(job) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : "A password could not be hashed" };
  }
}
