import type { DecisionStrategy, EpochSeconds, Permission, Policy, RealmView } from "../model.ts";
import { policyVote } from "./policy-vote.ts";

/** Who asks: a client (with the roles, groups and attributes of its service account) or a user. */
export interface PolicyIdentity {
  readonly kind: "client" | "user";
  /** UUID of the client, id of the user. */
  readonly id: string;
  readonly clientUuid?: string | undefined;
  readonly userId?: string | undefined;
  /** Effective role ids. */
  readonly roles: ReadonlySet<string>;
  /** Direct group ids. */
  readonly groupIds: readonly string[];
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** Scope of the token that the identity came with. */
  readonly scope?: string | undefined;
}

/** What policies decide by. */
export interface PolicyContext {
  readonly view: RealmView;
  readonly identity: PolicyIdentity;
  /** Keycloak's `kc.client.id`: clientId of the client that acts; undefined where nobody is named. */
  readonly clientId: string | undefined;
  readonly now: EpochSeconds;
  readonly ipAddress: string;
  readonly host?: string | undefined;
  readonly userAgent?: string | undefined;
  /** Whether the whole subject matches; undefined: this pattern cannot be run. */
  readonly matchesRegex: (pattern: string, subject: string) => boolean | undefined;
}

/** `unknown`: the policy cannot be decided (kind, configuration, pattern); it counts as a denial and is never inverted. */
export type Effect = "permit" | "deny" | "unknown";

/** What happened, for the audit record. */
export interface PermissionResult {
  readonly granted: boolean;
  /** Name of the permission. */
  readonly permission: string;
  /** In stored order; members of aggregates are not listed. */
  readonly policies: readonly { readonly name: string; readonly effect: Effect }[];
}

/**
 * Evaluates a permission's policies by its decision strategy. A permission without policies is not granted, nor is one whose own logic is
 * negative: nobody can say what that was meant to allow.
 * @see Keycloak 26: authorization services, policy evaluation
 */
export function evaluatePermission(permission: Permission, context: PolicyContext): PermissionResult {
  const evaluation = new Evaluation(context);
  const policies = permission.policies.map((policy) => ({ name: policy.name, effect: evaluation.effectOf(policy) }));
  const effects = policies.map(({ effect }) => effect);
  return {
    granted: permission.logic === "POSITIVE" && effects.length > 0 && isGranted(permission.strategy, effects),
    permission: permission.name,
    policies,
  };
}

/** UNANIMOUS: all permit. AFFIRMATIVE: one does. CONSENSUS: more do than do not. */
function isGranted(strategy: DecisionStrategy, effects: readonly Effect[]): boolean {
  const permits = effects.filter((effect) => effect === "permit").length;
  switch (strategy) {
    case "AFFIRMATIVE":
      return permits > 0;
    case "CONSENSUS":
      return permits > effects.length - permits;
    default:
      return permits === effects.length;
  }
}

/** Nesting of aggregates that is followed. */
const MAX_DEPTH = 16;

/** One evaluation: each policy is decided once, and an aggregate that contains itself is undecidable. */
class Evaluation {
  readonly #context: PolicyContext;
  readonly #known = new Map<Policy, Effect>();
  #depth = 0;

  constructor(context: PolicyContext) {
    this.#context = context;
  }

  effectOf(policy: Policy): Effect {
    const known = this.#known.get(policy);
    if (known !== undefined) return known;
    this.#known.set(policy, "unknown");
    const vote = policy.type === "aggregate" ? this.#aggregateVote(policy) : policyVote(policy, this.#context);
    const effect = vote === undefined ? "unknown" : vote === (policy.logic === "POSITIVE") ? "permit" : "deny";
    this.#known.set(policy, effect);
    return effect;
  }

  /** What is not granted because a member is undecidable is undecidable itself: turned round it would permit. */
  #aggregateVote({ policies, strategy }: Extract<Policy, { type: "aggregate" }>): boolean | undefined {
    if (policies.length === 0 || this.#depth >= MAX_DEPTH) return undefined;
    this.#depth++;
    const effects = policies.map((policy) => this.effectOf(policy));
    this.#depth--;
    if (isGranted(strategy, effects)) return true;
    return effects.includes("unknown") ? undefined : false;
  }
}
