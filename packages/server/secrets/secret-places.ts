import type { SecretPlace } from "./secret-box.ts";

/** The places where rows keep sealed values; writers and readers must name them alike, so they are only named here. */

/** `ClientRow.sealedSecret`: the client's secret. */
export const clientSecretPlace = (realmId: string, clientUuid: string): SecretPlace => ({
  table: "client",
  realm: realmId,
  row: clientUuid,
  column: "secret",
});

/** `ComponentRow.sealedConfig`: JSON object of config entries (`{"privateKey": ["…"]}`). */
export const componentConfigPlace = (realmId: string, componentId: string): SecretPlace => ({
  table: "component",
  realm: realmId,
  row: componentId,
  column: "config",
});

/** `IdentityProviderRow.sealedSecret`: `config.clientSecret`. */
export const providerSecretPlace = (realmId: string, internalId: string): SecretPlace => ({
  table: "identity_provider",
  realm: realmId,
  row: internalId,
  column: "secret",
});

/** `{"sealed": "…"}` in the `secretData` of credentials that are not hashes (one-time-password seeds). */
export const credentialSecretPlace = (realmId: string, credentialId: string): SecretPlace => ({
  table: "credential",
  realm: realmId,
  row: credentialId,
  column: "secret_data",
});

/** A secret inside a realm's representation, stored as `sealed:…` where the plain text would stand (`smtpServer.password`). */
export const realmSecretPlace = (realmId: string, member: string): SecretPlace => ({
  table: "realm",
  realm: realmId,
  row: realmId,
  column: member,
});

/** A secret inside a client's attributes, stored as `sealed:…` where the plain text would stand. */
export const clientAttributePlace = (realmId: string, clientUuid: string, attribute: string): SecretPlace => ({
  table: "client",
  realm: realmId,
  row: clientUuid,
  column: `attributes.${attribute}`,
});
