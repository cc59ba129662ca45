import type { Organization as OrganizationView } from "@cambist/core/model.ts";
import type { RealmRow } from "@cambist/store/config-ports.ts";
import { isJsonObject, jsonObjects, jsonTexts } from "./json-object.ts";

export interface Domain {
  readonly name: string;
  readonly verified: boolean;
}

/** An organization of a realm: a tenant with its domains and identity providers. Kept with the realm's row; members have a table. */
export interface Organization extends OrganizationView {
  readonly name: string;
  readonly description?: string;
  readonly redirectUrl?: string;
  readonly domains: readonly Domain[];
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

function lists(value: unknown): Organization["attributes"] {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, list]) => [name, jsonTexts(list)]));
}

export function readOrganizations({ representation }: Pick<RealmRow, "representation">): readonly Organization[] {
  return jsonObjects(representation["organizations"]).map((stored) => {
    const name = text(stored["name"]) ?? "";
    const [description, redirectUrl] = [text(stored["description"]), text(stored["redirectUrl"])];
    return {
      id: text(stored["id"]) ?? "",
      name,
      alias: text(stored["alias"]) ?? name,
      enabled: stored["enabled"] !== false,
      ...(description !== undefined && { description }),
      ...(redirectUrl !== undefined && { redirectUrl }),
      attributes: lists(stored["attributes"]),
      domains: jsonObjects(stored["domains"]).map((domain) => ({
        name: text(domain["name"]) ?? "",
        verified: domain["verified"] === true,
      })),
    };
  });
}

/**
 * What tokens may tell of. Undefined: nothing, because there are none, or because a `native` realm has switched them off.
 * @see Keycloak 26.1.3: tells of them all the same
 */
export function compileOrganizations(row: RealmRow, dialect: string): ReadonlyMap<string, OrganizationView> | undefined {
  if (dialect === "native" && row.representation["organizationsEnabled"] !== true) return undefined;
  const organizations = readOrganizations(row);
  if (organizations.length === 0) return undefined;
  return new Map(
    organizations.map(({ id, alias, enabled, attributes }) => [id, Object.freeze({ id, alias, enabled, attributes })] as const),
  );
}
