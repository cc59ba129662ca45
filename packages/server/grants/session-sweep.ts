import { sessionExpiry } from "@cambist/core/claims/lifetime.ts";
import type { EpochSeconds, Realm, UserSession } from "@cambist/core/model.ts";

/** Ten years, for offline sessions of a realm without a maximum: their idle time is judged at each use. */
const FOREVER = 315_360_000;

/** The moment after which a session's row is of no use to anybody. */
export const sweepAfter = (realm: Realm, session: UserSession): EpochSeconds =>
  sessionExpiry(realm, session).max ?? session.started + FOREVER;
