import type { Client, EpochSeconds, RealmView } from "../model.ts";

/** A realm as it is configured, and what its audit log tells of its exchanges. Plain values: whoever gathers them has read everything. */
export interface RealmFacts {
  readonly now: EpochSeconds;
  /** Settings, roles and permissions. Of clients it need not know more than {@link clients} say. */
  readonly view: RealmView;
  readonly adminEventsEnabled: boolean;
  /** UUID of the client that holds the admin roles. */
  readonly adminClientUuid: string | undefined;
  /** What every user and service account of the realm holds: the default role, expanded. */
  readonly defaultRoles: ReadonlySet<string>;
  /** The default role itself. */
  readonly defaultRole: { readonly id: string; readonly name: string } | undefined;
  readonly clients: readonly ClientFacts[];
  readonly impersonators: readonly Impersonator[];
  readonly keys: readonly KeyFacts[];
  /** Administrators whose password anybody would try first; undefined: nobody looked. */
  readonly guessablePasswords: readonly { readonly id: string; readonly username: string }[] | undefined;
  readonly providers: readonly ProviderFacts[];
  readonly use: ExchangeUse;
  /** Linear-time; undefined when the pattern cannot be run. */
  readonly matchesRegex: (pattern: string, subject: string) => boolean | undefined;
}

export interface ClientFacts extends Client {
  /** Comes with every realm of Keycloak's. */
  readonly builtIn: boolean;
  readonly standardFlowEnabled: boolean;
  readonly implicitFlowEnabled: boolean;
  readonly redirectUris: readonly string[];
  /** Effective roles of its service account, as far as they were looked at: `token-exchange` roles of other clients. */
  readonly exchangeRoles: readonly string[];
}

/** Who effectively holds the role `impersonation` in this realm. */
export interface Impersonator {
  readonly kind: "user" | "client";
  /** Of the user; of a client its service account's. */
  readonly userId: string;
  /** Username, or clientId. */
  readonly name: string;
  /** Other roles of the admin client that change something. */
  readonly otherAdminRoles: readonly string[];
  /** Holds administration as a whole: `realm-admin`, in master `admin`. */
  readonly administers: boolean;
  /** The role mapping that brings it. */
  readonly mapping: {
    readonly to: "user" | "group";
    readonly id: string;
    readonly name: string;
    readonly role: { readonly id: string; readonly name: string; readonly clientId?: string; readonly clientUuid?: string };
  };
}

/** A key that signs access tokens, or could. */
export interface KeyFacts {
  readonly id: string;
  readonly name: string;
  readonly algorithm: string;
  /** Of RSA keys. */
  readonly bits?: number;
  readonly priority: number;
  /** The one of its algorithm that signs. */
  readonly active: boolean;
  readonly notBefore?: EpochSeconds;
  readonly notAfter?: EpochSeconds;
}

export interface ProviderFacts {
  readonly internalId: string;
  readonly alias: string;
  readonly enabled: boolean;
  readonly config: Readonly<Record<string, string>>;
  /** As the admin API shows it, secrets masked. */
  readonly representation: Readonly<Record<string, unknown>>;
}

/** What the audit log says about the exchanges of the realm. */
export interface ExchangeUse {
  /** How far back the realm's records reach; undefined: there are none. */
  readonly since: EpochSeconds | undefined;
  /** Names of permissions that let an exchange through within {@link UNUSED_DAYS}. */
  readonly usedPermissions: ReadonlySet<string>;
  /** Ids (of clients, permissions, policies) whose permissions administration touched within these days. */
  readonly changed: ReadonlySet<string>;
  readonly pairs: readonly ExchangePair[];
}
/** Exchanges of one requester to one target. */
export interface ExchangePair {
  /** clientIds. */
  readonly requester: string;
  readonly target: string;
  /** Client that the subject token was issued to. */
  readonly subjectClient?: string;
  /** The subject token was neither issued to the requester nor meant for it. */
  readonly mismatch: boolean;
  readonly count: number;
  readonly last: EpochSeconds;
}

/** Nobody has used it for so long: it is no longer needed. */
export const UNUSED_DAYS = 30;

/** Clients of the realm's owner, which administration may change without breaking Keycloak's own pages. */
export const ownClients = ({ clients }: Pick<RealmFacts, "clients">): readonly ClientFacts[] =>
  clients.filter(({ builtIn, enabled, protocol }) => !builtIn && enabled && protocol === "openid-connect");
