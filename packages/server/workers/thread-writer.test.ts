import { MessageChannel } from "node:worker_threads";
import { expect, test } from "vitest";
import { StorageConflict } from "@cambist/store/admin-ports.ts";
import { StorageUnavailable } from "@cambist/store/ports.ts";
import { ThreadWriter } from "./thread-writer.ts";
import type { WriteAnswer, WriteRequest } from "./writer-protocol.ts";

type Fate =
  | { readonly outcome: { readonly ok: true } }
  | { readonly error: "unavailable" | "conflict" | "failed"; readonly message: string };

/** A writer thread that gives each unit its fate, all of them in one answer. */
function writerThat(...fates: readonly Fate[]): ThreadWriter {
  const { port1, port2 } = new MessageChannel();
  const answers: WriteAnswer[] = [];
  port2.on("message", ({ id }: WriteRequest) => {
    const fate = fates[answers.length];
    if (fate) answers.push({ id, ...fate });
    if (answers.length === fates.length) port2.postMessage(answers);
  });
  return new ThreadWriter(port1);
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

test("what is under way when the writer goes is unavailable", async () => {
  const writer = writerThat({ outcome: { ok: true } }, { outcome: { ok: true } });
  const writing = writer.write({});
  writer.close();
  await expect(writing).rejects.toThrow(StorageUnavailable);
});
