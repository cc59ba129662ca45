import type { Organization } from "../../model.ts";
import { type Draft, writeClaim } from "../draft.ts";
import { orderLikeKeycloak } from "../java-order.ts";
import { genericMapper, type MapperCompiler } from "./mapper.ts";

/**
 * `oidc-organization-membership-mapper`: the organizations that the token's scope tells of, by alias: a list, or an object with attributes and
 * id when the mapper adds these or its type is JSON. Not `multivalued`: one alias.
 * @see Keycloak 26.1: settings that are missing count as multivalued and text
 */
export const organizations: MapperCompiler = (mapper) => {
  const isSingle = mapper.config["multivalued"] === "false";
  const addsAttributes = mapper.config["addOrganizationAttributes"] === "true";
  const addsId = mapper.config["addOrganizationId"] === "true";
  const isObject = addsAttributes || addsId || mapper.config["jsonType.label"] === "JSON";
  const about = (organization: Organization | undefined): Readonly<Record<string, unknown>> => {
    const members = new Map<string, unknown>(addsAttributes ? Object.entries(organization?.attributes ?? {}) : []);
    if (addsId) members.set("id", organization?.id);
    return Object.fromEntries(orderLikeKeycloak([...members.keys()]).map((name) => [name, members.get(name)]));
  };
  const valueOf = (draft: Draft): unknown => {
    const known = new Map(draft.organizations().map((one) => [one.alias, one]));
    if (known.size === 0) return undefined;
    if (isSingle) return [...known.keys()].toSorted()[0];
    const aliases = orderLikeKeycloak([...known.keys()]);
    return isObject ? Object.fromEntries(aliases.map((alias) => [alias, about(known.get(alias))])) : aliases;
  };
  return genericMapper(mapper, valueOf, writeClaim);
};
