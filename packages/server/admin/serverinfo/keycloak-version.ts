/** The version of Keycloak whose admin API this is; tools read it and choose their calls by it. */
export const KEYCLOAK_VERSION = "26.1.3";
