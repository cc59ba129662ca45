import { MessageChannel } from "node:worker_threads";
import { expect, test } from "vitest";
import { StorageConflict } from "@cambist/store/admin-ports.ts";
import { StorageUnavailable, type WriteUnit } from "@cambist/store/ports.ts";
import { ThreadWriter } from "./thread-writer.ts";
import type { NotStored, WriteAnswers, WriteRequest } from "./writer-protocol.ts";

type Fate =
  | { readonly outcome: { readonly ok: true } }
  | { readonly error: "unavailable" | "conflict" | "failed"; readonly message: string };

/** A writer thread that gives each unit its fate, and notes how many came together. */
function writerThat(...fates: readonly Fate[]): ThreadWriter & { readonly batches: readonly number[] } {
  const { port1, port2 } = new MessageChannel();
  const batches: number[] = [];
  const left = [...fates];
  port2.on("message", (requests: readonly WriteRequest[]) => {
    batches.push(requests.length);
    const answers: WriteAnswers & { stored: number[]; others: NotStored[] } = { stored: [], others: [] };
    for (const { id } of requests) {
      const fate = left.shift();
      if (!fate) return;
      if ("outcome" in fate) answers.stored.push(id);
      else answers.others.push({ id, ...fate });
    }
    port2.postMessage(answers);
  });
  return Object.assign(new ThreadWriter(port1), { batches });
}

test.each([
  ["conflict", StorageConflict],
  ["unavailable", StorageUnavailable],
  ["failed", Error],
] as const)("the class of an error survives the way between threads: %s", async (kind, type) => {
  const writer = writerThat({ error: kind, message: "why" });
  const failure: unknown = await writer.write({}).catch((caught: unknown) => caught);
  expect(failure).toBeInstanceOf(type);
  expect((failure as Error).constructor).toBe(type);
  expect((failure as Error).message).toBe("why");
  writer.close();
});

test("each unit of an answer has its own fate", async () => {
  const writer = writerThat({ outcome: { ok: true } }, { error: "conflict", message: "taken" }, { outcome: { ok: true } });
  const settled = await Promise.allSettled([writer.write({}), writer.write({}), writer.write({})]);
  expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  writer.close();
});

test("the first unit leaves at once; those that come while it is under way leave together", async () => {
  const writer = writerThat(...Array.from({ length: 5 }, () => ({ outcome: { ok: true } }) as const));
  await Promise.all(Array.from({ length: 4 }, () => writer.write({})));
  await writer.write({});
  expect(writer.batches).toEqual([1, 3, 1]);
  writer.close();
});

test("many do not wait for those under way", async () => {
  const writer = writerThat(...Array.from({ length: 40 }, () => ({ outcome: { ok: true } }) as const));
  await Promise.all(Array.from({ length: 40 }, () => writer.write({})));
  expect(writer.batches).toEqual([1, 16, 16, 7]);
  writer.close();
});

test("a unit that cannot be copied takes no later one with it", async () => {
  const writer = writerThat({ outcome: { ok: true } });
  const uncopyable = { commands: [() => undefined] } as unknown as WriteUnit;
  await expect(writer.write(uncopyable)).rejects.toThrow("could not be cloned");
  expect(await writer.write({})).toEqual({ ok: true });
  writer.close();
});

test("what is under way when the writer goes is unavailable", async () => {
  const writer = writerThat();
  const writing = writer.write({});
  writer.close();
  await expect(writing).rejects.toThrow(StorageUnavailable);
});
