/** The origins of a client that names redirect URIs and no web origins. @see Keycloak 26: a client made without `webOrigins` */
export function originsOf(redirectUris: readonly string[]): readonly string[] {
  const origins = redirectUris.flatMap((uri) => /^https?:\/\/[^/?#*]+/.exec(uri)?.[0] ?? []);
  return [...new Set(origins)];
}
