import type { ClientRow, RealmRow } from "@cambist/store/config-ports.ts";
import { formFromPairs } from "@cambist/core/token-request/form.ts";
import { OAuthError } from "@cambist/core/refusals.ts";
import { authenticateClient } from "../../../client-auth/authenticate-client.ts";
import { readCredentials } from "../../../client-auth/credentials.ts";
import { parseJws } from "../../../keys/jws.ts";
import type { LoadedRealm } from "../../../realms/compile-realm.ts";
import type { Services } from "../../../services.ts";
import type { AdminRole } from "../../admin-roles.ts";
import { type AdminCaller, authenticateAdmin, holdsRole } from "../../authenticate-admin.ts";
import { type InitialAccess, initialAccesses } from "./initial-access.ts";
import { registrationTokenOf } from "./registration-access-token.ts";
import { invalidToken, notAllowed, rejectedBy, RegistrationError } from "./registration-error.ts";
import { type RegistrationToken, verifyRegistrationToken } from "./registration-tokens.ts";

/** Whoever calls client registration. */
export type Registrar =
  | { readonly kind: "nobody" }
  | { readonly kind: "token"; readonly token: RegistrationToken }
  | { readonly kind: "admin"; readonly caller: AdminCaller };

export interface RegistrarContext {
  readonly services: Services;
  readonly realm: LoadedRealm;
  readonly issuer: string;
  readonly baseUrl: string;
  readonly authorization: string | undefined;
  /** Seconds since 1970. */
  readonly now: number;
}

/** @throws {RegistrationError} 401 a bearer token that is nothing here */
export async function identifyRegistrar(context: RegistrarContext): Promise<Registrar> {
  const { services, realm, issuer, baseUrl, authorization, now } = context;
  const bearer = /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  if (bearer === undefined) return { kind: "nobody" };
  if (typeof parseJws(bearer) === "string") throw invalidToken("Failed decode token");
  const token = verifyRegistrationToken(realm, issuer, bearer, now);
  if (token) return { kind: "token", token };
  const caller = await authenticateAdmin(authorization, baseUrl, services);
  if (!caller) throw invalidToken("Failed decode token");
  return { kind: "admin", caller };
}

/** The initial access of a token to register with; undefined: an administrator. @throws {RegistrationError} 401, 403 */
export function needCreate(registrar: Registrar, realm: RealmRow, now: number): InitialAccess | undefined {
  if (registrar.kind === "nobody") throw rejectedBy("Trusted Hosts", "Host not trusted.");
  if (registrar.kind === "admin") {
    needRole(registrar.caller, realm.name, "create-client", "manage-clients");
    return undefined;
  }
  const { kind, jti } = registrar.token;
  const access = kind === "InitialAccessToken" ? initialAccesses(realm, now).find(({ id }) => id === jti) : undefined;
  if (!access) throw invalidToken(kind === "InitialAccessToken" ? "No remaining count on initial access token" : "Wrong type of token");
  return access;
}

/** The client's own registration token, or an administrator. A disabled client's token does not count (SEC-ADM-11). @throws {RegistrationError} 401, 403 */
export function needManage(
  registrar: Registrar,
  realmName: string,
  client: ClientRow | undefined,
  ...roles: readonly AdminRole[]
): ClientRow {
  if (registrar.kind === "admin") {
    needRole(registrar.caller, realmName, ...roles);
    if (!client) throw new RegistrationError(404, "invalid_request", "Client not found");
    return client;
  }
  if (registrar.kind === "nobody" || !client?.enabled || !isOwnToken(registrar.token, client))
    throw invalidToken("Not authorized to update client. Maybe missing token or bad token type.");
  return client;
}

/** As {@link needManage}, or the client by its credentials. */
export async function needView(registrar: Registrar, context: RegistrarContext, client: ClientRow | undefined): Promise<ClientRow> {
  if (registrar.kind === "admin") return needManage(registrar, context.realm.view.realm.name, client, "view-clients", "manage-clients");
  if (registrar.kind === "token" && registrar.token.kind === "InitialAccessToken") throw invalidToken("Not initial access token allowed");
  const own =
    registrar.kind === "token" ? client?.enabled === true && isOwnToken(registrar.token, client) : await hasAuthenticated(context, client);
  if (!client || !own) throw invalidToken("Not authorized to view client. Not valid token or client credentials provided.");
  return client;
}

const isOwnToken = ({ kind, jti }: RegistrationToken, client: ClientRow): boolean =>
  kind === "RegistrationAccessToken" && registrationTokenOf(client) === jti;

function needRole(caller: AdminCaller, realmName: string, ...roles: readonly AdminRole[]): void {
  if (!holdsRole(caller, realmName, roles)) throw notAllowed();
}

/** The client has proven its secret; a public one has nothing to prove, so it has not. */
async function hasAuthenticated(
  { realm, issuer, services, authorization, now }: RegistrarContext,
  client: ClientRow | undefined,
): Promise<boolean> {
  const credentials = readCredentials(authorization, formFromPairs([]));
  if (credentials.clientId === undefined || credentials.clientId !== client?.clientId) return false;
  try {
    const found = await authenticateClient(credentials, { realm, issuer, now: now * 1000, writer: services.writer });
    return !found.client.publicClient && found.client.id === client.id;
  } catch (error) {
    if (error instanceof OAuthError) return false;
    throw error;
  }
}
