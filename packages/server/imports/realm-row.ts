import type { Json, RealmRow } from "@cambist/store/config-ports.ts";
import { SMTP_SECRETS, withoutSecrets } from "../secrets/secret-names.ts";
import { sealSettings } from "../secrets/authenticator-settings.ts";
import { realmSecretPlace } from "../secrets/secret-places.ts";
import { sealText } from "../secrets/sealed-text.ts";
import { attributesOf, membersOf } from "../realms/twin-settings.ts";
import type { NewRealm } from "../realm-template/new-realm.ts";
import { checkSettings, settingsNotEnforced } from "./cambist-settings.ts";
import { readFields, REALM_FIELDS } from "./fields.ts";
import { type ImportContext, WARNED, warnUnknown } from "./import-context.ts";
import { isMasked } from "../secrets/masked.ts";
import type { RealmNode } from "./realm-node.ts";

/** Members of the template that other rows are made of. */
const NOT_SETTINGS: ReadonlySet<string> = new Set([
  "realm",
  "enabled",
  "attributes",
  "roles",
  "groups",
  "defaultRole",
  "scopeMappings",
  "clientScopeMappings",
  "clients",
  "clientScopes",
  "defaultDefaultClientScopes",
  "defaultOptionalClientScopes",
  "identityProviders",
  "identityProviderMappers",
  "components",
]);

/** What of the representation is worked out by others and stored with the realm. */
export interface RealmReferences {
  readonly defaultRole: Readonly<Record<string, unknown>>;
  readonly defaultGroups: readonly string[];
  readonly defaultDefaultClientScopes: readonly string[];
  readonly defaultOptionalClientScopes: readonly string[];
  /** Absent when there are none. */
  readonly organizations?: readonly Json[];
}

/**
 * The realm's own row: what the file says, else what a new realm has. A realm that does not say `enabled` is disabled.
 * @throws {ImportError} a wrong type, an unknown `sslRequired`, an invalid `cambist.*` attribute
 */
export function realmRow(context: ImportContext, node: RealmNode, template: NewRealm, references: RealmReferences): RealmRow {
  const { kept, unknown } = readFields(node, REALM_FIELDS);
  warnUnknown(context, "", unknown);
  const settings = Object.fromEntries(Object.entries(template).filter(([name]) => !NOT_SETTINGS.has(name)));
  const attributes = node.map("attributes") ?? {};
  checkSettings("realm", node, "attributes", attributes);
  for (const name of settingsNotEnforced(attributes)) context.warnings.add(WARNED.settings, name);
  const representation: Json = {
    ...settings,
    ...kept,
    ...unused(context, kept),
    ...authenticatorConfig(context, node),
    ...membersOf(attributes),
    ...choice(node, "sslRequired", ["all", "external", "none"], (text) => text.toLowerCase()),
    ...choice(node, "bruteForceStrategy", ["LINEAR", "MULTIPLE"], (text) => text.toUpperCase()),
    ...smtpServer(context, node),
    attributes: { ...template.attributes, ...attributesOf(kept), ...attributes },
    ...references,
  };
  return { id: context.realmId, name: context.realmName, enabled: node.flag("enabled") ?? false, representation };
}

function choice(node: RealmNode, member: string, allowed: readonly string[], fold: (text: string) => string): Json {
  const text = node.text(member);
  if (text === undefined) return {};
  if (!allowed.includes(fold(text))) node.fail(member, `one of ${allowed.join(", ")} should be here`);
  return { [member]: fold(text) };
}

function authenticatorConfig({ tools, realmId }: ImportContext, node: RealmNode): Json {
  const steps = node.nodes("authenticatorConfig");
  if (!steps) return {};
  return {
    authenticatorConfig: steps.map((step) => ({
      ...step.members,
      config: sealSettings(step.map("config") ?? {}, realmId, tools.box),
    })),
  };
}

/** Parts of old files that nothing here reads: they are kept for an export, their secrets are not. */
const UNUSED = ["userFederationProviders", "userFederationMappers", "socialProviders", "applications", "oauthClients", "clientTemplates"];

function unused({ warnings }: ImportContext, kept: Json): Json {
  return Object.fromEntries(
    UNUSED.flatMap((member) => {
      if (kept[member] === undefined) return [];
      const bare = withoutSecrets(kept[member]);
      if (JSON.stringify(bare) !== JSON.stringify(kept[member])) warnings.add(WARNED.unusedSecrets, member);
      return [[member, bare]];
    }),
  );
}

function smtpServer(context: ImportContext, node: RealmNode): Json {
  const server = node.map("smtpServer");
  if (!server) return {};
  const sealed = { ...server };
  for (const member of SMTP_SECRETS) {
    const secret = server[member];
    if (secret === undefined) continue;
    if (isMasked(secret)) {
      delete sealed[member];
      context.warnings.add(WARNED.masked, `smtpServer.${member}`);
    } else sealed[member] = sealText(context.tools.box, secret, realmSecretPlace(context.realmId, `smtpServer.${member}`));
  }
  return { smtpServer: sealed };
}
