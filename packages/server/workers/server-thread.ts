import { setFlagsFromString } from "node:v8";
import { type MessagePort, Worker } from "node:worker_threads";

/** A thread of the server, seen from the main one. */
export interface ServerThread<In, Out> {
  post(message: In): void;
  on(listener: (message: Out) => void): void;
  /** Resolves with the first message that `accept` takes; rejects when the thread fails or ends first, or has done so. */
  next<Wanted extends Out>(accept: (message: Out) => message is Wanted): Promise<Wanted>;
  readonly ended: Promise<void>;
}

/** A thread that could not do its work; `exitCode` is for the process. */
export class ThreadFailure extends Error {
  override readonly name = "ThreadFailure";
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Requests leave short-lived garbage only: a larger young generation costs memory in every thread and saves next to nothing. */
const REQUESTS_YOUNG_MB = 16;
/** The writer's garbage is what the workers send it: of 16 MB it would keep 14 and spend as much time on them. */
export const WRITER_YOUNG_MB = 4;

/** The command line bounds the main thread by a flag, which would overrule what each thread is given here. Its own heap is there already. */
setFlagsFromString("--max-semi-space-size=0");

type Failed = { readonly say: "failed"; readonly message: string; readonly exitCode?: number | undefined };

export function startThread<In, Out extends { readonly say: string } | Failed>(
  url: URL,
  name: string,
  data: unknown,
  transfer: readonly MessagePort[],
  maxYoungGenerationSizeMb: number = REQUESTS_YOUNG_MB,
): ServerThread<In, Out> {
  const worker = new Worker(url, {
    name,
    workerData: data,
    transferList: [...transfer],
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb },
  });
  const listeners = new Set<(message: Out) => void>();
  const waiters = new Set<(error: Error) => void>();
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    for (const reject of waiters) reject(error);
    waiters.clear();
  };
  worker.on("message", (message: Out) => {
    if (message.say === "failed") {
      const { message: text, exitCode } = message as Failed;
      fail(new ThreadFailure(text, exitCode));
    }
    for (const listener of listeners) listener(message);
  });
  worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
  const ended = new Promise<void>((resolve) => {
    worker.on("exit", () => {
      fail(new ThreadFailure(`The thread ${name} ended`));
      resolve();
    });
  });
  return {
    post: (message) => worker.postMessage(message),
    on: (listener) => void listeners.add(listener),
    next: (accept) =>
      new Promise((resolve, reject) => {
        // A thread may fail before anybody asks: whoever asks then would wait for ever.
        if (failure) {
          reject(failure);
          return;
        }
        waiters.add(reject);
        const listener = (message: Out): void => {
          if (!accept(message)) return;
          listeners.delete(listener);
          waiters.delete(reject);
          resolve(message);
        };
        listeners.add(listener);
      }),
    ended,
  };
}
