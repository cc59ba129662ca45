import { StorageConflict } from "./admin-ports.ts";
import type { Handlers } from "./config-commands.ts";
import { identityProviderMapperValues, identityProviderValues } from "./row-values.ts";

/** Aliases are of a realm, links are found by alias. */
const OF_REALM = `exists (select 1 from realm_user where realm_user.id = federated_identity.user_id and realm_user.realm_id = ?)`;

export const providerCommands: Handlers<
  "saveIdentityProvider" | "deleteIdentityProvider" | "saveIdentityProviderMapper" | "deleteIdentityProviderMapper"
> = {
  /** Mappers and links know the provider by its alias and follow a new one. */
  saveIdentityProvider(statements, { realmId, row }) {
    statements.needRealm(realmId);
    const known = statements.get("select alias from identity_provider where internal_id = ? and realm_id = ?", row.internalId, realmId);
    statements.rows.save(identityProviderValues(realmId, row));
    const before = known?.["alias"];
    if (typeof before === "string" && before !== row.alias) {
      statements.run("update identity_provider_mapper set alias = ? where realm_id = ? and alias = ?", row.alias, realmId, before);
      // Links left behind by a provider of that name would be in the way.
      statements.run(`delete from federated_identity where alias = ? and ${OF_REALM}`, row.alias, realmId);
      statements.run(`update federated_identity set alias = ? where alias = ? and ${OF_REALM}`, row.alias, before, realmId);
    }
    statements.realmChanged(realmId);
  },
  deleteIdentityProvider(statements, { realmId, internalId }) {
    const text = "delete from identity_provider where internal_id = ? and realm_id = ? returning alias";
    const alias = statements.get(text, internalId, realmId)?.["alias"];
    if (typeof alias !== "string") return;
    statements.run("delete from identity_provider_mapper where realm_id = ? and alias = ?", realmId, alias);
    statements.run(`delete from federated_identity where alias = ? and ${OF_REALM}`, alias, realmId);
    statements.realmChanged(realmId);
  },

  saveIdentityProviderMapper(statements, { realmId, row }) {
    if (!statements.get("select 1 from identity_provider where realm_id = ? and alias = ?", realmId, row.alias))
      throw new StorageConflict(`the identity provider "${row.alias}" is gone`);
    statements.rows.save(identityProviderMapperValues(realmId, row));
    statements.realmChanged(realmId);
  },
  deleteIdentityProviderMapper(statements, { realmId, id }) {
    const deleted = statements.get("delete from identity_provider_mapper where id = ? and realm_id = ? returning 1", id, realmId);
    if (deleted) statements.realmChanged(realmId);
  },
};
