import { expect, test } from "vitest";
import { startThread } from "./server-thread.ts";

const thread = (source: string) =>
  startThread<string, { readonly say: string }>(new URL(`data:text/javascript,${source}`), "test", undefined, []);
const anything = (_message: { readonly say: string }): _message is { readonly say: string } => true;

test("a thread that fails while somebody waits rejects", async () => {
  await expect(thread("throw new Error('no module')").next(anything)).rejects.toThrow("no module");
});

test("a thread that failed before anybody waited rejects at once: a start would hang without a word", async () => {
  const failed = thread("throw new Error('no module')");
  await failed.ended;
  await expect(failed.next(anything)).rejects.toThrow("no module");
});

test("so does one that ended by itself", async () => {
  const ended = thread("0");
  await ended.ended;
  await expect(ended.next(anything)).rejects.toThrow("The thread test ended");
});
