import type { CredentialRow, Json, UserRow } from "@cambist/store/config-ports.ts";
import { userView } from "../admin/user-view.ts";
import { credentialSecretPlace } from "../secrets/secret-places.ts";
import { type ExportContext, roleNames } from "./export-context.ts";

/** Users read at once. */
const USER_PAGE = 200;

/** Every user of the realm, a page at a time. */
export async function* userRows({ store, realm }: Pick<ExportContext, "store" | "realm">): AsyncGenerator<UserRow> {
  for (let after: string | undefined; ;) {
    const page = await store.usersAfterName(realm.id, after, USER_PAGE);
    yield* page;
    after = page.at(-1)?.username;
    if (page.length < USER_PAGE || after === undefined) return;
  }
}

/** `users` of a full export: with password hashes. */
export async function* usersPart(context: ExportContext): AsyncGenerator<Json> {
  for await (const user of userRows(context)) yield userFile(context, user);
}

/** The service accounts alone, as a partial export of clients has them; their roles and groups only where these are exported too. */
export async function serviceAccounts(context: ExportContext, withRoles: boolean): Promise<readonly Json[]> {
  const { store, realm, names } = context;
  const found: Json[] = [];
  for (const [uuid, clientId] of names.clients) {
    const filter = { username: `service-account-${clientId}`.toLowerCase(), exact: true, withServiceAccounts: true };
    for (const { id, serviceAccountClientUuid } of await store.users(realm.id, filter)) {
      const user = serviceAccountClientUuid === uuid ? await store.user(realm.id, id) : undefined;
      if (!user) continue;
      const { groups, realmRoles, clientRoles, ...members } = userFile(context, user);
      found.push(withRoles ? { ...members, realmRoles, clientRoles, groups } : members);
    }
  }
  return found;
}

export function userFile(context: ExportContext, user: UserRow): Json {
  const { realm, client } = roleNames(context, user.roleIds);
  const { whole, names } = context;
  const account = user.serviceAccountClientUuid === undefined ? undefined : names.clients.get(user.serviceAccountClientUuid);
  const { notBefore, ...members } = userView(user);
  return {
    ...user.representation,
    ...members,
    ...(account !== undefined && { serviceAccountClientId: account }),
    ...(whole && { credentials: user.credentials.map((credential) => credentialFile(context, credential)) }),
    ...(user.federatedIdentities.length > 0 && {
      federatedIdentities: user.federatedIdentities.map(({ alias, userId, userName }) => ({
        identityProvider: alias,
        userId,
        ...(userName !== undefined && { userName }),
      })),
    }),
    ...(realm.length > 0 && { realmRoles: realm }),
    ...(Object.keys(client).length > 0 && { clientRoles: client }),
    ...(user.consents.length > 0 && {
      clientConsents: user.consents.flatMap(({ clientUuid, scopes, representation }) => {
        const clientId = names.clients.get(clientUuid);
        return clientId === undefined ? [] : [{ clientId, grantedClientScopes: scopes, ...representation }];
      }),
    }),
    notBefore,
    groups: user.groupIds.flatMap((id) => names.groups.get(id) ?? []),
  };
}

function credentialFile(
  { secrets, realm }: ExportContext,
  { id, type, userLabel, createdDate, secretData, credentialData }: CredentialRow,
): Json {
  return {
    id,
    type,
    ...(userLabel !== undefined && { userLabel }),
    ...(createdDate !== undefined && { createdDate }),
    secretData: openSecretData(secretData, (sealed) => secrets.open(sealed, credentialSecretPlace(realm.id, id))),
    credentialData,
  };
}

/** Hashes stand as they are; seeds are sealed. */
function openSecretData(secretData: string, open: (sealed: string) => string): string {
  const data = JSON.parse(secretData) as Json; // written by us
  return typeof data["sealed"] === "string" ? open(data["sealed"]) : secretData;
}
