import type { IdentityProviderMapperRow, IdentityProviderRow } from "@cambist/store/config-ports.ts";
import { providerSecretPlace } from "../secrets/secret-places.ts";
import { checkSettings } from "./cambist-settings.ts";
import { PROVIDER_FIELDS, PROVIDER_MAPPER_FIELDS, readFields } from "./fields.ts";
import { type ImportContext, shown, WARNED, warnUnknown } from "./import-context.ts";
import { isMasked } from "../secrets/masked.ts";
import type { RealmNode } from "./realm-node.ts";

/** @throws {ImportError} two providers of one alias, an invalid `cambist.*` setting */
export function identityProviderRows(context: ImportContext, file: RealmNode): readonly IdentityProviderRow[] {
  const aliases = new Set<string>();
  return (file.nodes("identityProviders") ?? []).map((node) => {
    const { kept, unknown } = readFields(node, PROVIDER_FIELDS);
    const alias = node.needName("alias");
    if (aliases.has(alias)) node.fail("alias", `there are two identity providers ${shown(alias)}`);
    aliases.add(alias);
    warnUnknown(context, `identity provider ${alias}`, unknown);
    const internalId = node.name("internalId") ?? context.tools.newId();
    const { clientSecret, ...config } = node.map("config") ?? {};
    checkSettings("provider", node, "config", config);
    const row = { internalId, alias, enabled: node.flag("enabled") ?? true, representation: { ...kept, config } };
    if (clientSecret === undefined) return row;
    if (isMasked(clientSecret)) {
      context.warnings.add(WARNED.masked, `clientSecret of identity provider ${alias}`);
      return row;
    }
    return { ...row, sealedSecret: context.tools.box.seal(clientSecret, providerSecretPlace(context.realmId, internalId)) };
  });
}

/** Mappers of providers that exist; others are left out and named. */
export function identityProviderMapperRows(
  context: ImportContext,
  file: RealmNode,
  providers: readonly IdentityProviderRow[],
): readonly IdentityProviderMapperRow[] {
  const aliases = new Set(providers.map(({ alias }) => alias));
  return (file.nodes("identityProviderMappers") ?? []).flatMap((node) => {
    const { kept, unknown } = readFields(node, PROVIDER_MAPPER_FIELDS);
    const name = node.needName("name");
    const alias = node.needName("identityProviderAlias");
    warnUnknown(context, `identity provider mapper ${name}`, unknown);
    if (!aliases.has(alias)) {
      context.warnings.add(WARNED.unknownProviders, `${alias}/${name}`);
      return [];
    }
    return [{ id: node.name("id") ?? context.tools.newId(), alias, name, representation: kept }];
  });
}
