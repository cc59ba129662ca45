/** `hint` is for reading; the others make a check fail in a pipeline. */
export type Severity = "critical" | "warning" | "hint";
/** Worst first. */
export const SEVERITIES: readonly Severity[] = ["critical", "warning", "hint"];

/** What a finding is about. */
export interface CheckedObject {
  readonly type: "realm" | "client" | "permission" | "role" | "user" | "key" | "identity-provider";
  readonly id?: string;
  readonly name: string;
}

/** One call of Keycloak's admin API. */
export interface AdminRequest {
  readonly method: "PUT" | "POST" | "DELETE";
  /** From the server's base, `/admin/realms/...`. */
  readonly path: string;
  readonly body?: unknown;
}

/** The smallest change that ends a finding. */
export interface Fix {
  /** In words, for the person who decides. */
  readonly says: string;
  /** Takes no role, audience or permission away that something may live on, and holds nothing to fill in: `--fix` may apply it. */
  readonly safe: boolean;
  /** Absent where no single call mends it. `<...>` in a body is for the reader to fill in. */
  readonly request?: AdminRequest;
  /** The same for Keycloak's command line tool. */
  readonly kcadm?: string;
}

/** What a check says about one object. */
export interface Found {
  readonly severity: Severity;
  readonly object: CheckedObject;
  /** What is so, in one sentence. */
  readonly problem: string;
  readonly fix: Fix;
}

/** The same with its check, ready to be shown. */
export interface Finding extends Found {
  readonly check: string;
  /** The good practice that is not followed. */
  readonly practice: Practice;
  /** What can happen. */
  readonly why: string;
}

export type Practice =
  | "Full Scope off"
  | "permissions name their requesters"
  | "few clients exchange"
  | "one audience per token"
  | "trust boundaries"
  | "watch what is exchanged"
  | "short-lived tokens"
  | "a dedicated impersonator"
  | "keys and passwords";
