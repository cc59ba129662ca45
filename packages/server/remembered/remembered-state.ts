import type { StateReads, TokenState } from "@cambist/store/ports.ts";
import type { User } from "@cambist/core/model.ts";
import { RecentMap } from "./recent-map.ts";
import type { StateStamps } from "./state-stamps.ts";

/** Token states that one worker remembers, some 2 KiB each. */
const MAX_STATES = 4096;
const MAX_SERVICE_ACCOUNTS = 1024;

/**
 * Reads state from the database once, and again when anything about it has changed ({@link StateStamps}): what is answered is what a read
 * now would answer. The stamp is taken before the read, so that a change in between makes the next one read again.
 */
export function rememberedState(reads: StateReads, stamps: StateStamps): StateReads {
  const states = new RecentMap<{ readonly stamp: number; readonly state: TokenState }>(MAX_STATES);
  const accounts = new RecentMap<{ readonly stamp: number; readonly user: User | undefined }>(MAX_SERVICE_ACCOUNTS);
  return {
    ...reads,
    tokenState(realmId, ids) {
      const stamp = stamps.ofToken(realmId, ids.sessionId, ids.jti);
      const key = `${realmId} ${ids.jti} ${ids.sessionId} ${ids.userId}`;
      const known = states.get(key);
      if (known?.stamp === stamp) return known.state;
      const keep = (state: TokenState): TokenState => {
        states.set(key, { stamp, state });
        return state;
      };
      const state = reads.tokenState(realmId, ids);
      return state instanceof Promise ? state.then(keep) : keep(state);
    },
    async findServiceAccount(realmId, clientUuid) {
      const stamp = stamps.ofRealm(realmId);
      const known = accounts.get(clientUuid);
      if (known?.stamp === stamp) return known.user;
      const user = await reads.findServiceAccount(realmId, clientUuid);
      accounts.set(clientUuid, { stamp, user });
      return user;
    },
  };
}
