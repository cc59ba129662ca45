import { attributeMapper, mapper, type MapperTemplate } from "./client-scopes.ts";

/** A client of the template: a client representation without id and scope lists (those are the realm's defaults). */
export interface ClientTemplate {
  readonly clientId: string;
  readonly protocolMappers?: readonly MapperTemplate[];
  readonly [member: string]: unknown;
}

interface Kind {
  readonly publicClient?: boolean;
  readonly bearerOnly?: boolean;
  readonly standardFlow?: boolean;
  readonly directGrants?: boolean;
  readonly fullScope?: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  readonly more?: Readonly<Record<string, unknown>>;
}

const client = (clientId: string, name: string, kind: Kind): ClientTemplate => ({
  clientId,
  name,
  surrogateAuthRequired: false,
  enabled: true,
  alwaysDisplayInConsole: false,
  clientAuthenticatorType: "client-secret",
  redirectUris: [],
  webOrigins: [],
  notBefore: 0,
  bearerOnly: kind.bearerOnly ?? false,
  consentRequired: false,
  standardFlowEnabled: kind.standardFlow ?? true,
  implicitFlowEnabled: false,
  directAccessGrantsEnabled: kind.directGrants ?? false,
  serviceAccountsEnabled: false,
  publicClient: kind.publicClient ?? false,
  frontchannelLogout: false,
  attributes: kind.attributes,
  authenticationFlowBindingOverrides: {},
  fullScopeAllowed: kind.fullScope ?? false,
  nodeReRegistrationTimeout: 0,
  ...kind.more,
});

const OIDC = { protocol: "openid-connect" };
const OURS = { realm_client: "false" };
const INFRASTRUCTURE = { realm_client: "true" };
const LOGOUT_ANYWHERE = { "post.logout.redirect.uris": "+" };
const PKCE = { "pkce.code.challenge.method": "S256" };
const LIGHTWEIGHT = { "client.use.lightweight.access.token.enabled": "true" };

/** The client that holds a realm's admin roles: `realm-management`, in master `master-realm`. */
export const adminClientId = (master: boolean): string => (master ? "master-realm" : "realm-management");

/** The client in master that holds the admin roles over another realm; the wire name, and Keycloak's. */
export const realmClientId = (realmName: string): string => `${realmName}-realm`;

const OF_EVERY_REALM: ReadonlySet<string> = new Set([
  "account",
  "account-console",
  "admin-cli",
  "broker",
  "realm-management",
  "security-admin-console",
]);

/** Whether a client is one that Keycloak makes: in every realm, or in master for another one. */
export const isBuiltInClient = (clientId: string): boolean => OF_EVERY_REALM.has(clientId) || clientId.endsWith("-realm");

/** No protocol, and in master no scopes, apart from those of `master-realm` itself. */
export const realmClient = (realmName: string): ClientTemplate =>
  client(realmClientId(realmName), `${realmName} Realm`, {
    bearerOnly: true,
    attributes: INFRASTRUCTURE,
    ...(realmName === "master" ? {} : { more: { defaultClientScopes: [], optionalClientScopes: [] } }),
  });

/** The clients every realm has. Their URLs hold the realm's name. */
export function builtInClients(realmName: string, master: boolean): readonly ClientTemplate[] {
  const account = {
    rootUrl: "${authBaseUrl}",
    baseUrl: `/realms/${realmName}/account/`,
    redirectUris: [`/realms/${realmName}/account/*`],
    ...OIDC,
  };
  return [
    client("account", "${client_account}", { publicClient: true, attributes: { ...OURS, ...LOGOUT_ANYWHERE }, more: account }),
    client("account-console", "${client_account-console}", {
      publicClient: true,
      attributes: { ...OURS, ...LOGOUT_ANYWHERE, ...PKCE },
      more: { ...account, protocolMappers: [mapper("audience resolve", "oidc-audience-resolve-mapper", {})] },
    }),
    client("admin-cli", "${client_admin-cli}", {
      publicClient: true,
      standardFlow: false,
      directGrants: true,
      fullScope: true,
      attributes: { ...OURS, ...LIGHTWEIGHT },
      more: OIDC,
    }),
    client("broker", "${client_broker}", { bearerOnly: true, attributes: INFRASTRUCTURE, more: OIDC }),
    master
      ? realmClient(realmName)
      : client("realm-management", "${client_realm-management}", { bearerOnly: true, attributes: INFRASTRUCTURE, more: OIDC }),
    client("security-admin-console", "${client_security-admin-console}", {
      publicClient: true,
      fullScope: true,
      attributes: { ...OURS, ...LIGHTWEIGHT, ...LOGOUT_ANYWHERE, ...PKCE },
      more: {
        rootUrl: "${authAdminUrl}",
        baseUrl: `/admin/${realmName}/console/`,
        redirectUris: [`/admin/${realmName}/console/*`],
        webOrigins: ["+"],
        ...OIDC,
        protocolMappers: [attributeMapper("locale", "locale", "locale")],
      },
    }),
  ];
}
