import type { AudienceDraft } from "../draft.ts";
import { audienceShaper, destinationsOf, PRIORITY, TOKEN_ONLY, TOKENS, type MapperCompiler } from "./mapper.ts";

/**
 * `oidc-audience-mapper`: a client, else a text of the administrator's own, in `aud`. A client that is unknown or disabled is left out, as
 * Keycloak does since 26.7: no token for an audience that cannot take it.
 */
export const audience: MapperCompiler = ({ config }) => {
  const clientId = config["included.client.audience"] ?? "";
  const custom = config["included.custom.audience"] ?? "";
  return audienceShaper(PRIORITY.ordinary, destinationsOf(config, TOKENS), (draft) => {
    if (clientId === "") {
      if (custom !== "" && draft.view.clientIsEnabled(custom) !== false) addAudience(draft, custom);
    } else if (draft.view.clientIsEnabled(clientId) === true) addAudience(draft, clientId);
  });
};

/** `oidc-audience-resolve-mapper`: every other client of which the token has a role. Disabled clients are left out. */
export const audienceResolve: MapperCompiler = ({ config }) =>
  audienceShaper(PRIORITY.audienceResolve, destinationsOf(config, TOKEN_ONLY, true), (draft) => {
    for (const [clientId, roles] of draft.roles().clients) {
      if (roles.length === 0 || clientId === draft.client.clientId) continue;
      if (draft.view.clientIsEnabled(clientId) === true) addAudience(draft, clientId);
    }
  });

function addAudience(draft: AudienceDraft, value: string): void {
  if (!draft.audience.includes(value)) draft.audience.push(value);
}
