import type { Client, ClientScope, ProtocolMapper } from "../model.ts";
import type { AudienceDraft, Draft } from "./draft.ts";
import { audience, audienceResolve } from "./mappers/audience-mappers.ts";
import type { CompiledMapper, Destination, IgnoredMapper, MapperCompiler } from "./mappers/mapper.ts";
import { clientRoles, hardcodedRole, realmRoles, roleName } from "./mappers/role-mappers.ts";
import { organizations } from "./mappers/organization-mapper.ts";
import { acr, allowedOrigins, nonce, sessionNote, subject } from "./mappers/session-mappers.ts";
import { address, fullName, groupMembership, hardcodedClaim, userAttribute, userProperty } from "./mappers/user-mappers.ts";

/** Keycloak's `protocolMapper` names that are understood. */
const COMPILERS: ReadonlyMap<string, MapperCompiler> = new Map([
  ["oidc-acr-mapper", acr],
  ["oidc-address-mapper", address],
  ["oidc-allowed-origins-mapper", allowedOrigins],
  ["oidc-audience-mapper", audience],
  ["oidc-audience-resolve-mapper", audienceResolve],
  ["oidc-full-name-mapper", fullName],
  ["oidc-group-membership-mapper", groupMembership],
  ["oidc-hardcoded-claim-mapper", hardcodedClaim],
  ["oidc-hardcoded-role-mapper", hardcodedRole],
  ["oidc-nonce-backwards-compatible-mapper", nonce],
  ["oidc-organization-membership-mapper", organizations],
  ["oidc-role-name-mapper", roleName],
  ["oidc-sub-mapper", subject],
  ["oidc-usermodel-attribute-mapper", userAttribute],
  ["oidc-usermodel-client-role-mapper", clientRoles],
  ["oidc-usermodel-property-mapper", userProperty],
  ["oidc-usermodel-realm-role-mapper", realmRoles],
  ["oidc-usersessionmodel-note-mapper", sessionNote],
]);

const compiledMappers = new WeakMap<ProtocolMapper, CompiledMapper | IgnoredMapper>();

/** A mapper read from its configuration, once per mapper object. */
function compileMapper(mapper: ProtocolMapper): CompiledMapper | IgnoredMapper {
  let compiled = compiledMappers.get(mapper);
  if (!compiled) {
    const compiler = COMPILERS.get(mapper.type);
    compiled = compiler ? compiler(mapper) : { problem: "mappers of this type are not supported" };
    compiledMappers.set(mapper, compiled);
  }
  return compiled;
}

type Plan = readonly CompiledMapper[];
const plans = new WeakMap<Client, WeakMap<readonly ClientScope[], Map<Destination, Plan>>>();

/** The mappers that write to one destination: the client's own and those of the applied scopes, by Keycloak's priorities. */
function planFor(client: Client, scopes: readonly ClientScope[], destination: Destination): Plan {
  let ofClient = plans.get(client);
  if (!ofClient) plans.set(client, (ofClient = new WeakMap()));
  let ofScopes = ofClient.get(scopes);
  if (!ofScopes) ofClient.set(scopes, (ofScopes = new Map()));
  let plan = ofScopes.get(destination);
  if (!plan) {
    plan = [client.mappers, ...scopes.map((scope) => scope.mappers)]
      .flat()
      .map(compileMapper)
      .filter((mapper): mapper is CompiledMapper => "write" in mapper && (mapper.destinations & destination) !== 0)
      .toSorted((one, other) => one.priority - other.priority);
    ofScopes.set(destination, plan);
  }
  return plan;
}

/** Lets the client's mappers and those of the applied scopes write to the draft. */
export function runMappers(draft: Draft, scopes: readonly ClientScope[], destination: Destination): void {
  for (const mapper of planFor(draft.client, scopes, destination)) mapper.write(draft);
}

/** Lets only those mappers write that decide `aud`; nothing of the user but roles is needed. */
export function runAudienceMappers(draft: AudienceDraft, scopes: readonly ClientScope[], destination: Destination): void {
  for (const mapper of planFor(draft.client, scopes, destination)) mapper.shapeAudience?.(draft);
}

/** A mapper that is stored and served, but writes nothing. */
export interface UnsupportedMapper {
  readonly mapper: string;
  readonly type: string;
  /** Undefined: the client's own mapper. */
  readonly clientScope?: string;
  readonly problem: string;
}

/** Mappers of a client and its client scopes that are ignored, and why; for a warning at import and for `doctor`. */
export function unsupportedMappers(client: Pick<Client, "mappers" | "defaultScopes" | "optionalScopes">): readonly UnsupportedMapper[] {
  const found: UnsupportedMapper[] = [];
  const examine = (mappers: readonly ProtocolMapper[], clientScope?: string): void => {
    for (const mapper of mappers) {
      const compiled = compileMapper(mapper);
      if ("problem" in compiled)
        found.push({
          mapper: mapper.name,
          type: mapper.type,
          ...(clientScope !== undefined && { clientScope }),
          problem: compiled.problem,
        });
    }
  };
  examine(client.mappers);
  for (const scope of [...client.defaultScopes, ...client.optionalScopes]) examine(scope.mappers, scope.name);
  return found;
}
