import { Worker } from "node:worker_threads";
import { type PasswordJob, PasswordPoolBusy, PasswordPoolClosed, type PasswordResult, Passwords, PasswordThreadLost } from "./passwords.ts";

/** How much of the machine passwords may take. */
export interface PasswordPoolOptions {
  /** Threads; each is started when it is first needed. */
  readonly size?: number;
  /** Jobs that may wait; one more is refused. */
  readonly queueLimit?: number;
  /** A thread that had nothing to do for so long ends. */
  readonly idleMs?: number;
}

/** A thread holds some 10 MB; the next password after a pause waits 50 ms longer for a new one. */
const IDLE_MS = 30_000;

/** What a thread answers; an error is our bug or a lack of memory, and only its message crosses. */
export type ThreadAnswer = { readonly value: PasswordResult } | { readonly error: string };

interface PendingJob {
  readonly job: PasswordJob;
  readonly resolve: (result: PasswordResult) => void;
  readonly reject: (error: Error) => void;
}

interface PoolThread {
  readonly worker: Worker;
  /** Undefined while the thread has nothing to do. */
  pending: PendingJob | undefined;
  /** Ends the thread unless work comes first. */
  retirement: NodeJS.Timeout | undefined;
}

/**
 * The password hashes of one process, in threads of their own: neither the event loops nor libuv's pool wait for them, and a
 * flood of logins fills a bounded queue instead of the machine (SEC-JOSE-32). Idle threads do not keep the process alive.
 */
export class PasswordPool extends Passwords {
  readonly #size: number;
  readonly #queueLimit: number;
  readonly #idleMs: number;
  readonly #threads = new Set<PoolThread>();
  readonly #waiting: PendingJob[] = [];
  #isClosed = false;

  constructor({ size = 1, queueLimit = 256, idleMs = IDLE_MS }: PasswordPoolOptions = {}) {
    super();
    this.#idleMs = idleMs;
    this.#size = size;
    this.#queueLimit = queueLimit;
  }

  /** Threads that are there, busy or not. */
  get threads(): number {
    return this.#threads.size;
  }

  /** Jobs that wait for a thread, for the metrics. */
  get waiting(): number {
    return this.#waiting.length;
  }

  override run(job: PasswordJob): Promise<PasswordResult> {
    if (this.#isClosed) return Promise.reject(new PasswordPoolClosed());
    return new Promise((resolve, reject) => {
      const pending: PendingJob = { job, resolve, reject };
      const thread = this.#freeThread();
      if (thread) assign(thread, pending);
      else if (this.#waiting.length < this.#queueLimit) this.#waiting.push(pending);
      else reject(new PasswordPoolBusy());
    });
  }

  #freeThread(): PoolThread | undefined {
    for (const thread of this.#threads) if (!thread.pending) return thread;
    return this.#threads.size < this.#size ? this.#startThread() : undefined;
  }

  #startThread(): PoolThread {
    // The thread sees neither the environment nor the flags of this process: it needs none of them.
    const worker = new Worker(new URL("./pool-thread.ts", import.meta.url), { name: "passwords", env: {}, execArgv: [] });
    const thread: PoolThread = { worker, pending: undefined, retirement: undefined };
    this.#threads.add(thread);
    worker.on("message", (answer: ThreadAnswer) => {
      const done = thread.pending;
      thread.pending = undefined;
      this.#feed(thread);
      if (!thread.pending) this.#rest(thread);
      if ("value" in answer) done?.resolve(answer.value);
      else done?.reject(new Error(answer.error));
    });
    worker.on("error", (cause) => this.#dropThread(thread, new PasswordThreadLost({ cause })));
    worker.on("exit", () => this.#dropThread(thread, new PasswordThreadLost()));
    return thread;
  }

  #rest(thread: PoolThread): void {
    thread.worker.unref();
    thread.retirement = setTimeout(() => {
      if (this.#threads.delete(thread)) void thread.worker.terminate();
    }, this.#idleMs).unref();
  }

  #dropThread(thread: PoolThread, error: Error): void {
    if (!this.#threads.delete(thread)) return;
    thread.pending?.reject(error);
    if (!this.#isClosed && this.#waiting.length > 0) this.#feed(this.#startThread());
  }

  /** Gives a free thread the next job that can be sent. */
  #feed(thread: PoolThread): void {
    while (!thread.pending) {
      const next = this.#waiting.shift();
      if (!next) return;
      assign(thread, next);
    }
  }

  override async close(): Promise<void> {
    this.#isClosed = true;
    for (const pending of this.#waiting.splice(0)) pending.reject(new PasswordPoolClosed());
    const threads = [...this.#threads];
    this.#threads.clear();
    for (const thread of threads) thread.pending?.reject(new PasswordPoolClosed());
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }
}

function assign(thread: PoolThread, pending: PendingJob): void {
  try {
    thread.worker.postMessage(pending.job, []);
  } catch (error) {
    pending.reject(error as Error); // a job that cannot be copied: our bug, and the thread stays free
    return;
  }
  thread.pending = pending;
  clearTimeout(thread.retirement);
  thread.worker.ref();
}
