/** Names of fine-grained permissions in the authorization settings of the admin client. @see Keycloak 26: fine-grained admin permissions v1 */

/** Who may exchange to this client (UUID). */
export const exchangeToClient = (clientUuid: string): string => `token-exchange.permission.client.${clientUuid}`;
/** Who may exchange tokens of this identity provider (internal id). */
export const exchangeFromProvider = (internalId: string): string => `token-exchange.permission.idp.${internalId}`;
/** Who may become another user. */
export const IMPERSONATE = "admin-impersonating.permission.users";
/** Which users others may become. */
export const BE_IMPERSONATED = "user-impersonated.permission.users";
