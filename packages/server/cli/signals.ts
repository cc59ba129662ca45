import { constants } from "node:os";

/** SIGINT or SIGTERM once: the returned signal is aborted, and the command ends in its own time. Twice: the process ends at once. */
export function takeSignals(process: NodeJS.Process): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(128 + constants.signals[name]);
      controller.abort();
    });
  }
  return controller.signal;
}
