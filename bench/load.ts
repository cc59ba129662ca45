import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { LoadOrder, LoadResult } from "./load-process.ts";
import type { Server } from "./server.ts";

/** A server, and the bytes of the requests it gets. */
export interface Addressed {
  readonly server: Pick<Server, "base">;
  readonly requests: readonly string[];
}

export function orderTo({ server, requests }: Addressed, connections: number, seconds: number): LoadOrder {
  const { hostname, port } = new URL(server.base);
  return { host: hostname, port: Number(port), requests, connections, seconds };
}

/** A load generator in a process of its own; it takes one order after the other. */
export class Load implements Disposable {
  readonly #process: ChildProcess = fork(new URL("load-process.ts", import.meta.url), { stdio: "inherit" });

  /** @throws {Error} a connection broke, or an answer was not 200: what is measured then is something else */
  async run(order: LoadOrder): Promise<LoadResult> {
    this.#process.send(order);
    const [result] = (await once(this.#process, "message")) as [LoadResult | { readonly failed: string }];
    if ("failed" in result) throw new Error(`the load broke off: ${result.failed}`);
    if (result.refused > 0) throw new Error(`${result.refused} of ${result.answered} were refused, the first with\n${result.firstRefusal}`);
    return result;
  }

  [Symbol.dispose](): void {
    this.#process.disconnect();
  }
}
