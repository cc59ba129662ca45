import { didYouMean } from "./nearest.ts";

/** Keycloak's kinds of feature. `preview` ones are switched on together by `--features=preview`. */
export type FeatureType = "default" | "preview" | "experimental" | "deprecated" | "disabled-by-default";

/** The switches the server looks at. To make another feature effective, give its row a `gate`. */
export const FEATURE_GATES = [
  "tokenExchange",
  "standardTokenExchange",
  "impersonation",
  "fineGrainedAdminPermissions",
  "userEventMetrics",
] as const;
export type FeatureGate = (typeof FEATURE_GATES)[number];
export type FeatureSwitches = Readonly<Record<FeatureGate, boolean>>;

export interface FeatureRow {
  /** Name without the version: `token-exchange-standard`. */
  readonly name: string;
  readonly version: number;
  readonly type: FeatureType;
  /** The switch it turns; a feature without one is known, and switching it changes nothing here. */
  readonly gate?: FeatureGate;
}

const plain = (type: FeatureType, ...names: string[]): FeatureRow[] => names.map((name) => ({ name, version: 1, type }));

/**
 * Every feature name of Keycloak 26.1 to 26.7. Those with a gate are on by default here, whatever their type: token exchange and its permissions
 * are what this server is for.
 */
export const FEATURES: readonly FeatureRow[] = [
  { name: "token-exchange", version: 1, type: "preview", gate: "tokenExchange" },
  { name: "token-exchange-standard", version: 2, type: "default", gate: "standardTokenExchange" },
  { name: "impersonation", version: 1, type: "default", gate: "impersonation" },
  { name: "admin-fine-grained-authz", version: 1, type: "preview", gate: "fineGrainedAdminPermissions" },
  { name: "user-event-metrics", version: 1, type: "default", gate: "userEventMetrics" },
  { name: "account", version: 3, type: "default" },
  { name: "admin", version: 2, type: "default" },
  { name: "admin-fine-grained-authz", version: 2, type: "default" },
  { name: "client-admin-api", version: 2, type: "experimental" },
  { name: "hostname", version: 1, type: "deprecated" },
  { name: "hostname", version: 2, type: "default" },
  { name: "identity-brokering-api", version: 1, type: "preview" },
  { name: "identity-brokering-api", version: 2, type: "experimental" },
  { name: "login", version: 1, type: "deprecated" },
  { name: "login", version: 2, type: "default" },
  { name: "rolling-updates", version: 1, type: "default" },
  { name: "rolling-updates", version: 2, type: "preview" },
  { name: "token-exchange-external-internal", version: 2, type: "experimental" },
  ...plain(
    "default",
    "account-api",
    "admin-api",
    "authorization",
    "ciba",
    "client-policies",
    "device-flow",
    "dpop",
    "kerberos",
    "opentelemetry",
  ),
  ...plain("default", "organization", "par", "passkeys", "persistent-user-sessions", "recovery-codes", "step-up-authentication"),
  ...plain("default", "update-email", "web-authn", "jwt-authorization-grant"),
  ...plain("preview", "client-auth-federated", "client-secret-rotation", "http-optimized-serializers", "kubernetes-service-accounts"),
  ...plain(
    "preview",
    "log-mdc",
    "opentelemetry-logs",
    "opentelemetry-metrics",
    "passkeys-conditional-ui-authenticator",
    "scripts",
    "spiffe",
  ),
  ...plain("preview", "parameterized-scopes", "step-up-authentication-saml", "workflows"),
  ...plain("experimental", "cache-embedded-remote-store", "client-types", "clusterless", "db-tidb", "declarative-ui", "dynamic-scopes"),
  ...plain("experimental", "identity-assertion-jwt", "ipa-tuura-federation", "oid4vc-vci", "openapi", "quick-theme", "scim-api", "ssf"),
  ...plain("experimental", "token-exchange-delegation", "transient-users"),
  ...plain("deprecated", "instagram-broker", "logout-all-sessions", "persistent-user-sessions-no-cache"),
  ...plain("disabled-by-default", "docker", "fips", "multi-site"),
];

/** Other spellings that mean one feature: a conference talk's compose file says `fine-grained-authz`. */
export const FEATURE_ALIASES: Readonly<Record<string, string>> = { "fine-grained-authz": "admin-fine-grained-authz:v1" };

const KEYS = new Set(FEATURES.flatMap((row) => [row.name, keyOf(row)]));
export const FEATURE_NAMES: readonly string[] = [...KEYS, ...Object.keys(FEATURE_ALIASES), "preview"];

/** What the options say about features, each part already split at its commas. */
export interface FeatureRequest {
  readonly enabled: readonly string[];
  readonly disabled: readonly string[];
  /** `--feature-NAME=enabled|disabled|vN`, which wins over the two lists. */
  readonly single: ReadonlyMap<string, string>;
}

/** One feature as the admin API's server information reports it. */
export interface FeatureState {
  /** Keycloak's constant: `TOKEN_EXCHANGE_STANDARD_V2`, `IMPERSONATION`. */
  readonly constant: string;
  readonly name: string;
  readonly version: number;
  readonly type: FeatureType;
  readonly enabled: boolean;
}

export interface FeatureResult {
  readonly switches: FeatureSwitches;
  readonly states: readonly FeatureState[];
  readonly warnings: readonly string[];
  readonly problems: readonly string[];
}

/**
 * Settles which features are on. Unknown names, a name both on and off and a version that does not exist are problems; names that cannot be
 * switched here are warnings.
 */
export function resolveFeatures(request: FeatureRequest): FeatureResult {
  const problems: string[] = [];
  const warnings: string[] = [];
  const on = namedRows(request.enabled, "features", problems);
  const off = namedRows(request.disabled, "features-disabled", problems);
  for (const row of on) {
    if (off.has(row)) problems.push(`features: ${row.name} is in --features and in --features-disabled; keep one`);
  }
  for (const [name, value] of request.single) applySingle(name, value, on, off, problems);

  for (const row of [...on, ...off]) {
    const built = row.gate ?? gateOfName(row.name);
    if (built === undefined)
      warnings.push(`Feature ${row.name} is known, but switching it ${on.has(row) ? "on" : "off"} changes nothing in Cambist.`);
    else if (row.gate === undefined && on.has(row))
      warnings.push(`Feature ${keyOf(row)} is not part of Cambist; ${row.name}:v1 stays as it is.`);
  }
  const isOn = (row: FeatureRow): boolean => row.gate !== undefined && !off.has(row);
  return {
    switches: Object.fromEntries(FEATURE_GATES.map((gate) => [gate, FEATURES.some((row) => row.gate === gate && isOn(row))])) as Record<
      FeatureGate,
      boolean
    >,
    states: FEATURES.map((row) => ({
      constant: constantOf(row),
      name: row.name,
      version: row.version,
      type: row.type,
      enabled: isOn(row),
    })),
    warnings: [...new Set(warnings)],
    problems,
  };
}

function namedRows(names: readonly string[], option: string, problems: string[]): Set<FeatureRow> {
  const rows = new Set<FeatureRow>();
  for (const name of names) {
    if (name === "preview") continue; // what is preview in Keycloak and built here is on anyway
    const key = FEATURE_ALIASES[name] ?? name;
    const found = rowsOf(key, option === "features-disabled");
    if (found.length === 0)
      problems.push(`${option}: unknown feature ${JSON.stringify(name.slice(0, 80))}${didYouMean(name, FEATURE_NAMES)}`);
    for (const row of found) rows.add(row);
  }
  return rows;
}

/** A bare name that is switched off means every version; switched on, the version built here, else the highest. */
function rowsOf(key: string, every: boolean): readonly FeatureRow[] {
  const exact = FEATURES.filter((row) => keyOf(row) === key);
  if (exact.length > 0) return exact;
  const versions = FEATURES.filter((row) => row.name === key).toSorted((a, b) => b.version - a.version);
  return every
    ? versions
    : versions
        .filter((row) => row.gate !== undefined)
        .concat(versions)
        .slice(0, 1);
}

function applySingle(name: string, value: string, on: Set<FeatureRow>, off: Set<FeatureRow>, problems: string[]): void {
  const option = `feature-${name}`;
  const bare = (FEATURE_ALIASES[name] ?? name).replace(/:v\d+$/, "");
  const versions = FEATURES.filter((row) => row.name === bare);
  if (versions.length === 0) {
    problems.push(
      `${option}: unknown feature${didYouMean(
        name,
        FEATURE_NAMES.filter((known) => !known.includes(":")),
      )}`,
    );
    return;
  }
  const chosen =
    value === "disabled"
      ? rowsOf(bare, true)
      : value === "enabled"
        ? rowsOf(bare, false)
        : versions.filter((row) => `v${row.version}` === value);
  if (chosen.length === 0) {
    problems.push(
      `${option}: takes enabled, disabled or ${versions.map((row) => `v${row.version}`).join(", ")}${didYouMean(value, ["enabled", "disabled"])}`,
    );
    return;
  }
  for (const row of versions) {
    on.delete(row);
    off.delete(row);
  }
  for (const row of chosen) (value === "disabled" ? off : on).add(row);
}

const gateOfName = (name: string): FeatureGate | undefined => FEATURES.find((row) => row.name === name && row.gate !== undefined)?.gate;

function keyOf({ name, version }: Pick<FeatureRow, "name" | "version">): string {
  return `${name}:v${version}`;
}

/** Keycloak's enum names carry the version only where it is not the first, or where the first was added beside a later one. */
function constantOf({ name, version }: FeatureRow): string {
  const upper = name.toUpperCase().replaceAll("-", "_");
  return version > 1 || VERSIONED_FIRST.has(name) ? `${upper}_V${version}` : upper;
}
const VERSIONED_FIRST = new Set(["hostname", "identity-brokering-api", "login", "logout-all-sessions", "rolling-updates"]);
