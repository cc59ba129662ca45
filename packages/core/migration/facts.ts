import type { ClientFacts, RealmFacts } from "../doctor/facts.ts";
import type { EpochSeconds, Permission } from "../model.ts";
import type { Some } from "./difference.ts";

/** A realm of another server as it arrived here, and what was learned about it on the way. */
export interface MigrationFacts extends RealmFacts {
  readonly clients: readonly MigratedClient[];
  /** Scope permissions of the admin client that have policies, whatever they are about. */
  readonly permissions: readonly Permission[];
  /** By the UUID of a client: who its service account is. */
  readonly accounts: ReadonlyMap<string, AccountFacts>;
  /** Whoever holds a role of the admin client, as far as there are not too many. */
  readonly administrators: readonly AdministratorFacts[];
  readonly settings: SettingFacts;
  readonly users: UserTallies;
  readonly source: SourceFacts;
  /** What the import took otherwise than it stood in the file: names, by kind. */
  readonly imported: Readonly<Partial<Record<ImportedOtherwise, readonly string[]>>>;
  /** Whether tokens can be signed with an algorithm of this name. */
  readonly isAlgorithm: (name: string) => boolean;
}

export interface MigratedClient extends ClientFacts {
  /** Its own authorization settings (resources and policies of an application) are on. */
  readonly authorizationServicesEnabled: boolean;
  readonly adminUrl?: string;
  /** Aliases of flows that it has for itself. */
  readonly ownFlows: readonly string[];
}

/** What policies see of an account. */
export interface AccountFacts {
  readonly userId: string;
  /** Effective role ids. */
  readonly roles: ReadonlySet<string>;
  readonly groupIds: readonly string[];
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

export interface AdministratorFacts extends AccountFacts {
  readonly username: string;
  /** clientId, of a service account. */
  readonly clientId?: string;
}

/** Settings that do something at a Keycloak and nothing, or something else, here. */
export interface SettingFacts {
  /** Address in the realm's issuer, in place of the server's own. */
  readonly frontendUrl?: string;
  /** That the password policy names and nobody knows here. */
  readonly unknownHashAlgorithm?: string;
  readonly mailHost?: string;
  /** `loginTheme acme`. */
  readonly themes: readonly string[];
  /** Settings of sign-in pages that are on. */
  readonly pages: readonly string[];
  /** Event listeners beside the log. */
  readonly listeners: readonly string[];
  /** Names of the client policies of the realm's own. */
  readonly clientPolicies: readonly string[];
  readonly flows: readonly FlowFacts[];
  /** Flows that stand where a new realm has another one: `browserFlow`, and the alias. */
  readonly bindings: readonly { readonly place: string; readonly alias: string }[];
  /** Alias of the flow of the password grant. */
  readonly directGrantFlow: string;
  readonly userStores: readonly { readonly name: string; readonly providerId: string; readonly kerberos: boolean }[];
  /** Hosts that may register clients without a token. */
  readonly registrationHosts: readonly string[];
  /** What only a plugin can be: its kind in words, and its id. */
  readonly extensions: readonly { readonly kind: string; readonly id: string }[];
  /** Fine-grained admin permissions of the second version are on. */
  readonly adminPermissionsEnabled: boolean;
}

export interface FlowFacts {
  readonly alias: string;
  readonly builtIn: boolean;
  readonly topLevel: boolean;
  /** Steps that are not switched off: an authenticator, or the alias of another flow. */
  readonly steps: readonly { readonly authenticator?: string; readonly flow?: string }[];
}

export interface UserTallies {
  readonly disabled: Some;
  /** With a one-time password. */
  readonly secondFactor: Some;
  /** Imported from a user store. */
  readonly federated: Some;
}

/** What the server says about itself and about use; undefined: it did not say. */
export interface SourceFacts {
  readonly version?: string;
  /** By Keycloak's constant (`TOKEN_EXCHANGE`). One that is missing is not there. */
  readonly features?: ReadonlyMap<string, boolean>;
  /** Exchanges that its events tell of. */
  readonly exchanges?: readonly SourceExchanges[];
  readonly sessions?: readonly { readonly clientId: string; readonly active: number; readonly offline: number }[];
  readonly initialAccessTokens?: number;
}
/** Exchanges of one requester to one target. */
export interface SourceExchanges {
  /** clientIds. */
  readonly requester: string;
  readonly target: string;
  readonly count: number;
  /** Of these how many answers had a refresh token. */
  readonly withRefreshToken: number;
  readonly last: EpochSeconds;
}

export type ImportedOtherwise = "passwords" | "keys" | "secretsMade" | "secretsMissing" | "vault" | "references" | "members" | "settings";
