import type { Client, RealmView, User } from "../model.ts";
import type { Refusal } from "../refusals.ts";
import { evaluatePermission, type PermissionResult, type PolicyContext, type PolicyIdentity } from "./evaluate-permission.ts";
import { findPermission } from "./exchange-right.ts";
import { BE_IMPERSONATED, IMPERSONATE } from "./permission-names.ts";
import { protectedRoleLacked } from "./protected-roles.ts";

export interface ImpersonationRequest {
  readonly view: RealmView;
  readonly requester: Client;
  /** Of the requester's service account: effective role ids. */
  readonly serviceAccount?: { readonly roles: ReadonlySet<string> } | undefined;
  /** The user of the subject token; absent: there is none ("naked"). */
  readonly subject?: ImpersonatingSubject | undefined;
  readonly target: { readonly user: User; readonly roles: ReadonlySet<string> };
  /** With the requester as identity. */
  readonly context: PolicyContext;
}
export interface ImpersonatingSubject {
  readonly userId: string;
  /** Effective, as of now. */
  readonly roles: ReadonlySet<string>;
  readonly groupIds: readonly string[];
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** The token itself carries the role `impersonation` of the admin client (what Keycloak looks at). */
  readonly tokenHasImpersonationRole: boolean;
  /** clientId in the token's `azp`. */
  readonly holderClientId: string;
}

type Evidence = Readonly<Record<string, unknown>>;
export type ImpersonationRight =
  | { readonly allowed: true; readonly by: "user" | "client" | "permission"; readonly evidence: Evidence }
  | { readonly allowed: false; readonly refusal: Refusal; readonly evidence: Evidence };

/** The role of the admin client whose holders may become other users. */
const IMPERSONATION_ROLE = "impersonation";

/**
 * Whether the caller may become the target. Right: the role `impersonation`, of the subject's user (`keycloak`: in its token; `native`: as
 * of now, or of the requester's service account), or an `impersonate` permission; without a subject token only the permission. In `native`
 * a permission with policies is final, and administrators and holders of protected roles cannot be impersonated by those who lack the role.
 * @see Keycloak 26.1: impersonation by token exchange
 */
export function decideImpersonationRight(request: ImpersonationRequest): ImpersonationRight {
  const { view, requester, subject, target } = request;
  const native = view.realm.dialect === "native";
  if (native && !view.features.impersonation) return refuse("impersonation_switched_off");
  const notPermitted: Refusal = subject ? "impersonation_not_permitted" : "naked_impersonation_not_permitted";
  if (!subject) {
    if (requester.publicClient) return refuse("naked_impersonation_public");
    if (!view.realm.exchange.nakedImpersonation) return refuse("impersonation_switched_off");
  }

  const { permission, ...right } = native ? nativeRight(request) : keycloakRight(request);
  const evidence = permission ? { permission } : {};
  if (right.by === undefined) return refuse(notPermitted, evidence);

  const openness = mayBeImpersonated(request);
  const considered = openness ? { ...evidence, target_permission: openness } : evidence;
  if (openness && !openness.granted) return refuse(notPermitted, considered);

  if (native) {
    const holder = right.by === "client" || !subject ? request.serviceAccount?.roles : subject.roles;
    const lacked = protectedRoleLacked(view, target.roles, holder ?? new Set());
    if (lacked !== undefined) return refuse("impersonation_target_protected", { ...considered, protected_role: lacked });
  }
  return { allowed: true, by: right.by, evidence: considered };
}

const refuse = (refusal: Refusal, evidence: Evidence = {}): ImpersonationRight => ({ allowed: false, refusal, evidence });

interface Right {
  readonly by: "user" | "client" | "permission" | undefined;
  readonly permission?: PermissionResult | undefined;
}

/** Permission first, since it is final; then the user's role, then that of the requester's service account. */
function nativeRight(request: ImpersonationRequest): Right {
  const { view, subject, serviceAccount, requester } = request;
  // Who acts is the requester: a token that was once issued to a trusted client gives no right to the client that now holds it.
  const permission = evaluateImpersonate(request, requester.clientId);
  if (permission) return { by: permission.granted ? "permission" : undefined, permission };
  const role = view.clientRole(view.adminClientId, IMPERSONATION_ROLE);
  if (!subject || !role) return { by: undefined };
  if (subject.roles.has(role.id)) return { by: "user" };
  return { by: serviceAccount?.roles.has(role.id) ? "client" : undefined };
}

/** The role in the token, else the permission, asked for the client that holds the token. */
function keycloakRight(request: ImpersonationRequest): Right {
  const { subject, requester } = request;
  if (subject?.tokenHasImpersonationRole) return { by: "user" };
  const permission = evaluateImpersonate(request, subject?.holderClientId ?? requester.clientId);
  return { by: permission?.granted ? "permission" : undefined, permission };
}

/** Undefined: there is no such permission, or it has no policy. */
function evaluateImpersonate({ view, subject, context }: ImpersonationRequest, clientId: string): PermissionResult | undefined {
  const permission = findPermission(view, IMPERSONATE);
  if (!permission) return undefined;
  const identity: PolicyIdentity = subject
    ? {
        kind: "user",
        id: subject.userId,
        userId: subject.userId,
        roles: subject.roles,
        groupIds: subject.groupIds,
        attributes: subject.attributes,
        scope: context.identity.scope,
      }
    : context.identity;
  return evaluatePermission(permission, { ...context, identity, clientId });
}

/** Keycloak asks this of the target's side; without policies everybody may be impersonated. No requester is named when there is no token. */
function mayBeImpersonated({ view, subject, target, requester, context }: ImpersonationRequest): PermissionResult | undefined {
  const permission = findPermission(view, BE_IMPERSONATED);
  if (!permission) return undefined;
  const { user, roles } = target;
  const identity: PolicyIdentity = {
    kind: "user",
    id: user.id,
    userId: user.id,
    roles,
    groupIds: user.groupIds,
    attributes: profile(user),
  };
  return evaluatePermission(permission, { ...context, identity, clientId: subject ? requester.clientId : undefined });
}

/** A user's attributes as Keycloak shows them to policies: name and mail are among them. */
function profile({ username, email, firstName, lastName, attributes }: User): PolicyIdentity["attributes"] {
  const fields = Object.entries({ username, email, firstName, lastName }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, [value]] as const],
  );
  return { ...attributes, ...Object.fromEntries(fields) };
}
