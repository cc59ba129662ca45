/** How a member of a typed representation stands in the generic one: under this name of `config`, as text. */
interface PolicyField {
  readonly member: string;
  readonly config: string;
  /** `objects`: a list of objects of which these members are shown. */
  readonly kind: "text" | "flag" | "texts" | "objects";
  readonly shown?: readonly string[];
  /** In every answer: an empty list, or false, when it is not stored. */
  readonly always?: true;
  /** Absent in an update: what is stored stays. */
  readonly stays?: true;
}
export interface PolicyType {
  readonly name: string;
  readonly group: string;
  readonly fields: readonly PolicyField[];
  /** The list that may not be empty. */
  readonly needs?: string;
}

const texts = (member: string): PolicyField => ({ member, config: member, kind: "texts", always: true });
const objects = (member: string, ...shown: readonly string[]): PolicyField => ({
  member,
  config: member,
  kind: "objects",
  shown,
  always: true,
});
const text = (member: string, config = member): PolicyField => ({ member, config, kind: "text" });
const flag = (member: string): PolicyField => ({ member, config: member, kind: "flag" });

const IDENTITY = "Identity Based";
const PERMISSION = "Permission";
const RANGES = ["dayMonth", "month", "year", "hour", "minute"].flatMap((unit) => [text(unit), text(`${unit}End`)]);
const RESOURCE_TYPE = text("resourceType", "defaultResourceType");

/** The types of policies and permissions, by the word in their path. @see Keycloak 26: policy providers of its authorization services */
export const POLICY_TYPES: ReadonlyMap<string, PolicyType> = new Map(
  Object.entries({
    client: { name: "Client", group: IDENTITY, fields: [texts("clients")], needs: "clients" },
    "client-scope": { name: "Client Scope", group: IDENTITY, fields: [objects("clientScopes", "id", "required")] },
    group: {
      name: "Group",
      group: IDENTITY,
      fields: [{ ...text("groupsClaim"), stays: true }, objects("groups", "id", "extendChildren")],
      needs: "groups",
    },
    regex: {
      name: "Regex",
      group: IDENTITY,
      fields: [text("targetClaim"), text("pattern"), { ...flag("targetContextAttributes"), always: true as const }],
    },
    role: { name: "Role", group: IDENTITY, fields: [objects("roles", "id", "required"), flag("fetchRoles")] },
    user: { name: "User", group: IDENTITY, fields: [texts("users")] },
    aggregate: { name: "Aggregated", group: "Others", fields: [] },
    resource: { name: "Resource-Based", group: PERMISSION, fields: [RESOURCE_TYPE] },
    scope: { name: "Scope-Based", group: PERMISSION, fields: [RESOURCE_TYPE] },
    time: { name: "Time", group: "Time Based", fields: [text("notBefore", "nbf"), text("notOnOrAfter", "noa"), ...RANGES] },
  }),
);

/** Permissions tie resources and scopes to policies; the other types decide. */
export const isPermissionType = (type: string): boolean => type === "scope" || type === "resource" || type === "uma";

/** `policy/providers`. */
export const policyProviders = (): readonly { readonly type: string; readonly name: string; readonly group: string }[] =>
  [...POLICY_TYPES].map(([type, { name, group }]) => ({ type, name, group }));
