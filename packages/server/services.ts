import type { ExchangeFeatures } from "@cambist/core/model.ts";
import type { AdminReads } from "@cambist/store/admin-ports.ts";
import type { AuditReads, EpochMillis, StateReads, Writer } from "@cambist/store/ports.ts";
import type { ServerConfig } from "./config/server-config.ts";
import type { RecordedImport } from "./imports/recorded-import.ts";
import type { Logger } from "./log/console.ts";
import type { MetricsRecorder } from "./metrics/recorder.ts";
import type { Passwords } from "./passwords/passwords.ts";
import type { SigningKey } from "./keys/signing-key.ts";
import type { LoadedRealm } from "./realms/compile-realm.ts";
import type { RealmCache } from "./realms/realm-cache.ts";
import type { VerifiedTokens } from "./remembered/verified-tokens.ts";
import type { SecretBox } from "./secrets/secret-box.ts";

/** What one worker serves requests with. Everything that touches the world comes in here, so a test can bring its own. */
export interface Services {
  readonly config: ServedConfig;
  readonly realms: RealmCache;
  readonly state: StateReads;
  readonly verifiedTokens: VerifiedTokens;
  /** Committed configuration as administration lists it. */
  readonly admin: AdminReads;
  /** The whole audit log, whatever the event view shows. */
  readonly audit: Pick<AuditReads, "list">;
  readonly secrets: SecretBox;
  readonly writer: Writer;
  /** Stores a whole realm in a transaction of its own. @throws {StorageConflict} a name or id is taken @throws {StorageUnavailable} */
  readonly storeImport: (recorded: RecordedImport) => Promise<void>;
  readonly passwords: Passwords;
  readonly metrics: MetricsRecorder;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly clock: () => EpochMillis;
  /** A fresh random id of at least 122 bits, in UUID form. */
  readonly newId: () => string;
  /** clientIds of the clients whose attribute `cambist.resource` is this URI. */
  readonly findClientsByResource: (realmId: string, resource: string) => Promise<readonly string[]>;
  /** Makes the realm's first key for a signature algorithm, stores it and answers with it. @throws {Error} an algorithm that does not exist */
  readonly makeKey: (realm: LoadedRealm, algorithm: string) => Promise<SigningKey>;
  /** Linear-time; undefined when the pattern cannot be run. */
  readonly matchesRegex: (pattern: string, subject: string) => boolean | undefined;
}

/** The options that requests depend on. */
export type ServedConfig = Pick<
  ServerConfig,
  | "relativePath"
  | "hostname"
  | "hostnameStrict"
  | "proxyHeaders"
  | "proxyTrustedAddresses"
  | "mailHosts"
  | "features"
  | "featureStates"
  | "compatibility"
  | "eventLogLevels"
  | "version"
>;

/** The switches that decisions look at. */
export const exchangeFeatures = ({ features }: Pick<ServerConfig, "features">): ExchangeFeatures => features;
