import type { Command } from "@cambist/store/ports.ts";
import type { RealmNode } from "../../imports/realm-node.ts";
import { isBuiltInClient } from "../../realm-template/built-in-clients.ts";
import type { AdminCall } from "../admin-call.ts";
import { clientRemoval } from "../clients/delete-client.ts";
import { AdminError, forbidden } from "../admin-error.ts";
import { isAdminRole } from "../hand-out.ts";
import { permissionRemovals } from "../permission-objects.ts";
import { groupsByPath } from "../realm-wide/default-groups.ts";

export type ResourceType = "CLIENT" | "REALM_ROLE" | "CLIENT_ROLE" | "IDP" | "GROUP" | "USER";

/** One thing that a partial import brings. */
export interface ImportItem {
  readonly resourceType: ResourceType;
  /** As results name it. */
  readonly resourceName: string;
  readonly resourcePath: string;
  readonly node: RealmNode;
  /** The id it gets. */
  readonly id: string;
  /** Of what has its name now. */
  readonly existingId: string | undefined;
  /** Never deleted and made anew. */
  readonly isProtected: boolean;
  readonly existsMessage: string;
  /** Client of a client role. */
  readonly clientId?: string;
  /** Takes away what has its name now. */
  remove(): Promise<readonly Command[]>;
}

/**
 * What the body brings, in Keycloak's order: clients, roles, providers, groups, users.
 * @throws {AdminError} 412 roles of a client that is not there, 403 a role of an administrator @throws {ImportError}
 */
export async function findItems(call: AdminCall, file: RealmNode): Promise<readonly ImportItem[]> {
  const clients = await clientItems(call, file);
  return [
    ...clients,
    ...(await realmRoleItems(call, file)),
    ...(await clientRoleItems(call, file, clients)),
    ...(await providerItems(call, file)),
    ...(await groupItems(call, file)),
    ...(await userItems(call, file)),
  ];
}

const removal = (existingId: string | undefined, build: (id: string) => Promise<readonly Command[]> | readonly Command[]) => ({
  remove: async () => (existingId === undefined ? [] : build(existingId)),
});

async function clientItems(call: AdminCall, file: RealmNode): Promise<readonly ImportItem[]> {
  const { store, realm, newId } = call;
  const items: ImportItem[] = [];
  for (const node of file.nodes("clients") ?? []) {
    const clientId = node.needName("clientId");
    if (isBuiltInClient(clientId)) continue; // Keycloak leaves them out
    const existing = await store.clientByClientId(realm.id, clientId);
    const id = newId();
    items.push({
      resourceType: "CLIENT",
      resourceName: clientId,
      resourcePath: `clients/${id}`,
      node,
      id,
      existingId: existing?.id,
      isProtected: false,
      existsMessage: `Client id '${clientId}' already exists`,
      remove: async () => (existing ? clientRemoval(call, existing) : []),
    });
  }
  return items;
}

async function realmRoleItems(call: AdminCall, file: RealmNode): Promise<readonly ImportItem[]> {
  const { store, realm, newId } = call;
  const defaultRole = realm.representation["defaultRole"] as { readonly id?: string } | undefined;
  const items: ImportItem[] = [];
  for (const node of file.node("roles")?.nodes("realm") ?? []) {
    const name = node.needName("name");
    const existingId = (await store.roleByName(realm.id, undefined, name))?.id;
    const rules = isAdminRole(realm.name, undefined, name);
    if (rules && existingId === undefined) throw forbidden();
    items.push({
      resourceType: "REALM_ROLE",
      resourceName: name,
      resourcePath: `roles/${name}`,
      node,
      id: newId(),
      existingId,
      isProtected: rules || (existingId !== undefined && existingId === defaultRole?.id),
      existsMessage: `Realm role '${name}' already exists.`,
      ...removal(existingId, async (old) => [
        ...(await permissionRemovals(call, "role", old)),
        { do: "deleteRole", realmId: realm.id, id: old },
      ]),
    });
  }
  return items;
}

async function clientRoleItems(call: AdminCall, file: RealmNode, clients: readonly ImportItem[]): Promise<readonly ImportItem[]> {
  const { store, realm, newId } = call;
  const byClient = file.node("roles")?.node("client");
  const items: ImportItem[] = [];
  for (const clientId of byClient?.keys() ?? []) {
    if (isBuiltInClient(clientId)) continue;
    const client = await store.clientByClientId(realm.id, clientId);
    if (!client && !clients.some(({ resourceName }) => resourceName === clientId))
      throw new AdminError(412, { errorMessage: `Can not import client roles for nonexistent client named ${clientId}` });
    for (const node of byClient?.nodes(clientId) ?? []) {
      const name = node.needName("name");
      const existingId = client && (await store.roleByName(realm.id, client.id, name))?.id;
      items.push({
        resourceType: "CLIENT_ROLE",
        resourceName: `${clientId}-->${name}`,
        resourcePath: `clients/${clientId}/roles/${name}`,
        node,
        id: newId(),
        existingId,
        isProtected: false,
        existsMessage: `Client role '${name}' for client '${clientId}' already exists.`,
        clientId,
        ...removal(existingId, async (old) => [
          ...(await permissionRemovals(call, "role", old)),
          { do: "deleteRole", realmId: realm.id, id: old },
        ]),
      });
    }
  }
  return items;
}

async function providerItems(call: AdminCall, file: RealmNode): Promise<readonly ImportItem[]> {
  const { store, realm, newId } = call;
  const items: ImportItem[] = [];
  for (const node of file.nodes("identityProviders") ?? []) {
    const alias = node.needName("alias");
    const existingId = (await store.identityProvider(realm.id, alias))?.internalId;
    items.push({
      resourceType: "IDP",
      resourceName: alias,
      resourcePath: `identity-provider/instances/${alias}`,
      node,
      id: newId(),
      existingId,
      isProtected: false,
      existsMessage: `Identity Provider '${alias}' already exists.`,
      ...removal(existingId, async (old) => [
        ...(await permissionRemovals(call, "provider", old)),
        { do: "deleteIdentityProvider", realmId: realm.id, internalId: old },
      ]),
    });
  }
  return items;
}

async function groupItems(call: AdminCall, file: RealmNode): Promise<readonly ImportItem[]> {
  const { realm, newId } = call;
  const nodes = file.nodes("groups") ?? [];
  const known = nodes.length > 0 ? await groupsByPath(call) : new Map<string, never>();
  return nodes.map((node): ImportItem => {
    const name = node.needName("name");
    const path = node.needName("path");
    const existingId = known.get(path)?.id;
    const id = newId();
    return {
      resourceType: "GROUP",
      resourceName: name,
      resourcePath: `groups/${id}`,
      node,
      id,
      existingId,
      isProtected: false,
      existsMessage: `Group '${path}' already exists`,
      ...removal(existingId, async (old) => [
        ...(await permissionRemovals(call, "group", old)),
        { do: "deleteGroup", realmId: realm.id, id: old },
      ]),
    };
  });
}

async function userItems({ store, realm, newId }: AdminCall, file: RealmNode): Promise<readonly ImportItem[]> {
  const items: ImportItem[] = [];
  for (const node of file.nodes("users") ?? []) {
    const username = (node.name("username") ?? node.needName("email")).toLowerCase();
    const named = (await store.users(realm.id, { username, exact: true, withServiceAccounts: true, max: 1 }))[0];
    const email = node.text("email")?.toLowerCase();
    const sameMail =
      realm.representation["duplicateEmailsAllowed"] === true || !email ? [] : await store.users(realm.id, { email, exact: true, max: 1 });
    const existingId = named?.id ?? sameMail[0]?.id;
    const id = newId();
    items.push({
      resourceType: "USER",
      resourceName: username,
      resourcePath: `users/${id}`,
      node,
      id,
      existingId,
      isProtected: false,
      existsMessage: named ? `User with user name ${username} already exists.` : `User with email ${email} already exists.`,
      ...removal(existingId, (userId) => [{ do: "deleteUser", realmId: realm.id, userId }]),
    });
  }
  return items;
}
