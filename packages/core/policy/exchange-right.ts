import type { Client, Permission, RealmView } from "../model.ts";
import { evaluatePermission, type PermissionResult, type PolicyContext } from "./evaluate-permission.ts";
import { exchangeToClient } from "./permission-names.ts";

/** Name of the client role that stands in for a permission without policies. */
const EXCHANGE_ROLE = "token-exchange";

export interface ExchangeRightRequest {
  readonly view: RealmView;
  readonly requester: Client;
  /** Of the requester's service account: effective role ids. */
  readonly serviceAccount?: { readonly roles: ReadonlySet<string> } | undefined;
  readonly target: Client;
  /** With the requester as identity. */
  readonly context: PolicyContext;
}
export type ExchangeRight =
  | { readonly allowed: true; readonly by: "permission" | "role"; readonly permission?: PermissionResult }
  | { readonly allowed: false; readonly permission?: PermissionResult };

/**
 * Whether a requester may exchange to a target other than itself. A permission of the target with at least one policy is final. Where there
 * is none, `native` lets through a requester whose service account effectively holds the target's client role `token-exchange`.
 */
export function decideExchangeRight({ view, serviceAccount, target, context }: ExchangeRightRequest): ExchangeRight {
  const permission = findPermission(view, exchangeToClient(target.id));
  if (permission) {
    const result = evaluatePermission(permission, context);
    return result.granted ? { allowed: true, by: "permission", permission: result } : { allowed: false, permission: result };
  }
  const role = view.realm.dialect === "native" ? view.clientRole(target.clientId, EXCHANGE_ROLE) : undefined;
  return role && serviceAccount?.roles.has(role.id) ? { allowed: true, by: "role" } : { allowed: false };
}

/** A permission that has something to say: switched on, present, with a policy. */
export function findPermission(view: RealmView, name: string): Permission | undefined {
  const permission = view.features.fineGrainedAdminPermissions ? view.permissions?.find(name) : undefined;
  return permission && permission.policies.length > 0 ? permission : undefined;
}
