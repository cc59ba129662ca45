import { expect, test } from "vitest";
import { RecentMap } from "./recent-map.ts";

test("it remembers what was asked for lately and forgets the rest", () => {
  const map = new RecentMap<number>(4);
  for (let key = 0; key < 100; key += 1) {
    map.set(String(key), key);
    map.get("0");
  }
  expect(map.get("0")).toBe(0);
  expect(map.get("99")).toBe(99);
  expect(map.get("50")).toBeUndefined();
});

test("SEC-DOS-04 of a million keys it keeps no more than it may", () => {
  const map = new RecentMap<number>(1000);
  for (let key = 0; key < 1_000_000; key += 1) map.set(`key-${key}`, key);
  let kept = 0;
  for (let key = 0; key < 1_000_000; key += 1) if (map.get(`key-${key}`) !== undefined) kept += 1;
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThanOrEqual(1000);
});

test("a value that is set again is the new one, wherever the old one was", () => {
  const map = new RecentMap<number>(4);
  map.set("a", 1);
  map.set("b", 1);
  map.set("c", 1); // "a" is of the older generation now
  map.set("a", 2);
  expect(map.get("a")).toBe(2);
});

test("a key that was cut out of a long text does not keep the text", () => {
  const map = new RecentMap<number>(2000);
  const before = process.memoryUsage().heapUsed;
  for (let key = 0; key < 1000; key += 1) map.set(`${"x".repeat(100_000)}${key} is a key of its own`.slice(99_990), key);
  expect(map.get(`${"x".repeat(10)}999 is a key of its own`)).toBe(999);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(50_000_000);
});
