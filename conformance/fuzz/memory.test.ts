import { expect, test } from "vitest";
import { memoryTrend } from "./memory.ts";

const MB = 1_048_576;
/** A heap that goes up by 60 MB and is collected, over 100 samples, on top of what the run leaves behind. */
const run = (left: (part: number) => number, samples = 100): readonly number[] =>
  Array.from({ length: samples }, (_, index) => (200 + ((index * 7) % 60) + left(index / samples)) * MB);

test.each([
  ["goes up and down", () => 0, false],
  ["grows while it warms up, and no more", (part: number) => Math.min(part, 0.25) * 400, false],
  ["leaves 200 bytes behind for each of 200,000 requests", (part: number) => part * 38, true],
  ["jumps in the middle and stays there", (part: number) => (part > 0.6 ? 30 : 0), true],
  ["shrinks", (part: number) => -part * 100, false],
] as const)("a memory that %s", (_title, left, grows) => expect(memoryTrend(run(left)).grows).toBe(grows));

test("a short run says nothing", () => expect(memoryTrend(run((part) => part * 1000, 20)).grows).toBeUndefined());
