import type { Client, ProtocolMapper } from "../../model.ts";
import { parseClaimPath, pathProblem } from "../claim-path.ts";
import type { AudienceDraft, Draft } from "../draft.ts";

/** Where claims go, as bits. `lightweight` stands in for `access` on clients with lightweight access tokens. */
export const DESTINATION = { access: 1, lightweight: 2, id: 4, userinfo: 8, introspection: 16 } as const;
export type Destination = (typeof DESTINATION)[keyof typeof DESTINATION];

/** Client attribute of Keycloak: access tokens carry only what mappers marked `lightweight.claim` write. */
export const usesLightweightTokens = (client: Pick<Client, "attributes">): boolean =>
  client.attributes["client.use.lightweight.access.token.enabled"] === "true";

/** Which switch of a mapper counts for access tokens of this client. */
export const accessTokenDestination = (client: Pick<Client, "attributes">): Destination =>
  usesLightweightTokens(client) ? DESTINATION.lightweight : DESTINATION.access;

/** Access tokens of both kinds and what introspection says of them. */
export const TOKEN_ONLY = DESTINATION.access | DESTINATION.lightweight | DESTINATION.introspection;
export const TOKENS = TOKEN_ONLY | DESTINATION.id;
export const EVERYWHERE = TOKENS | DESTINATION.userinfo;

/** A mapper read once from its configuration. */
export interface CompiledMapper {
  /** Low first; Keycloak's numbers. */
  readonly priority: number;
  /** Bits of {@link DESTINATION}. */
  readonly destinations: number;
  readonly write: (draft: Draft) => void;
  /** The same as `write` for mappers that decide `aud`, by themselves or by the roles they change: they need to know less. */
  readonly shapeAudience?: (draft: AudienceDraft) => void;
}
/** Why a mapper is ignored: a sentence for an administrator. */
export interface IgnoredMapper {
  readonly problem: string;
}
export type MapperCompiler = (mapper: ProtocolMapper) => CompiledMapper | IgnoredMapper;

export const PRIORITY = { sub: -10, ordinary: 0, roleName: 10, hardcodedRole: 20, audienceResolve: 30, roles: 40 } as const;

/**
 * Reads the switches of a mapper. `unset` is what a missing `access.token.claim` means for its type; a missing
 * `introspection.token.claim` follows the access token, a missing `userinfo.token.claim` the ID token.
 */
export function destinationsOf(config: ProtocolMapper["config"], supported: number, unset = false): number {
  const access = config["access.token.claim"] === undefined ? unset : config["access.token.claim"] === "true";
  const introspection = config["introspection.token.claim"] === undefined ? access : config["introspection.token.claim"] === "true";
  const id = config["id.token.claim"] === "true";
  const userinfo = config["userinfo.token.claim"] === undefined ? id : config["userinfo.token.claim"] === "true";
  return (
    supported &
    ((access ? DESTINATION.access : 0) |
      (config["lightweight.claim"] === "true" ? DESTINATION.lightweight : 0) |
      (id ? DESTINATION.id : 0) |
      (userinfo ? DESTINATION.userinfo : 0) |
      (introspection ? DESTINATION.introspection : 0))
  );
}

/** A mapper that decides `aud`, by itself or by the roles it changes. */
export const audienceShaper = (priority: number, destinations: number, shape: (draft: AudienceDraft) => void): CompiledMapper => ({
  priority,
  destinations,
  write: shape,
  shapeAudience: shape,
});

/** A mapper that writes one value to its `claim.name`, which must not be a reserved claim. */
export function genericMapper(
  mapper: ProtocolMapper,
  valueOf: (draft: Draft) => unknown,
  write: ClaimWriter,
): CompiledMapper | IgnoredMapper {
  const path = parseClaimPath(mapper.config["claim.name"] ?? "");
  const problem = pathProblem(path);
  if (problem !== undefined) return { problem };
  return {
    priority: PRIORITY.ordinary,
    destinations: destinationsOf(mapper.config, EVERYWHERE),
    write: (draft) => write(draft, path, valueOf(draft)),
  };
}
export type ClaimWriter = (draft: Draft, path: readonly string[], value: unknown) => void;
