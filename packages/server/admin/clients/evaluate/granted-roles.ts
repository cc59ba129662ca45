import { type AdminAnswer, type AdminCall, ok } from "../../admin-call.ts";
import { notFound } from "../../admin-error.ts";
import { roleViews } from "../../roles/representation.ts";
import { evaluatedClient, scopesAskedFor } from "./example-blueprint.ts";

/**
 * Roles of one container (the realm by name, a client by UUID) that tokens of the client could carry, or could not.
 * @throws {AdminError} 404 no such container
 */
export const grantedRoles =
  (granted: boolean) =>
  async (call: AdminCall): Promise<AdminAnswer> => {
    const { realm, client } = await evaluatedClient(call);
    const container = call.params["container"] ?? "";
    const owner = container === call.realm.name ? undefined : await call.store.client(call.realm.id, container);
    if (container !== call.realm.name && !owner) throw notFound("Role Container not found");
    const scopes = scopesAskedFor(call, client);
    const reach = realm.view.expandRoles([...client.ownRoles, ...client.roleScope, ...scopes.flatMap((scope) => [...scope.roleScope])]);
    const roles = await call.store.roles(call.realm.id, owner?.id);
    return ok(
      await roleViews(
        call,
        roles.filter(({ id }) => (client.fullScopeAllowed || reach.has(id)) === granted),
      ),
    );
  };
