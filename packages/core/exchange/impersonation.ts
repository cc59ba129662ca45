import type { User } from "../model.ts";
import { decideImpersonationRight } from "../policy/impersonation-right.ts";
import type { EventDetails } from "../refusals.ts";
import type { ExchangeFacts, SubjectFacts } from "./facts.ts";
import { deny, type Denial } from "./permit.ts";
import { policyContext } from "./policy-context.ts";

/** Session notes that name the impersonator, as Keycloak spells them. */
export const IMPERSONATOR_ID = "IMPERSONATOR_ID";
export const IMPERSONATOR_USERNAME = "IMPERSONATOR_USERNAME";
/** UUID of the client that asked; the only one of the three when there was no subject token. */
export const IMPERSONATOR_CLIENT = "IMPERSONATOR_CLIENT";

export interface Impersonation {
  readonly outcome: "impersonate";
  readonly user: User;
  readonly roles: ReadonlySet<string>;
  readonly notes: Readonly<Record<string, string>>;
  readonly details: EventDetails;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/**
 * Whether the caller may become `requested_subject`. A disabled or locked user is refused in both dialects (Keycloak 26.1 lets it through;
 * 26.5.2 mended the disabled half), and so is a caller that is itself impersonated.
 * @see Keycloak 26.1: subject impersonation in its V1 token exchange
 */
export function decideImpersonation(facts: ExchangeFacts, requestedSubject: string): Impersonation | Denial {
  const { requester, subject, requestedUser, view, serviceAccount } = facts;
  const about: EventDetails = { requested_subject: requestedSubject };
  if (!view.features.impersonation) return deny("impersonation_switched_off", about);
  if (!requestedUser || !requestedUser.user.enabled || requestedUser.locked) return deny("impersonation_target_unknown", about);

  const named: EventDetails = subject ? { ...about, impersonator: subject.user.username } : about;
  if (subject && isImpersonated(subject)) {
    return deny("impersonation_not_permitted", named);
  }
  const right = decideImpersonationRight({
    view,
    requester,
    serviceAccount,
    subject: subject && {
      userId: subject.user.id,
      roles: facts.subjectRoles,
      groupIds: subject.user.groupIds,
      attributes: subject.user.attributes,
      tokenHasImpersonationRole: tokenHasImpersonationRole(subject.claims["resource_access"], view.adminClientId),
      holderClientId: subject.holder.clientId,
    },
    target: { user: requestedUser.user, roles: requestedUser.roles },
    context: policyContext(facts),
  });
  if (!right.allowed) return deny(right.refusal, named, right.evidence);
  const native = view.realm.dialect === "native";
  return {
    outcome: "impersonate",
    user: requestedUser.user,
    roles: requestedUser.roles,
    notes: {
      ...(subject && { [IMPERSONATOR_ID]: subject.user.id, [IMPERSONATOR_USERNAME]: subject.user.username }),
      [IMPERSONATOR_CLIENT]: requester.id,
    },
    details: native ? { ...named, impersonation_right: right.by } : named,
    evidence: { ...right.evidence, impersonation_right: right.by, ...(subject?.lineage?.act && { earlier_act: subject.lineage.act }) },
  };
}

/** Whether somebody else acts as the token's user, by the server's own memory of the token or of its session. */
export function isImpersonated({ lineage, session }: Pick<SubjectFacts, "lineage" | "session">): boolean {
  const notes = session?.notes ?? {};
  return lineage?.impersonator !== undefined || notes[IMPERSONATOR_ID] !== undefined || notes[IMPERSONATOR_CLIENT] !== undefined;
}

function tokenHasImpersonationRole(resourceAccess: unknown, adminClientId: string): boolean {
  if (typeof resourceAccess !== "object" || resourceAccess === null) return false;
  const access: unknown = (resourceAccess as Readonly<Record<string, unknown>>)[adminClientId];
  if (typeof access !== "object" || access === null || !("roles" in access)) return false;
  return Array.isArray(access.roles) && access.roles.includes("impersonation");
}
