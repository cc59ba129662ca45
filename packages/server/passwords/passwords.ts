import type { PasswordCredential } from "./credential.ts";
import {
  checkPassword,
  dummyVerify,
  hashPassword,
  isTooLong,
  type NewPasswordCredential,
  type PasswordCheck,
  PasswordTooLong,
} from "./hash.ts";
import { DEFAULT_HASH_POLICY, type HashPolicy } from "./policy.ts";

/** Too many passwords wait already; HTTP answers 503 and the user tries again. */
export class PasswordPoolBusy extends Error {
  override readonly name = "PasswordPoolBusy";
  constructor() {
    super("Too many passwords are waiting to be checked");
  }
}

/** The server is shutting down. */
export class PasswordPoolClosed extends Error {
  override readonly name = "PasswordPoolClosed";
  constructor() {
    super("Passwords are no longer checked: the server is stopping");
  }
}

/** The thread that worked on the password ended; the password was neither right nor wrong. */
export class PasswordThreadLost extends Error {
  override readonly name = "PasswordThreadLost";
  constructor(options?: ErrorOptions) {
    super("The thread that checked a password ended", options);
  }
}

/** One piece of work for a hashing thread. */
export type PasswordJob =
  | { readonly kind: "check"; readonly credential: PasswordCredential; readonly password: string }
  | { readonly kind: "hash"; readonly password: string; readonly policy: HashPolicy }
  | { readonly kind: "dummy"; readonly password: string; readonly policy: HashPolicy };

/** What each kind of work gives. */
export interface PasswordResults {
  readonly check: PasswordCheck;
  readonly hash: NewPasswordCredential;
  readonly dummy: false;
}
export type PasswordResult = PasswordResults[PasswordJob["kind"]];

/** Does the work on the calling thread. @throws {PasswordTooLong} */
export function doPasswordJob(job: PasswordJob): PasswordResult {
  if (job.kind === "check") return checkPassword(job.credential, job.password);
  if (job.kind === "hash") return hashPassword(job.password, job.policy);
  return dummyVerify(job.password, job.policy);
}

/**
 * Where passwords are checked and hashed. Every method rejects with {@link PasswordPoolBusy}, {@link PasswordPoolClosed} or
 * {@link PasswordThreadLost}: none of these says anything about the password.
 */
export abstract class Passwords {
  /** Does one job somewhere else. */
  abstract run(job: PasswordJob): Promise<PasswordResult>;
  /** Ends the work; what waits is rejected. */
  abstract close(): Promise<void>;

  /** Whether the password is the stored one, and the reason for the event if not. Passwords over 1,024 bytes are refused unhashed. */
  async check(credential: PasswordCredential, password: string): Promise<PasswordCheck> {
    if (isTooLong(password)) return { matches: false, reason: "too_long" };
    return (await this.run({ kind: "check", credential, password })) as PasswordCheck; // by its kind
  }

  async verify(credential: PasswordCredential, password: string): Promise<boolean> {
    return (await this.check(credential, password)).matches;
  }

  /** Takes as long as `verify` of a wrong password: for users that do not exist or have no password (SEC-EP-18). */
  async dummyVerify(password: string, policy: HashPolicy = DEFAULT_HASH_POLICY): Promise<false> {
    if (!isTooLong(password)) await this.run({ kind: "dummy", password, policy });
    return false;
  }

  /** A new password in Keycloak's stored shape. @throws {PasswordTooLong} */
  async hash(password: string, policy: HashPolicy = DEFAULT_HASH_POLICY): Promise<NewPasswordCredential> {
    if (isTooLong(password)) throw new PasswordTooLong();
    return (await this.run({ kind: "hash", password, policy })) as NewPasswordCredential; // by its kind
  }
}

/** Checks passwords on the calling thread: for tests and command-line tools, never for a server. */
export class InThreadPasswords extends Passwords {
  override async run(job: PasswordJob): Promise<PasswordResult> {
    return doPasswordJob(job);
  }
  override async close(): Promise<void> {}
}
