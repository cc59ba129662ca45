import type { ConfigCommand, UserColumns } from "./admin-ports.ts";
import type { ClientRow, ClientScopeRow, ComponentRow, GroupRow, RealmRow, RoleRow } from "./config-ports.ts";
import type { Ancestor, ClientSession, EpochSeconds, Lineage, User, UserSession } from "@cambist/core/model.ts";

/**
 * What the rest of the server may ask of storage. Reads go to any number of read connections (one per worker); everything that changes
 * goes through the one writer of the process as a {@link WriteUnit}, so that it shares a commit with its audit records.
 */

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMillis = number;

/** One record of the audit log: a decision, the tokens it led to, and everything needed to read it later. Holds no token and no secret. */
export interface AuditRecord {
  /** Decision id: random, 128 bits, in the answer's header `Cambist-Decision`. */
  readonly id: string;
  readonly time: EpochMillis;
  readonly realmId: string;
  readonly realmName: string;
  /** Keycloak's event type: `TOKEN_EXCHANGE`, `TOKEN_EXCHANGE_ERROR`, `LOGIN`, … */
  readonly type: string;
  readonly clientId?: string | undefined;
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly ipAddress?: string | undefined;
  readonly error?: string | undefined;
  /** Keycloak's event details, in recorded (log line) order. */
  readonly details: Readonly<Record<string, string>>;
  /** Ours: which rule allowed it, what was dropped, lineage, names of permissions and policies. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** `jti` of every token issued with this decision. */
  readonly issued: readonly string[];
  /** True: the realm's event view (admin API) shows it. Decided when it is written, as Keycloak does. */
  readonly shown: boolean;
}

/** A record with everything but its columns written out as JSON; see `encode-unit.ts`. */
export interface EncodedRecord extends Pick<AuditRecord, "time" | "realmId" | "type" | "clientId"> {
  readonly body: string;
}
/** The lineage of a token written out as JSON. */
export interface EncodedLineage {
  readonly jti: string;
  readonly text: string;
}

/** A stored audit record: its place in the log and its hash, which chains over the hash before it. */
export interface StoredAuditRecord extends AuditRecord {
  readonly sequence: number;
  readonly hash: string;
}

/** Every change of what is stored. */
export type Command = RuntimeCommand | ConfigCommand;

/** Changes of runtime state. Names promise: `create` fails on a duplicate, `ensure` is idempotent, `claim` is atomic and answers. */
export type RuntimeCommand =
  | { readonly do: "createSession"; readonly realmId: string; readonly session: UserSession; readonly expiresAt: EpochSeconds }
  /** Inserts client sessions that are not there; restarts none. */
  | { readonly do: "ensureClientSession"; readonly realmId: string; readonly session: ClientSession; readonly scope: string }
  /** After a refresh: the session and client session live on. */
  | {
      readonly do: "touchSession";
      readonly realmId: string;
      readonly sessionId: string;
      readonly offline: boolean;
      readonly clientUuid: string;
      readonly at: EpochSeconds;
    }
  /** Ends the session, its offline twin only when `offline`; all its client sessions go with it. */
  | { readonly do: "endSession"; readonly realmId: string; readonly sessionId: string; readonly offline: boolean }
  /** Takes one client out of the session (online and offline); a session without clients goes too. */
  | { readonly do: "detachClientSession"; readonly realmId: string; readonly sessionId: string; readonly clientUuid: string }
  /**
   * Remembers with a client's part of an online session that it holds tokens made from those of the client `subject`, and with `inherits`
   * also from whatever the part of the client with that UUID holds tokens of.
   */
  | {
      readonly do: "noteExchange";
      readonly realmId: string;
      readonly sessionId: string;
      readonly clientUuid: string;
      readonly subject: string;
      readonly inherits?: string | undefined;
    }
  /** Takes out of an online session every client that holds tokens made from those of the client `subject`; the session stays. */
  | { readonly do: "detachExchanged"; readonly realmId: string; readonly sessionId: string; readonly subject: string }
  | { readonly do: "revokeToken"; readonly realmId: string; readonly jti: string; readonly expiresAt: EpochSeconds }
  | { readonly do: "recordLineage"; readonly realmId: string; readonly lineage: Lineage | EncodedLineage; readonly expiresAt: EpochSeconds }
  /** Stores the same password hashed otherwise, if it is still the one that was read (`seen`: its `secretData`); its date stays. */
  | {
      readonly do: "rehashPassword";
      readonly realmId: string;
      readonly credentialId: string;
      readonly seen: string;
      readonly secretData: string;
      readonly credentialData: string;
    }
  | { readonly do: "clearLoginFailures"; readonly realmId: string; readonly userId: string }
  | { readonly do: "saveLoginFailures"; readonly realmId: string; readonly userId: string; readonly failures: LoginFailures }
  /** Unless the realm has a component of that provider type and name: of two workers that make one, the first wins. A change of configuration. */
  | { readonly do: "addComponent"; readonly realmId: string; readonly component: ComponentRow }
  | { readonly do: "disableUser"; readonly realmId: string; readonly userId: string };

/** Conditions a unit may begin with; when one fails nothing of the unit is written and the outcome says which. */
export type Guard =
  /** Of N concurrent callers with one key exactly one passes (RFC 7523 §3 `jti`, codes). Keyed by realm and kind. */
  | { readonly claim: "once"; readonly realmId: string; readonly kind: string; readonly key: string; readonly expiresAt: EpochSeconds }
  /**
   * Use of generation `generation` of a rotating refresh family. Passes while the family's generation is not beyond it and it was used at
   * most `maxReuse` times before; a later generation becomes the current one. Fails otherwise: the token was used before.
   */
  | {
      readonly claim: "refresh";
      readonly realmId: string;
      readonly family: string;
      readonly generation: number;
      readonly maxReuse: number;
      readonly expiresAt: EpochSeconds;
    }
  /** The session (and its client session) is there at this very commit: of a logout and a refresh only one wins. */
  | {
      readonly claim: "session";
      readonly realmId: string;
      readonly sessionId: string;
      readonly offline: boolean;
      readonly clientUuid?: string;
    }
  /** A user's failed logins are still as they were read (undefined: none): attempts at the same time are counted one after the other. */
  | { readonly claim: "loginFailures"; readonly realmId: string; readonly userId: string; readonly seen: LoginFailures | undefined }
  /** The realm's row is still as it was read: of two that change parts of it at once, the later one reads again. */
  | { readonly claim: "realmRow"; readonly row: RealmRow }
  /** The same of a client with its scopes and role scope, and of a client scope with its role scope. */
  | { readonly claim: "clientRow"; readonly realmId: string; readonly row: ClientRow }
  | { readonly claim: "clientScopeRow"; readonly realmId: string; readonly row: ClientScopeRow }
  /** The same of a user's own columns, and of a group with its roles. A row that is gone is not as it was. */
  | { readonly claim: "userRow"; readonly realmId: string; readonly row: UserColumns }
  | { readonly claim: "groupRow"; readonly realmId: string; readonly row: GroupRow }
  /** The same of a role, without what it contains. */
  | { readonly claim: "roleRow"; readonly realmId: string; readonly row: RoleRow }
  /** It is there at this very commit: of two that remove it only one does. */
  | {
      readonly claim: "stands";
      readonly kind: "realm" | "client" | "user" | "group" | "role" | "clientScope" | "identityProvider";
      readonly id: string;
    };

/** What commits together: guards, then changes, then audit records. */
export interface WriteUnit {
  readonly guards?: readonly Guard[] | undefined;
  readonly commands?: readonly Command[] | undefined;
  readonly audit?: readonly (AuditRecord | EncodedRecord)[] | undefined;
}
/** `refused`: index of the first guard that failed; nothing of the unit was written. */
export type WriteOutcome = { readonly ok: true } | { readonly ok: false; readonly refused: number };

/**
 * The one writer of a process. Resolves after the commit is durable; rejects with {@link StorageUnavailable} when it cannot be (disk full,
 * I/O), with {@link StorageConflict} when a name or id of the unit is taken or what a row of it belongs to is gone.
 */
export interface Writer {
  write(unit: WriteUnit): Promise<WriteOutcome>;
}

/** The commit did not happen and nothing of it is stored: the caller answers 503. */
export class StorageUnavailable extends Error {
  override readonly name = "StorageUnavailable";
}

export interface LoginFailures {
  readonly numFailures: number;
  readonly numTemporaryLockouts: number;
  /** Milliseconds. */
  readonly lastFailure: EpochMillis;
  /** Refuse until then; 0 when not locked. */
  readonly failedLoginNotBefore: EpochSeconds;
  readonly lastIpFailure: string;
}

/** What an exchange, refresh, introspection or userinfo call needs to know about a token's session, user and past, read in one statement. */
export interface TokenState {
  /** The `jti` is on the revocation list. */
  readonly revoked: boolean;
  /** The online session of that id, when it exists (expiry is the caller's to judge). */
  readonly session: UserSession | undefined;
  readonly offlineSession: UserSession | undefined;
  /** The user of the session, else the user asked for by id. */
  readonly user: User | undefined;
  /** The clients with a client session in `session` / `offlineSession`, by UUID, with its start. */
  readonly clientStarts: ReadonlyMap<string, EpochSeconds>;
  readonly offlineClientStarts: ReadonlyMap<string, EpochSeconds>;
  readonly lineage: Lineage | undefined;
}

/** Committed runtime state, as of the call. */
export interface StateReads {
  tokenState(
    realmId: string,
    token: { readonly jti?: string | undefined; readonly sessionId?: string | undefined; readonly userId?: string | undefined },
  ): TokenState | Promise<TokenState>;
  /** A unit with this guard would be refused now. Claims nothing. */
  isSpent(guard: Extract<Guard, { readonly claim: "once" | "refresh" }>): Promise<boolean>;
  /** UUIDs of the clients that {@link RuntimeCommand} `detachExchanged` would take out of the session. */
  exchangedFrom(realmId: string, sessionId: string, subject: string): Promise<readonly string[]>;
  /**
   * One of these tokens is on the revocation list, or its session is gone, or its client was taken out of the session since it was issued
   * (and may have come back: a client session that began later than the second after it is another one).
   */
  anyHasEnded(realmId: string, tokens: readonly Ancestor[]): Promise<boolean>;
  findUserById(realmId: string, id: string): Promise<User | undefined>;
  /** Usernames are stored lower-cased; the caller need not fold. */
  findUserByUsername(realmId: string, username: string): Promise<User | undefined>;
  /** The first user with that e-mail address (stored lower-cased). */
  findUserByEmail(realmId: string, email: string): Promise<User | undefined>;
  /** The service account user of a client. */
  findServiceAccount(realmId: string, clientUuid: string): Promise<User | undefined>;
  /** Password credentials of a user, by priority. */
  passwordCredentials(realmId: string, userId: string): Promise<readonly StoredCredential[]>;
  loginFailures(realmId: string, userId: string): Promise<LoginFailures | undefined>;
  clientSession(realmId: string, sessionId: string, offline: boolean, clientUuid: string): Promise<ClientSession | undefined>;
  /** Client scopes names a user consented to for a client; undefined without consent. */
  consentedScopes(realmId: string, userId: string, clientUuid: string): Promise<ReadonlySet<string> | undefined>;
}

export interface StoredCredential {
  readonly id: string;
  readonly type: string;
  /** Keycloak's JSON strings. */
  readonly secretData: string;
  readonly credentialData: string;
  readonly createdDate?: EpochMillis;
}

/** The audit log, read side. Times are inclusive. */
export interface AuditReads {
  /** Oldest first, from `after` (exclusive sequence); at most `limit`. */
  list(filter: AuditFilter): Promise<readonly StoredAuditRecord[]>;
  /** Walks the chain from the oldest kept segment's anchor; the first bad sequence, or the number of good records. */
  verify(): Promise<
    | { readonly ok: true; readonly records: number; readonly from: number; readonly to: number }
    | { readonly ok: false; readonly sequence: number; readonly why: string }
  >;
}
export interface AuditFilter {
  readonly realm?: string;
  readonly clientId?: string;
  readonly type?: string;
  /** Any of these; beside `type` both count. */
  readonly types?: readonly string[];
  readonly since?: EpochMillis;
  /** Looks at so many of the newest records of the log alone, whosever they are: the log has no index to search by. */
  readonly newest?: number;
  readonly after?: number;
  readonly limit: number;
}

/** A change of configuration that readers must follow; `version` grows by one with each. */
export interface Change {
  readonly version: number;
  readonly realmId: string;
  /** What changed: `realm` for anything realm-wide, else the kind of row. */
  readonly kind: "realm" | "client" | "user";
  readonly id: string;
}
export interface ChangeReads {
  /** Changes after `version`, in order and without holes: where the first is not the next one, what was between is no longer known. */
  since(version: number): Promise<readonly Change[]>;
  latest(): Promise<number>;
}
