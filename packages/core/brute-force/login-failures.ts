import type { BruteForceSettings, EpochSeconds } from "../model.ts";

/** Failures of one user so far; zero before the first. Times: `lastFailure` in milliseconds, `failedLoginNotBefore` in seconds. */
export interface LoginFailures {
  readonly numFailures: number;
  readonly numTemporaryLockouts: number;
  readonly lastFailure: number;
  readonly failedLoginNotBefore: EpochSeconds;
  readonly lastIpFailure: string;
}

const NONE: LoginFailures = { numFailures: 0, numTemporaryLockouts: 0, lastFailure: 0, failedLoginNotBefore: 0, lastIpFailure: "" };

/** True while a temporary lockout runs. A permanent one disables the user instead. */
export function isLocked(failures: LoginFailures | undefined, now: EpochSeconds): boolean {
  return failures !== undefined && failures.failedLoginNotBefore > now;
}

export interface FailureOutcome {
  readonly failures: LoginFailures;
  /** The user is to be disabled: permanent lockout. */
  readonly disable: boolean;
}

/**
 * The state after one more failed login.
 * @see Keycloak 26: brute force detection (`MULTIPLE` waits grow at each full `failureFactor`, `LINEAR` ones with each failure beyond it; two
 * failures in quick succession cost the minimum wait)
 */
export function afterFailure(
  settings: BruteForceSettings,
  before: LoginFailures | undefined,
  nowMs: number,
  ipAddress: string,
): FailureOutcome {
  const stale = before && nowMs - before.lastFailure > settings.maxDeltaTimeSeconds * 1000;
  const known = before && !stale ? before : { ...NONE, numTemporaryLockouts: before?.numTemporaryLockouts ?? 0 };
  const numFailures = known.numFailures + 1;
  const seconds = Math.floor(nowMs / 1000);
  const permanentAtOnce = settings.permanentLockout && settings.maxTemporaryLockouts === 0;
  const next = { ...known, numFailures, lastFailure: nowMs, lastIpFailure: ipAddress };
  if (permanentAtOnce && numFailures >= settings.failureFactor) return { failures: next, disable: true };

  const byCount = permanentAtOnce ? 0 : waitSeconds(settings, numFailures);
  const quick =
    known.lastFailure > 0 && nowMs - known.lastFailure < settings.quickLoginCheckMilliSeconds ? settings.minimumQuickLoginWaitSeconds : 0;
  const wait = Math.min(settings.maxFailureWaitSeconds, byCount > 0 ? byCount : quick);
  if (wait <= 0) return { failures: next, disable: false };
  const numTemporaryLockouts = byCount > 0 ? known.numTemporaryLockouts + 1 : known.numTemporaryLockouts;
  const disable = settings.permanentLockout && settings.maxTemporaryLockouts > 0 && numTemporaryLockouts > settings.maxTemporaryLockouts;
  return { failures: { ...next, numTemporaryLockouts, failedLoginNotBefore: seconds + wait }, disable };
}

function waitSeconds({ strategy, waitIncrementSeconds, failureFactor }: BruteForceSettings, numFailures: number): number {
  if (failureFactor <= 0) return 0;
  if (strategy === "LINEAR") return numFailures < failureFactor ? 0 : waitIncrementSeconds * (1 + numFailures - failureFactor);
  return waitIncrementSeconds * Math.floor(numFailures / failureFactor);
}
