import type { Form } from "./form.ts";

/** The parameters of a token exchange as sent (RFC 8693 §2.1 and Keycloak's `requested_subject`, `requested_issuer`, `subject_issuer`). */
export interface ExchangeRequest {
  readonly subjectToken?: string | undefined;
  readonly subjectTokenType?: string | undefined;
  readonly requestedTokenType?: string | undefined;
  readonly audiences: readonly string[];
  readonly resources: readonly string[];
  readonly scope?: string | undefined;
  readonly requestedSubject?: string | undefined;
  readonly requestedIssuer?: string | undefined;
  readonly subjectIssuer?: string | undefined;
  readonly actorToken?: string | undefined;
  readonly actorTokenType?: string | undefined;
  /** The first parameter of this grant that is there but empty. */
  readonly emptyParameter?: string | undefined;
}

/** May occur more than once in an exchange (RFC 8693 §2.1). */
export const REPEATABLE_IN_EXCHANGE: ReadonlySet<string> = new Set(["audience", "resource"]);

const PARAMETERS = [
  "subject_token",
  "subject_token_type",
  "requested_token_type",
  "audience",
  "resource",
  "scope",
  "requested_subject",
  "requested_issuer",
  "subject_issuer",
  "actor_token",
  "actor_token_type",
] as const;

/** Reads the parameters; judges none of them. */
export function parseExchangeRequest(form: Form): ExchangeRequest {
  return {
    subjectToken: form.get("subject_token"),
    subjectTokenType: form.get("subject_token_type"),
    requestedTokenType: form.get("requested_token_type"),
    audiences: form.all("audience"),
    resources: form.all("resource"),
    scope: form.get("scope"),
    requestedSubject: form.get("requested_subject"),
    requestedIssuer: form.get("requested_issuer"),
    subjectIssuer: form.get("subject_issuer"),
    actorToken: form.get("actor_token"),
    actorTokenType: form.get("actor_token_type"),
    emptyParameter: PARAMETERS.find((name) => form.all(name).includes("")),
  };
}
