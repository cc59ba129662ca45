import { expect, test } from "vitest";
import type { BruteForceSettings } from "../model.ts";
import { afterFailure, isLocked, type LoginFailures } from "./login-failures.ts";

const settings: BruteForceSettings = {
  enabled: true,
  permanentLockout: false,
  maxTemporaryLockouts: 0,
  strategy: "MULTIPLE",
  maxFailureWaitSeconds: 900,
  minimumQuickLoginWaitSeconds: 60,
  waitIncrementSeconds: 60,
  quickLoginCheckMilliSeconds: 1000,
  maxDeltaTimeSeconds: 43_200,
  failureFactor: 3,
};
const START = 1_800_000_000_000;

/** So many failures, `gapMs` apart; the state after the last one. */
function fail(
  times: number,
  change: Partial<BruteForceSettings> = {},
  gapMs = 5000,
): { failures: LoginFailures; disable: boolean; now: number } {
  let outcome: { failures: LoginFailures; disable: boolean } | undefined;
  let now = START;
  for (let count = 0; count < times; count++) {
    now = START + count * gapMs;
    outcome = afterFailure({ ...settings, ...change }, outcome?.failures, now, "127.0.0.1");
  }
  if (!outcome) throw new Error("no failure");
  return { ...outcome, now };
}

test("fewer failures than the factor do not lock", () => {
  const { failures, now } = fail(2);
  expect(isLocked(failures, now / 1000)).toBe(false);
});

test("the factor's failure locks for one increment, to the second", () => {
  const { failures, now } = fail(3);
  expect(isLocked(failures, now / 1000 + 59)).toBe(true);
  expect(isLocked(failures, now / 1000 + 60)).toBe(false);
});

test("MULTIPLE waits longer at each full factor", () => {
  expect(fail(6).failures.failedLoginNotBefore - Math.floor(fail(6).now / 1000)).toBe(120);
});

test("LINEAR waits longer with each failure beyond the factor", () => {
  const { failures, now } = fail(5, { strategy: "LINEAR" });
  expect(failures.failedLoginNotBefore - now / 1000).toBe(180);
});

test("no wait is longer than the maximum", () => {
  const { failures, now } = fail(90, { maxFailureWaitSeconds: 100 });
  expect(failures.failedLoginNotBefore - now / 1000).toBe(100);
});

test("two failures in quick succession cost the minimum wait", () => {
  const { failures, now } = fail(2, {}, 500);
  expect(failures.failedLoginNotBefore - Math.floor(now / 1000)).toBe(60);
});

test("failures that are long past are forgotten", () => {
  const before = fail(2).failures;
  expect(afterFailure(settings, before, before.lastFailure + 43_200_001, "127.0.0.1").failures.numFailures).toBe(1);
});

test("permanent lockout disables at the factor", () => {
  expect(fail(2, { permanentLockout: true }).disable).toBe(false);
  expect(fail(3, { permanentLockout: true }).disable).toBe(true);
});

test("permanent lockout after temporary ones disables at the one too many", () => {
  expect(fail(3, { permanentLockout: true, maxTemporaryLockouts: 1 }).disable).toBe(false);
  expect(fail(6, { permanentLockout: true, maxTemporaryLockouts: 1 }).disable).toBe(true);
});
