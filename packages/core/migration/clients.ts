import { ignoredMappers } from "../doctor/scopes.ts";
import type { Affected } from "./difference.ts";
import { aboutClient } from "./exchange.ts";
import type { MigratedClient, MigrationFacts } from "./facts.ts";
import { migratedClients } from "./requesters.ts";

/** Clients of the realm's own for which something is to be said. */
const clientsWith = (facts: MigrationFacts, detail: (client: MigratedClient) => string | boolean | undefined): readonly Affected[] =>
  migratedClients(facts).flatMap((client) => {
    const found = detail(client);
    if (found === undefined || found === false) return [];
    return [aboutClient(client, found === true ? undefined : found)];
  });

export const samlClients = ({ clients }: MigrationFacts): readonly Affected[] =>
  clients.filter(({ protocol, enabled }) => protocol === "saml" && enabled).map((client) => aboutClient(client));

export const authorizationServices = (facts: MigrationFacts): readonly Affected[] =>
  clientsWith(facts, ({ authorizationServicesEnabled }) => authorizationServicesEnabled);

/** Attributes that switch on what is not there. */
const SWITCHES: readonly (readonly [string, string])[] = [
  ["oauth2.device.authorization.grant.enabled", "device grant"],
  ["oidc.ciba.grant.enabled", "CIBA"],
  ["require.pushed.authorization.requests", "pushed authorization requests"],
];
const BINDINGS: readonly (readonly [string, string])[] = [
  ["dpop.bound.access.tokens", "DPoP"],
  ["tls.client.certificate.bound.access.tokens", "mTLS"],
];

const switchedOn = (attributes: Readonly<Record<string, string>>, names: typeof SWITCHES): string | undefined => {
  const on = names.flatMap(([name, what]) => (attributes[name]?.toLowerCase() === "true" ? [what] : []));
  return on.length > 0 ? on.join(", ") : undefined;
};

export const missingGrants = (facts: MigrationFacts): readonly Affected[] =>
  clientsWith(facts, ({ attributes }) => switchedOn(attributes, SWITCHES));

export const boundTokens = (facts: MigrationFacts): readonly Affected[] =>
  clientsWith(facts, ({ attributes }) => switchedOn(attributes, BINDINGS));

const AUTHENTICATORS: ReadonlySet<string> = new Set(["client-secret", "client-jwt", "client-secret-jwt"]);

/** Confidential clients that cannot prove here who they are. */
export const otherAuthentication = (facts: MigrationFacts): readonly Affected[] =>
  clientsWith(
    facts,
    ({ publicClient, bearerOnly, authenticatorType }) =>
      !publicClient && !bearerOnly && !AUTHENTICATORS.has(authenticatorType) && authenticatorType,
  );

/** Whose keys stand at an address. */
export const fetchedKeys = (facts: MigrationFacts): readonly Affected[] =>
  clientsWith(
    facts,
    ({ authenticatorType, attributes }) =>
      authenticatorType === "client-jwt" && attributes["use.jwks.url"]?.toLowerCase() === "true" && (attributes["jwks.url"] ?? true),
  );

export const notifiedOfLogout = (facts: MigrationFacts): readonly Affected[] =>
  clientsWith(facts, ({ attributes, adminUrl }) => attributes["backchannel.logout.url"] || adminUrl || undefined);

const SIGNATURES: readonly (readonly [string, string])[] = [
  ["access.token.signed.response.alg", "access token"],
  ["id.token.signed.response.alg", "ID token"],
  ["user.info.response.signature.alg", "userinfo"],
];

/** Clients, and the realm, whose tokens cannot be signed as they want it. */
export const otherSignatures = (facts: MigrationFacts): readonly Affected[] => {
  const { name, defaultSignatureAlgorithm } = facts.view.realm;
  const isMade = (value: string): boolean => value === "" || value === "none" || facts.isAlgorithm(value);
  const ofRealm: readonly Affected[] = isMade(defaultSignatureAlgorithm)
    ? []
    : [{ type: "realm", name, detail: defaultSignatureAlgorithm }];
  const ofClients = clientsWith(facts, ({ attributes }) => {
    const other = SIGNATURES.flatMap(([attribute, what]) => {
      const value = attributes[attribute] ?? "";
      // Userinfo is signed with key pairs alone.
      return isMade(value) && !(what === "userinfo" && value.startsWith("HS")) ? [] : [`${what} ${value}`];
    });
    return other.length > 0 ? other.join(", ") : undefined;
  });
  return [...ofRealm, ...ofClients];
};

export const encryptedTokens = (facts: MigrationFacts): readonly Affected[] =>
  clientsWith(facts, ({ attributes }) => {
    const names = Object.entries(attributes).flatMap(([name, value]) =>
      /\.encrypted\.response\.alg$|\.encryption\.alg$/.test(name) && value !== "" ? [`${name} ${value}`] : [],
    );
    return names.length > 0 ? names.join(", ") : undefined;
  });

const PAIRWISE = "oidc-sha256-pairwise-sub-mapper";

/** Clients whose tokens call each user by a name of their own. */
export const pairwiseSubjects = (facts: MigrationFacts): readonly Affected[] =>
  clientsWith(facts, ({ mappers, defaultScopes }) =>
    [...mappers, ...defaultScopes.flatMap((scope) => scope.mappers)].some(({ type }) => type === PAIRWISE),
  );

/** The others that write nothing. */
export const silentMappers = (facts: MigrationFacts): readonly Affected[] =>
  ignoredMappers(facts)
    .filter(({ type }) => type !== PAIRWISE)
    .map(({ mapper, type, where, problem }) => ({ type: "mapper", name: mapper, detail: `${type} of ${where}: ${problem}` }));

export const endedSessions = ({ source }: MigrationFacts): readonly Affected[] =>
  (source.sessions ?? [])
    .filter(({ active, offline }) => active + offline > 0)
    .map(({ clientId, active, offline }) => aboutClient({ clientId }, `${active} online, ${offline} offline`));

/** Clients whose users' wrong passwords come back under another status. */
export const passwordRefusals = (facts: MigrationFacts): readonly Affected[] =>
  clientsWith(facts, ({ directAccessGrantsEnabled }) => directAccessGrantsEnabled);
