import { parseClaimPath } from "../claim-path.ts";
import { toJsonType } from "../claim-value.ts";
import { writeClaim } from "../draft.ts";
import { destinationsOf, DESTINATION, EVERYWHERE, genericMapper, PRIORITY, TOKEN_ONLY, TOKENS, type MapperCompiler } from "./mapper.ts";

const { access, lightweight, introspection } = DESTINATION;

/** `oidc-usersessionmodel-note-mapper`: a note of the session. The note `AUTH_TIME` alone may become `auth_time`. */
export const sessionNote: MapperCompiler = (mapper) => {
  const note = mapper.config["user.session.note"] ?? "";
  const type = mapper.config["jsonType.label"];
  const path = parseClaimPath(mapper.config["claim.name"] ?? "");
  if (note === "AUTH_TIME" && path.length === 1 && path[0] === "auth_time")
    return {
      priority: PRIORITY.ordinary,
      destinations: destinationsOf(mapper.config, EVERYWHERE),
      write: (draft) => {
        const value = toJsonType(draft.notes["AUTH_TIME"] ?? "", "long");
        if (typeof value === "number") draft.authTime = value;
      },
    };
  return genericMapper(mapper, ({ notes }) => (Object.hasOwn(notes, note) ? toJsonType(notes[note] ?? "", type) : undefined), writeClaim);
};

/** `oidc-sub-mapper`: the user's id in `sub`. */
export const subject: MapperCompiler = (mapper) => ({
  priority: PRIORITY.sub,
  destinations: destinationsOf(mapper.config, TOKEN_ONLY, true),
  write: (draft) => {
    draft.sub = draft.user.id;
  },
});

/** `oidc-acr-mapper`: how the user signed in. */
export const acr: MapperCompiler = (mapper) => ({
  priority: PRIORITY.ordinary,
  destinations: destinationsOf(mapper.config, TOKENS),
  write: (draft) => {
    draft.acr = draft.sessionAcr;
  },
});

/** `oidc-allowed-origins-mapper`: the web origins of the client the token is built for. */
export const allowedOrigins: MapperCompiler = (mapper) => ({
  priority: PRIORITY.ordinary,
  destinations: destinationsOf(mapper.config, TOKEN_ONLY, true),
  write: (draft) => {
    if (draft.client.webOrigins.length > 0) draft.allowedOrigins = draft.client.webOrigins;
  },
});

/** `oidc-nonce-backwards-compatible-mapper`: the nonce in access tokens too, where ID tokens alone have it since Keycloak 24. */
export const nonce: MapperCompiler = () => ({
  priority: PRIORITY.ordinary,
  destinations: access | lightweight | introspection,
  write: (draft) => {
    draft.nonce = draft.requestedNonce;
  },
});
