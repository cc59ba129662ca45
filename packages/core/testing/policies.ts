import type { DecisionStrategy, Permission, Policy, RealmView } from "../model.ts";
import type { PolicyContext, PolicyIdentity } from "../policy/evaluate-permission.ts";
import { uuid } from "./realm.ts";

/** 2026-03-14 15:09:26 UTC, a Saturday. */
export const NOW = Date.UTC(2026, 2, 14, 15, 9, 26) / 1000;

type Negatable<T> = T extends Policy ? Omit<T, "id" | "name" | "logic"> : never;

/** A policy in one line; positive unless said otherwise. */
export const policy = (body: Negatable<Policy>, logic: "POSITIVE" | "NEGATIVE" = "POSITIVE", name: string = body.type): Policy => ({
  id: `policy:${name}`,
  name,
  logic,
  ...body,
});

export const permission = (policies: readonly Policy[], strategy: DecisionStrategy = "UNANIMOUS"): Permission => ({
  id: "permission",
  name: "permission",
  logic: "POSITIVE",
  strategy,
  policies,
});

/** The client `portal` asks; `identity` changes who it is. */
export function policyContext(
  view: RealmView,
  { identity, ...change }: Partial<Omit<PolicyContext, "identity">> & { identity?: Partial<PolicyIdentity> } = {},
): PolicyContext {
  return {
    view,
    identity: {
      kind: "client",
      id: uuid("portal"),
      clientUuid: uuid("portal"),
      roles: new Set(),
      groupIds: [],
      attributes: {},
      ...identity,
    },
    clientId: "portal",
    now: NOW,
    ipAddress: "203.0.113.7",
    matchesRegex: (pattern, subject) => (pattern.includes("\\1") ? undefined : new RegExp(`^(?:${pattern})$`, "u").test(subject)),
    ...change,
  };
}
