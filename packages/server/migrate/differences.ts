import type { Json } from "@cambist/store/config-ports.ts";
import { type RealmDocument, settingsOf } from "../imports/realm-document.ts";
import { ALGORITHMS } from "../keys/algorithms.ts";
import { FLOW_BINDINGS } from "../realm-template/authentication-flows.ts";
import { isBuiltInClient } from "../realm-template/built-in-clients.ts";
import { isJsonObject, jsonObjects } from "../realms/json-object.ts";
import { Notes } from "./notes.ts";

/** What a realm has that works otherwise here than at its Keycloak. */
export interface Differences {
  /** Whatever the dialect. */
  readonly both: Notes;
  readonly native: Notes;
  readonly keycloak: Notes;
}

/**
 * Looks through a realm file for what Cambist stores and does not act on, and for what its dialects do otherwise. What an import warns of (mappers, policies,
 * unknown members) and what the doctor finds (redirect URIs, keys, scopes) is said by these.
 * @throws {ImportError} a file that cannot be read
 */
export async function findDifferences(document: RealmDocument): Promise<Differences> {
  const found: Differences = { both: new Notes(), native: new Notes(), keycloak: new Notes() };
  // Members may come in any order: the clients are compared with the realm's lifetime, so it is read first.
  const settings = await settingsOf(document);
  ofRealm(settings, found);
  for await (const { index, value } of document.parts((name) => (name === "clients" ? "elements" : "skip"))) {
    if (index !== undefined && isJsonObject(value)) ofClient(value, settings, found);
  }
  found.native.add("refusals have status 400 and texts of their own", "see the table of refusals");
  found.native.add("an exchange answers with an access token alone", "a refresh token comes only when it is asked for");
  found.native.add("impersonation needs a right of its own and lasts two minutes", "see the guide to permissions");
  found.keycloak.add("answers are as Keycloak 26.1.3 gives them", "the exceptions are in docs/reference/deviations.md");
  return found;
}

function ofRealm(settings: Json, { both }: Differences): void {
  for (const { alias, providerId } of jsonObjects(settings["identityProviders"]))
    both.add(
      "identity providers, stored and not acted on: nobody signs in through them, tokens of theirs are not exchanged",
      `${String(alias)} (${String(providerId)})`,
    );
  for (const flow of jsonObjects(settings["authenticationFlows"]))
    if (flow["builtIn"] === false && flow["topLevel"] === true)
      both.add("authentication flows, stored and not acted on", String(flow["alias"]));
  for (const [member, flow] of Object.entries(USUAL_FLOWS)) {
    const bound = settings[member];
    if (typeof bound === "string" && bound !== flow) both.add("flows bound otherwise than usual, without effect", `${member} is ${bound}`);
  }
  const components = isJsonObject(settings["components"]) ? settings["components"] : {};
  for (const { name, providerId } of jsonObjects(components["org.keycloak.storage.UserStorageProvider"]))
    both.add("user federation, not acted on: its users cannot sign in with their passwords", `${String(name)} (${String(providerId)})`);
  const clientPolicies = isJsonObject(settings["clientPolicies"]) ? settings["clientPolicies"] : {};
  for (const { name } of jsonObjects(clientPolicies["policies"])) both.add("client policies, stored and not acted on", String(name));
  for (const listener of Array.isArray(settings["eventsListeners"]) ? (settings["eventsListeners"] as readonly unknown[]) : [])
    if (listener !== "jboss-logging") both.add("event listeners, not called", String(listener));
  for (const member of ["loginTheme", "accountTheme", "adminTheme", "emailTheme"] as const)
    if (typeof settings[member] === "string" && settings[member] !== "")
      both.add("themes, without effect", `${member} ${settings[member]}`);
  for (const member of PAGES) if (settings[member] === true) both.add("settings of sign-in pages, which are not there yet", member);
  const mailHost = isJsonObject(settings["smtpServer"]) ? settings["smtpServer"]["host"] : undefined;
  if (typeof mailHost === "string") both.add("mail is not sent", mailHost);
  algorithm("the realm", settings["defaultSignatureAlgorithm"], both);
}

/** Docker's protocol is off by default, and its flow with it. */
const { dockerAuthenticationFlow: _off, ...USUAL_FLOWS } = FLOW_BINDINGS;
const PAGES = ["registrationAllowed", "resetPasswordAllowed", "verifyEmail", "rememberMe"] as const;

/** Attributes of a client that name a signature algorithm. */
const SIGNATURES = ["access.token.signed.response.alg", "id.token.signed.response.alg", "user.info.response.signature.alg"] as const;
/** Attributes that switch something on that is not there. */
const SWITCHES: readonly (readonly [string, string])[] = [
  ["oauth2.device.authorization.grant.enabled", "the device grant"],
  ["oidc.ciba.grant.enabled", "CIBA"],
  ["require.pushed.authorization.requests", "pushed authorization requests"],
  ["dpop.bound.access.tokens", "DPoP"],
  ["tls.client.certificate.bound.access.tokens", "mTLS-bound tokens"],
];

function ofClient(client: Json, settings: Json, { both, native }: Differences): void {
  const clientId = String(client["clientId"]);
  if (isBuiltInClient(clientId) || client["bearerOnly"] === true) return;
  if (client["protocol"] === "saml") return both.add("SAML clients: SAML is not spoken", clientId);
  if (client["standardFlowEnabled"] === true || client["implicitFlowEnabled"] === true)
    both.add("clients of sign-in pages, which are not there yet (authorization code flow)", clientId);
  const attributes = isJsonObject(client["attributes"]) ? client["attributes"] : {};
  for (const name of SIGNATURES) algorithm(clientId, attributes[name], both);
  for (const [name, value] of Object.entries(attributes))
    if (/\.encrypted\.response\.(?:alg|enc)$/.test(name) && typeof value === "string" && value !== "")
      both.add("encrypted tokens: they come signed only", `${clientId} ${name}`);
  for (const [name, what] of SWITCHES) if (attributes[name] === "true") both.add(`clients of ${what}, which is not there`, clientId);
  if (client["clientAuthenticatorType"] === "client-x509")
    both.add("clients that authenticate by certificate, which is not there yet", clientId);
  const flows = client["authenticationFlowBindingOverrides"];
  if (isJsonObject(flows) && Object.keys(flows).length > 0) both.add("clients with flows of their own, without effect", clientId);
  const [own, realm] = [Number(attributes["access.token.lifespan"]), Number(settings["accessTokenLifespan"])];
  if (own > realm) native.add("clients whose exchanged tokens live no longer than the realm's", `${clientId} (${own} s, now ${realm} s)`);
}

function algorithm(owner: string, value: unknown, both: Notes): void {
  if (typeof value === "string" && value !== "" && value !== "none" && !ALGORITHMS.has(value))
    both.add("signature algorithms that are not there", `${owner} ${value}`);
}

function part(title: string, notes: Notes): readonly string[] {
  const lines = notes.lines();
  return lines.length === 0 ? [] : [`  ${title}:`, ...lines.map((line) => `    ${line}`)];
}

/** For people: what will be different, by dialect. */
export function differenceLines({ both, native, keycloak }: Differences): readonly string[] {
  return [
    ...part("in both dialects", both),
    ...part("in native, unless the server runs with --compatibility=keycloak or the realm says cambist.compatibility", native),
    ...part("in keycloak", keycloak),
  ];
}
