import type { Json, RealmRow } from "@cambist/store/config-ports.ts";
import { REALM_FIELDS } from "../../imports/fields.ts";
import { isJsonObject } from "../../realms/json-object.ts";
import { withMasks } from "../../secrets/masked.ts";
import { SMTP_SECRETS } from "../../secrets/secret-names.ts";

/** Parts of a realm's row that have endpoints of their own: they are in exports, not in the realm as it is read. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  "authenticationFlows",
  "authenticatorConfig",
  "requiredActions",
  "localizationTexts",
  "defaultDefaultClientScopes",
  "defaultOptionalClientScopes",
  "keycloakVersion",
  "organizations",
  "clientInitialAccess",
]);

/** Members that are absent while they hold nothing, as Keycloak writes them. */
const ABSENT_WHEN_EMPTY: readonly string[] = ["defaultGroups", "passwordPolicy", "eventsExpiration"];

/** A realm as the admin API shows it. What an import kept without knowing it stays out: strict readers would stumble over it. */
export function realmRepresentation(row: RealmRow): Json {
  return {
    id: row.id,
    realm: row.name,
    ...Object.fromEntries(Object.entries(wholeRealm(row)).filter(([member]) => REALM_FIELDS.has(member) && !ELSEWHERE.has(member))),
  };
}

/** The row's representation with everything an export has of the realm itself; secrets masked. */
export function wholeRealm(row: RealmRow): Json {
  const { defaultRole, smtpServer, ...members } = row.representation;
  const shown: Record<string, unknown> = { ...members, enabled: row.enabled, smtpServer: maskedServer(smtpServer) };
  for (const member of ABSENT_WHEN_EMPTY) {
    const value = shown[member];
    if (value === 0 || value === "" || (Array.isArray(value) && value.length === 0)) delete shown[member];
  }
  const role = defaultRole as Json | undefined;
  return {
    ...shown,
    ...(role && {
      defaultRole: {
        id: role["id"],
        name: role["name"],
        description: role["description"],
        composite: true,
        clientRole: false,
        containerId: row.id,
      },
    }),
  };
}

const maskedServer = (server: unknown): Json => (isJsonObject(server) ? withMasks(server, SMTP_SECRETS) : {});

const pick = (from: Json, members: readonly string[]): Json =>
  Object.fromEntries(members.flatMap((member) => (from[member] === undefined ? [] : [[member, from[member]]])));

/** What a list of realms shows with `briefRepresentation=true`. */
export const briefRealm = (row: RealmRow): Json => ({
  id: row.id,
  realm: row.name,
  ...pick(row.representation, ["displayName", "displayNameHtml"]),
  enabled: row.enabled,
});

/** What administrators of users or clients see of the realm. */
export const reducedRealm = (row: RealmRow, seesUsers: boolean): Json => ({
  realm: row.name,
  ...pick(row.representation, ["displayName", "displayNameHtml", "bruteForceProtected", "defaultLocale", "supportedLocales"]),
  ...(seesUsers && pick(row.representation, ["registrationEmailAsUsername"])),
});
