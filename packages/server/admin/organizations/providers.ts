import type { IdentityProviderRow } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { AdminError, conflict, invalid } from "../admin-error.ts";
import { providerView } from "../identity-providers/representation.ts";
import { bareText } from "./bare-text.ts";
import { changeOrganizations, findOrganization, organizationsOf } from "./change-organizations.ts";

/** Identity providers that belong to an organization; the provider's row says so. */
export const linkedProviders = async ({ store, realm }: AdminCall, id: string): Promise<readonly IdentityProviderRow[]> =>
  (await store.identityProviders(realm.id)).filter(({ representation }) => representation["organizationId"] === id);

/** The provider without its organization. */
export function unlinked({ representation, ...row }: IdentityProviderRow): IdentityProviderRow {
  return { ...row, representation: Object.fromEntries(Object.entries(representation).filter(([member]) => member !== "organizationId")) };
}

const notLinked = (): AdminError => new AdminError(404, { errorMessage: "Identity provider not associated with the organization" });

export async function listProviders(call: AdminCall): Promise<AdminAnswer> {
  const { id } = findOrganization(organizationsOf(call), call.params["organization"]);
  return ok((await linkedProviders(call, id)).map(providerView));
}

async function linkedProvider(call: AdminCall, id: string): Promise<IdentityProviderRow> {
  const provider = (await linkedProviders(call, id)).find(({ alias }) => alias === call.params["alias"]);
  if (!provider) throw notLinked();
  return provider;
}

export async function readProvider(call: AdminCall): Promise<AdminAnswer> {
  const { id } = findOrganization(organizationsOf(call), call.params["organization"]);
  return ok(providerView(await linkedProvider(call, id)));
}

/** `POST organizations/{id}/identity-providers`: the alias as a bare text. */
export async function linkProvider(call: AdminCall): Promise<AdminAnswer> {
  const alias = bareText(call.rawBody);
  await changeOrganizations(call, async (organizations) => {
    const { id } = findOrganization(organizations, call.params["organization"]);
    const provider = await call.store.identityProvider(call.realm.id, alias);
    if (!provider) throw invalid("Identity provider not found with the given alias");
    const owner = provider.representation["organizationId"];
    if (owner === id) throw conflict("Identity provider already associated to the organization");
    if (owner !== undefined) throw invalid("Identity provider already associated to a different organization");
    return {
      organizations,
      commands: [
        {
          do: "saveIdentityProvider",
          realmId: call.realm.id,
          row: { ...provider, representation: { ...provider.representation, organizationId: id } },
        },
      ],
      event: {
        operation: "CREATE",
        resourceType: "ORGANIZATION",
        resourcePath: `organizations/${id}/identity-providers/${provider.alias}`,
      },
    };
  });
  return noContent;
}

export async function unlinkProvider(call: AdminCall): Promise<AdminAnswer> {
  await changeOrganizations(call, async (organizations) => {
    const { id } = findOrganization(organizations, call.params["organization"]);
    const provider = await linkedProvider(call, id);
    return {
      organizations,
      commands: [{ do: "saveIdentityProvider", realmId: call.realm.id, row: unlinked(provider) }],
      event: {
        operation: "DELETE",
        resourceType: "ORGANIZATION",
        resourcePath: `organizations/${id}/identity-providers/${provider.alias}`,
      },
    };
  });
  return noContent;
}
