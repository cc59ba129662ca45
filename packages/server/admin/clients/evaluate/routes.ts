import {
  buildAccessTokenClaims,
  buildIdTokenClaims,
  buildUserinfoClaims,
  type Stamp,
  type TokenBlueprint,
} from "@cambist/core/claims/build-claims.ts";
import { accessTokenLifetime } from "@cambist/core/claims/lifetime.ts";
import { type AdminAnswer, type AdminCall, type AdminRoute, ok } from "../../admin-call.ts";
import { allOf, NEEDS } from "../../admin-roles.ts";
import { evaluatedMappers } from "./evaluated-mappers.ts";
import { exampleBlueprint } from "./example-blueprint.ts";
import { grantedRoles } from "./granted-roles.ts";

function stamp(call: AdminCall, { view, builtFor }: TokenBlueprint): Stamp {
  const now = Math.floor(call.now / 1000);
  return {
    issuer: `${call.baseUrl}/realms/${encodeURIComponent(call.realm.name)}`,
    jti: call.newId(),
    now,
    lifetime: accessTokenLifetime({ realm: view.realm, client: builtFor, now }),
  };
}

/** The claims of an access token for one user; with `audience` those of an exchanged one. It is not signed: nobody can use it. */
async function exampleAccessToken(call: AdminCall): Promise<AdminAnswer> {
  const blueprint = await exampleBlueprint(call);
  const claims = buildAccessTokenClaims(blueprint, stamp(call, blueprint));
  return ok({ ...claims, sub: claims.sub ?? blueprint.user.id });
}

async function exampleIdToken(call: AdminCall): Promise<AdminAnswer> {
  const blueprint = await exampleBlueprint(call);
  return ok(buildIdTokenClaims(blueprint, stamp(call, blueprint)));
}

async function exampleUserinfo(call: AdminCall): Promise<AdminAnswer> {
  return ok(buildUserinfoClaims(await exampleBlueprint(call)));
}

const PATH = "/clients/:client/evaluate-scopes";
/** They tell about the user named, so the caller must see users too (SEC-ADM-14). */
const needs = allOf(...NEEDS.viewClients, ...NEEDS.viewUsers);

export const evaluationRoutes: readonly AdminRoute[] = [
  { method: "GET", path: `${PATH}/protocol-mappers`, needs: NEEDS.viewClients, handle: evaluatedMappers },
  { method: "GET", path: `${PATH}/scope-mappings/:container/granted`, needs: NEEDS.viewClients, handle: grantedRoles(true) },
  { method: "GET", path: `${PATH}/scope-mappings/:container/not-granted`, needs: NEEDS.viewClients, handle: grantedRoles(false) },
  { method: "GET", path: `${PATH}/generate-example-access-token`, needs, handle: exampleAccessToken },
  { method: "GET", path: `${PATH}/generate-example-id-token`, needs, handle: exampleIdToken },
  { method: "GET", path: `${PATH}/generate-example-userinfo`, needs, handle: exampleUserinfo },
];
