import type { TokenClaims } from "@cambist/protocol/claims.ts";
import type { Client, EpochSeconds, ExchangeAgain, Lineage, RealmView, User, UserSession } from "../model.ts";
import type { ExchangeRequest } from "../token-request/exchange-request.ts";

/** A verified access token of this realm with everything the server knows about it at this moment. */
export interface SubjectFacts {
  readonly claims: TokenClaims;
  readonly user: User;
  /** Absent: a token without session (service account, transient). */
  readonly session?: UserSession | undefined;
  /** The client in `azp`. */
  readonly holder: Client;
  /** Present when an exchange made the token. */
  readonly lineage?: Lineage | undefined;
  /** The clients that have a client session in `session`, by UUID, with its start. */
  readonly clientStarts: ReadonlyMap<string, EpochSeconds>;
}

/** Of nobody. */
export const NO_ROLES: ReadonlySet<string> = new Set();

export interface UserFacts {
  readonly user: User;
  /** Effective role ids. */
  readonly roles: ReadonlySet<string>;
  /** Locked by brute force detection at this moment. */
  readonly locked: boolean;
}

/** One audience or resource of the request and the client it names, if it names one. */
export interface NamedTarget {
  readonly parameter: "audience" | "resource";
  readonly value: string;
  readonly client: Client | undefined;
}

/** Everything an exchange is decided from. The shell gathers it; nothing here is a promise or a token. */
export interface ExchangeFacts {
  readonly now: EpochSeconds;
  readonly view: RealmView;
  /** Issuer URL of the realm for this request. */
  readonly issuer: string;
  readonly request: ExchangeRequest;
  readonly requester: Client;
  /** The requester's service account, when it has one. */
  readonly serviceAccount?: UserFacts | undefined;
  /** The verified subject token; undefined when there is none or it did not verify. */
  readonly subject?: SubjectFacts | undefined;
  /** Why a subject token that was sent is no good: for the audit record, never for the wire. */
  readonly subjectProblem?: string | undefined;
  /** An unparseable token was declared as a JWT (Keycloak tells the two apart). */
  readonly subjectUnparseable?: boolean | undefined;
  /** Effective roles of the subject's user. */
  readonly subjectRoles: ReadonlySet<string>;
  /** What `requested_subject` names, when it names anybody. */
  readonly requestedUser?: UserFacts | undefined;
  /** Audiences first, resources after them, each in request order. */
  readonly targets: readonly NamedTarget[];
  /** Scope names the subject's user consented to for the requester. */
  readonly consentedScopes?: ReadonlySet<string> | undefined;
  /** `subject_issuer` (or the foreign `iss`) and `requested_issuer` name a provider of this realm. */
  readonly subjectIssuerKnown: boolean;
  readonly requestedIssuerKnown: boolean;
  /** The `iss` of a subject token declared as a JWT that another issuer made. */
  readonly foreignIssuer?: string | undefined;
  readonly network: { readonly ipAddress: string; readonly userAgent?: string | undefined };
  /** Linear-time regular expressions; undefined: the engine cannot run this pattern. */
  readonly matchesRegex: (pattern: string, subject: string) => boolean | undefined;
  /** Set while a refresh token of an earlier exchange decides again: its subject token is gone, its session stands in. */
  readonly again?: ExchangeAgain | undefined;
}
