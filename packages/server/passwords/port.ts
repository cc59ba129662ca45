import type { MessagePort } from "node:worker_threads";
import { type PasswordJob, PasswordPoolBusy, PasswordPoolClosed, type PasswordResult, Passwords, PasswordThreadLost } from "./passwords.ts";

interface Request {
  readonly id: number;
  readonly job: PasswordJob;
}
type Answer = { readonly id: number } & ({ readonly value: PasswordResult } | { readonly error: string });

/** Errors do not keep their class on the way through a port: they travel by name. */
const ERRORS: ReadonlyMap<string, new () => Error> = new Map<string, new () => Error>([
  ["PasswordPoolBusy", PasswordPoolBusy],
  ["PasswordPoolClosed", PasswordPoolClosed],
  ["PasswordThreadLost", PasswordThreadLost],
]);

/** Does what arrives through the port, for a {@link PasswordClient} at its other end in another thread of this process. */
export function servePasswords(port: MessagePort, passwords: Passwords): void {
  port.on("message", (request: Request) => void answer(port, request, passwords));
  port.unref(); // the pool keeps the process alive while it works
}

async function answer(port: MessagePort, { id, job }: Request, passwords: Passwords): Promise<void> {
  let answer: Answer;
  try {
    answer = { id, value: await passwords.run(job) };
  } catch (error) {
    answer = { id, error: error instanceof Error ? error.name : "Error" };
  }
  port.postMessage(answer, []);
}

/** The passwords of a thread that has no pool of its own: every HTTP worker talks to the one pool of its process. */
export class PasswordClient extends Passwords {
  readonly #port: MessagePort;
  readonly #pending = new Map<number, { readonly resolve: (result: PasswordResult) => void; readonly reject: (error: Error) => void }>();
  #lastId = 0;
  #isClosed = false;

  constructor(port: MessagePort) {
    super();
    this.#port = port;
    port.on("message", (answer: Answer) => {
      const pending = this.#pending.get(answer.id);
      this.#pending.delete(answer.id);
      if (this.#pending.size === 0) port.unref();
      if ("value" in answer) pending?.resolve(answer.value);
      else pending?.reject(new (ERRORS.get(answer.error) ?? PasswordThreadLost)());
    });
    port.on("close", () => {
      this.#isClosed = true;
      for (const { reject } of this.#pending.values()) reject(new PasswordPoolClosed());
      this.#pending.clear();
    });
    port.unref();
  }

  override run(job: PasswordJob): Promise<PasswordResult> {
    if (this.#isClosed) return Promise.reject(new PasswordPoolClosed());
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#port.postMessage({ id, job } satisfies Request, []); // throws on a job that cannot be copied
      this.#pending.set(id, { resolve, reject });
      this.#port.ref();
    });
  }

  /** Closes the port; the pool behind it goes on for others. */
  override async close(): Promise<void> {
    this.#port.close();
  }
}
