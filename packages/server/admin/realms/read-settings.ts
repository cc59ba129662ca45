import type { Json, RealmRow } from "@cambist/store/config-ports.ts";
import { settingFault } from "../../imports/cambist-settings.ts";
import { REALM_FIELDS } from "../../imports/fields.ts";
import { isMasked } from "../../secrets/masked.ts";
import type { RealmNode } from "../../imports/realm-node.ts";
import { FLOW_BINDINGS } from "../../realm-template/authentication-flows.ts";
import type { SecretBox } from "../../secrets/secret-box.ts";
import { SMTP_SECRETS } from "../../secrets/secret-names.ts";
import { realmSecretPlace } from "../../secrets/secret-places.ts";
import { sealText } from "../../secrets/sealed-text.ts";
import type { AdminCall } from "../admin-call.ts";
import { type AdminError, invalid } from "../admin-error.ts";
import { attributesOf, membersOf } from "../../realms/twin-settings.ts";
import { reading, readRepresentation } from "../read-representation.ts";
import { clientPoliciesIn } from "./client-policies.ts";
import { knowsPasswordPolicy } from "./password-policies.ts";

/** Members of a realm that a PUT leaves alone: they have endpoints of their own, or only an import reads them. */
const NOT_BY_PUT: ReadonlySet<string> = new Set([
  "authenticationFlows",
  "authenticatorConfig",
  "requiredActions",
  "localizationTexts",
  "organizations",
  "keycloakVersion",
  "socialProviders",
  "userFederationProviders",
  "userFederationMappers",
  "protocolMappers",
  "clientTemplates",
  "applications",
  "applicationScopeMappings",
  "oauthClients",
  "federatedUsers",
]);

/**
 * Attributes that stay when a PUT brings others: settings of protocols, as in Keycloak, and limits of client sessions, which Keycloak would
 * lift without a word.
 */
const STAYING_ATTRIBUTE = /^(?:ciba|oauth2Device|parRequestUri|client(?:Offline)?Session)/;

/** What may stand in a header (SEC-ADM-13). */
const VISIBLE = /^[\x20-\x7e]*$/;

/**
 * A realm's settings after a PUT: members that are named replace, a list or map as a whole; null is the same as absent.
 * @throws {AdminError} 400 a wrong type or a value that means nothing
 */
export function changedRepresentation(call: AdminCall, row: RealmRow): Json {
  const box = call.secrets;
  const was = row.representation;
  const { node, kept: given } = readRepresentation(call, "RealmRepresentation", REALM_FIELDS);
  const attributes = reading(() => node.map("attributes"));
  // The member counts where both are given; a flag that new attributes leave out is off.
  const changed: Record<string, unknown> = { ...was, ...(attributes && { otpPolicyCodeReusable: false, ...membersOf(attributes) }) };
  for (const [member, value] of Object.entries(given)) {
    if (NOT_BY_PUT.has(member)) continue;
    if (Object.hasOwn(FLOW_BINDINGS, member)) checkFlow(was, value);
    changed[member] = value;
  }
  if (typeof given["passwordPolicy"] === "string" && !knowsPasswordPolicy(given["passwordPolicy"]))
    throw invalid("Password policy not found");
  for (const value of Object.values(asObject(given["browserSecurityHeaders"])))
    if (typeof value === "string" && !VISIBLE.test(value)) throw invalid("browserSecurityHeaders: header values are visible ASCII");
  if (given["browserSecurityHeaders"])
    changed["browserSecurityHeaders"] = { ...asObject(was["browserSecurityHeaders"]), ...asObject(given["browserSecurityHeaders"]) };
  Object.assign(changed, clientPoliciesIn(given, was));
  choose(changed, node, "sslRequired", ["all", "external", "none"], (text) => text.toLowerCase());
  choose(changed, node, "bruteForceStrategy", ["LINEAR", "MULTIPLE"], (text) => text.toUpperCase());
  if (attributes) changed["attributes"] = changedAttributes(asTexts(was["attributes"]), attributes);
  changed["attributes"] = { ...asObject(changed["attributes"]), ...attributesOf(given) };
  const server = reading(() => node.map("smtpServer"));
  if (server) changed["smtpServer"] = sealedServer(server, asTexts(was["smtpServer"]), row.id, box);
  return changed;
}

const asObject = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});
const asTexts = (value: unknown): Readonly<Record<string, string>> => asObject(value) as Readonly<Record<string, string>>; // so stored

const failed = (): AdminError => invalid("Failed to update realm");

function checkFlow(was: Json, alias: unknown): void {
  const flows = was["authenticationFlows"];
  const known = Array.isArray(flows) && flows.some((flow: Json) => flow["alias"] === alias && flow["topLevel"] === true);
  if (!known) throw failed();
}

function choose(
  changed: Record<string, unknown>,
  node: RealmNode,
  member: string,
  allowed: readonly string[],
  fold: (text: string) => string,
) {
  const text = reading(() => node.text(member));
  if (text === undefined) return;
  if (!allowed.includes(fold(text))) throw failed();
  changed[member] = fold(text);
}

/**
 * Attributes as a whole are replaced, as in Keycloak; but tools that do not know Cambist would erase its settings with every PUT, so those
 * stay until they are named. An empty one is removed.
 */
function changedAttributes(was: Readonly<Record<string, string>>, given: Readonly<Record<string, string>>): Json {
  const changed: Record<string, string> = {};
  for (const [name, value] of Object.entries(was)) if (name.startsWith("cambist.") || STAYING_ATTRIBUTE.test(name)) changed[name] = value;
  for (const [name, value] of Object.entries(given)) {
    const fault = settingFault("realm", name, value);
    if (fault !== undefined) throw invalid(`attributes.${name}: ${fault}`);
    if (value === "" && name.startsWith("cambist.")) delete changed[name];
    else changed[name] = value;
  }
  return changed;
}

/** What tells where a secret is sent: another value, and the stored secret is not sent there (SEC-ADM-08). */
const SMTP_PLACE: readonly string[] = ["host", "port", "user", "authType", "authTokenUrl", "authTokenClientId"];
/** And how: by these hangs whether it is encrypted, and which port is the usual one. */
const SMTP_FLAGS: readonly string[] = ["ssl", "starttls"];

/** A stored secret of `smtpServer` may be used with these settings. */
export const isSameMailPlace = (given: Readonly<Record<string, string>>, was: Readonly<Record<string, string>>): boolean =>
  SMTP_PLACE.every((member) => given[member] === was[member]) &&
  SMTP_FLAGS.every((member) => (given[member] === "true") === (was[member] === "true"));

/** The stored secret stays where the mask is sent back for the same place. */
function sealedServer(
  given: Readonly<Record<string, string>>,
  was: Readonly<Record<string, string>>,
  realmId: string,
  box: SecretBox,
): Json {
  const sealed: Record<string, string> = { ...given };
  const isSame = isSameMailPlace(given, was);
  for (const member of SMTP_SECRETS) {
    const secret = given[member];
    if (secret === undefined) continue;
    const stored = was[member];
    if (!isMasked(secret)) sealed[member] = sealText(box, secret, realmSecretPlace(realmId, `smtpServer.${member}`));
    else if (stored !== undefined && isSame) sealed[member] = stored;
    else delete sealed[member];
  }
  return sealed;
}
