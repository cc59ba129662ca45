import { describe, expect, test } from "vitest";
import type { Policy } from "../model.ts";
import { permission, policy, policyContext } from "../testing/policies.ts";
import { clientPolicy, role, testRealm, userId, type RealmSketch } from "../testing/realm.ts";
import { decideImpersonationRight, type ImpersonatingSubject, type ImpersonationRight } from "./impersonation-right.ts";
import { BE_IMPERSONATED, IMPERSONATE } from "./permission-names.ts";

const sketch: RealmSketch = {
  roles: { staff: [], treasurer: [], "realm-management/realm-admin": ["realm-management/impersonation", "realm-management/manage-users"] },
  clients: [
    { clientId: "admin-tool", serviceAccountsEnabled: true },
    { clientId: "app", publicClient: true },
    { clientId: "vault", roles: ["keeper"] },
    { clientId: "realm-management", roles: ["impersonation", "manage-users", "realm-admin"] },
  ],
  users: [{ username: "bob", roles: ["staff"] }],
};
const IMPERSONATION = "realm-management/impersonation";

interface Change {
  readonly realm?: RealmSketch;
  readonly dialect?: "native" | "keycloak";
  readonly impersonate?: readonly Policy[];
  readonly openness?: readonly Policy[];
  readonly requester?: string;
  readonly naked?: boolean;
  /** Roles of the subject's user, the requester's service account, the target. */
  readonly user?: readonly string[];
  readonly account?: readonly string[];
  readonly target?: readonly string[];
  readonly subject?: Partial<ImpersonatingSubject>;
}

/** A support user with the role becomes bob; each test changes one thing. */
function decide(change: Change = {}): ImpersonationRight {
  const view = testRealm({
    ...sketch,
    permissions: {
      ...(change.impersonate && { [IMPERSONATE]: change.impersonate }),
      ...(change.openness && { [BE_IMPERSONATED]: change.openness }),
    },
    ...change.realm,
    realm: { dialect: change.dialect ?? "native", ...change.realm?.realm },
  });
  const held = (names: readonly string[] = []): ReadonlySet<string> => view.expandRoles(names.map(role));
  const requester = view.client(change.requester ?? "admin-tool");
  return decideImpersonationRight({
    view,
    requester,
    serviceAccount: { roles: held(change.account) },
    subject: change.naked
      ? undefined
      : {
          userId: userId("support"),
          roles: held(change.user ?? [IMPERSONATION]),
          groupIds: [],
          attributes: {},
          tokenHasImpersonationRole: true,
          holderClientId: "app",
          ...change.subject,
        },
    target: { user: view.user("bob"), roles: held(change.target ?? ["staff"]) },
    context: policyContext(view, { clientId: requester.clientId, identity: { id: requester.id, roles: held(change.account) } }),
  });
}
const outcome = (right: ImpersonationRight): string => (right.allowed ? right.by : right.refusal);
const support = policy({ type: "user", userIds: new Set([userId("support")]) });
const nobody = policy({ type: "user", userIds: new Set([userId("someone")]) });

describe("native", () => {
  test.each<readonly [string, Change, string]>([
    ["the user's role, as of now, gives the right", {}, "user"],
    ["a role that only the token carries gives nothing", { user: [] }, "impersonation_not_permitted"],
    ["a role that the token does not carry counts", { subject: { tokenHasImpersonationRole: false } }, "user"],
    ["the requester's service account may have the role instead", { user: [], account: [IMPERSONATION] }, "client"],
    ["a permission gives the right", { user: [], impersonate: [support] }, "permission"],
    ["a permission that does not grant refuses whoever has the role", { impersonate: [nobody] }, "impersonation_not_permitted"],
    ["a permission asks for the client that acts", { user: [], impersonate: [clientPolicy("admin-tool")] }, "permission"],
    [
      "a permission for the client the token came from is not enough",
      { user: [], impersonate: [clientPolicy("app")] },
      "impersonation_not_permitted",
    ],
    [
      "an undecidable permission refuses",
      { impersonate: [policy({ type: "unknown", kind: "js" }, "NEGATIVE")] },
      "impersonation_not_permitted",
    ],
    ["a target that may not be impersonated", { openness: [nobody] }, "impersonation_not_permitted"],
    ["a target that the openness permission names", { openness: [policy({ type: "user", userIds: new Set([userId("bob")]) })] }, "user"],
    ["the openness permission may ask for a field of the target", { openness: [usernameIs("bob")] }, "user"],
    ["SEC-TX-13 an administrator", { target: ["realm-management/manage-users"] }, "impersonation_target_protected"],
    ["SEC-TX-13 an administrator by a composite role", { target: ["realm-management/realm-admin"] }, "impersonation_target_protected"],
    [
      "SEC-TX-13 an administrator whose every role the impersonator has",
      { user: ["realm-management/realm-admin"], target: ["realm-management/manage-users"] },
      "user",
    ],
    [
      "SEC-TX-13 a holder of a protected realm role",
      { ...protecting("treasurer"), target: ["treasurer"] },
      "impersonation_target_protected",
    ],
    [
      "SEC-TX-13 a holder of a protected client role",
      { ...protecting("vault/keeper"), target: ["vault/keeper"] },
      "impersonation_target_protected",
    ],
    [
      "SEC-TX-13 a protected role that the impersonator has too",
      { ...protecting("treasurer"), user: [IMPERSONATION, "treasurer"], target: ["treasurer"] },
      "user",
    ],
    ["SEC-TX-13 an ordinary role is what impersonation is for", { target: ["staff", "treasurer"] }, "user"],
    [
      "SEC-TX-13 a service account does not borrow the roles of the subject's user",
      { ...protecting("treasurer"), user: ["treasurer"], account: [IMPERSONATION], target: ["treasurer"] },
      "impersonation_target_protected",
    ],
    ["impersonation switched off", { realm: { features: { impersonation: false } } }, "impersonation_switched_off"],
    [
      "SEC-TX-12 naked: the role of the service account is not enough",
      { naked: true, account: [IMPERSONATION] },
      "naked_impersonation_not_permitted",
    ],
    ["SEC-TX-12 naked: a permission that names the client", { naked: true, impersonate: [clientPolicy("admin-tool")] }, "permission"],
    [
      "SEC-TX-12 naked: a permission that names another",
      { naked: true, impersonate: [clientPolicy("app")] },
      "naked_impersonation_not_permitted",
    ],
    ["SEC-TX-12 naked: a permission for users", { naked: true, impersonate: [support] }, "naked_impersonation_not_permitted"],
    [
      "SEC-TX-12 naked: a public client",
      { naked: true, requester: "app", impersonate: [clientPolicy("app")] },
      "naked_impersonation_public",
    ],
    [
      "SEC-TX-12 naked: the realm's switch refuses always",
      { naked: true, impersonate: [clientPolicy("admin-tool")], realm: { exchange: { nakedImpersonation: false } } },
      "impersonation_switched_off",
    ],
    [
      "SEC-TX-13 naked: an administrator",
      { naked: true, impersonate: [clientPolicy("admin-tool")], target: [IMPERSONATION] },
      "impersonation_target_protected",
    ],
  ])("%s", (_title, change, expected) => {
    expect(outcome(decide(change))).toBe(expected);
  });

  test("a permission without policies counts as not set", () => {
    const permissions = { [IMPERSONATE]: permission([]), [BE_IMPERSONATED]: permission([]) };
    expect(outcome(decide({ realm: { permissions } }))).toBe("user");
    expect(outcome(decide({ naked: true, realm: { permissions } }))).toBe("naked_impersonation_not_permitted");
  });

  test("with fine-grained permissions off only the role counts", () => {
    const features = { fineGrainedAdminPermissions: false };
    expect(outcome(decide({ impersonate: [nobody], openness: [nobody], realm: { features } }))).toBe("user");
  });

  test("in master the admin clients of all realms and the admin role are protected", () => {
    const realm: RealmSketch = {
      realm: { name: "master" },
      roles: { admin: [], staff: [] },
      clients: [
        { clientId: "admin-tool" },
        { clientId: "master-realm", roles: ["impersonation"] },
        { clientId: "acme-realm", roles: ["view-users"] },
      ],
    };
    const user = ["master-realm/impersonation"];
    expect(outcome(decide({ realm, user, target: ["staff"] }))).toBe("user");
    expect(outcome(decide({ realm, user, target: ["acme-realm/view-users"] }))).toBe("impersonation_target_protected");
    expect(outcome(decide({ realm, user, target: ["admin"] }))).toBe("impersonation_target_protected");
  });

  test("the evidence names the permissions and the protected role", () => {
    expect(decide({ impersonate: [support], target: ["realm-management/manage-users"] })).toEqual({
      allowed: false,
      refusal: "impersonation_target_protected",
      evidence: {
        permission: { granted: true, permission: IMPERSONATE, policies: [{ name: "user", effect: "permit" }] },
        protected_role: "realm-management/manage-users",
      },
    });
  });
});

describe("keycloak", () => {
  test.each<readonly [string, Change, string]>([
    ["the role in the token gives the right", { user: [] }, "user"],
    [
      "a role that the token does not carry gives nothing",
      { subject: { tokenHasImpersonationRole: false } },
      "impersonation_not_permitted",
    ],
    [
      "the role of the service account gives nothing",
      { account: [IMPERSONATION], subject: { tokenHasImpersonationRole: false } },
      "impersonation_not_permitted",
    ],
    ["a permission gives the right", { impersonate: [support], subject: { tokenHasImpersonationRole: false } }, "permission"],
    [
      "a permission asks for the client the token came from",
      { impersonate: [clientPolicy("app")], subject: { tokenHasImpersonationRole: false } },
      "permission",
    ],
    ["a permission that does not grant leaves the role alone", { impersonate: [nobody] }, "user"],
    ["a target that may not be impersonated", { openness: [nobody] }, "impersonation_not_permitted"],
    ["the openness permission asks for the requester", { openness: [clientPolicy("admin-tool")] }, "user"],
    ["an administrator is no exception", { target: ["realm-management/realm-admin"] }, "user"],
    ["the feature switch has no effect", { realm: { features: { impersonation: false } } }, "user"],
    ["naked: a permission that names the client", { naked: true, impersonate: [clientPolicy("admin-tool")] }, "permission"],
    [
      "naked: the role of the service account is not enough",
      { naked: true, account: [IMPERSONATION] },
      "naked_impersonation_not_permitted",
    ],
    ["naked: a public client", { naked: true, requester: "app" }, "naked_impersonation_public"],
    [
      "naked: no requester is named to the openness permission",
      { naked: true, impersonate: [clientPolicy("admin-tool")], openness: [clientPolicy("admin-tool")] },
      "naked_impersonation_not_permitted",
    ],
  ])("%s", (_title, change, expected) => {
    expect(outcome(decide({ dialect: "keycloak", ...change }))).toBe(expected);
  });
});

function usernameIs(name: string): Policy {
  return policy({ type: "regex", targetClaim: "username", pattern: name, targetContextAttributes: false });
}
function protecting(name: string): Change {
  return { realm: { exchange: { protectedRoles: [name] } } };
}
