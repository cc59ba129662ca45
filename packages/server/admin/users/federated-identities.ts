import type { Json, UserRow } from "@cambist/store/config-ports.ts";
import { isCleanText } from "../../keys/jws.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { conflict, invalid, notFound } from "../admin-error.ts";
import { objectBody, textMember } from "../read-json.ts";
import { findUser } from "./find-user.ts";

type Link = UserRow["federatedIdentities"][number];
const MAX_LENGTH = 255;

const linkView = ({ alias, userId, userName }: Link): Json => ({
  identityProvider: alias,
  userId,
  ...(userName !== undefined && { userName }),
});

/** `GET users/{id}/federated-identity`: links to the providers that the realm has. */
export async function listIdentities(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call);
  const providers = new Set((await call.store.identityProviders(call.realm.id)).map(({ alias }) => alias));
  return ok(user.federatedIdentities.filter(({ alias }) => providers.has(alias)).map(linkView));
}

/**
 * `POST users/{id}/federated-identity/{alias}`: links the user to an account. The account needs an id, and belongs to one user: whoever logs
 * in with it would otherwise be either of two.
 * @throws {AdminError} 400 no id; 404 no such provider; 409 the user has a link to the provider, or the account is another user's
 */
export async function addIdentity(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call);
  const { realm, store } = call;
  const alias = storable("identityProvider", call.params["provider"] ?? "");
  if (user.federatedIdentities.some((link) => link.alias === alias)) throw conflict("User is already linked with provider");
  const body = objectBody(call.body);
  const userId = textMember(body, "userId");
  const userName = textMember(body, "userName");
  if (userId === undefined || userId === "") throw invalid("User id is missing");
  if (!(await store.identityProvider(realm.id, alias))) throw notFound();
  const link: Link = { alias, userId: storable("userId", userId), ...(userName && { userName: storable("userName", userName) }) };
  const holders = await store.users(realm.id, { idpAlias: alias, idpUserId: userId, withServiceAccounts: true, max: 1 });
  if (holders.length > 0) throw conflict("The account is linked with another user");
  await call.commit({
    commands: [{ do: "saveFederatedIdentity", realmId: realm.id, userId: user.id, link }],
    event: {
      operation: "CREATE",
      resourceType: "USER",
      resourcePath: `users/${user.id}/federated-identity/${alias}`,
      representation: linkView(link),
    },
  });
  return noContent;
}

function storable(member: string, text: string): string {
  if (text.length > MAX_LENGTH || !isCleanText(text)) throw invalid(`${member} cannot be stored`);
  return text;
}

/** `DELETE users/{id}/federated-identity/{alias}`. */
export async function removeIdentity(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call);
  const link = user.federatedIdentities.find(({ alias }) => alias === call.params["provider"]);
  if (!link) throw notFound("Link not found");
  await call.commit({
    commands: [{ do: "deleteFederatedIdentity", realmId: call.realm.id, userId: user.id, alias: link.alias }],
    event: { operation: "DELETE", resourceType: "USER", resourcePath: `users/${user.id}/federated-identity/${link.alias}` },
  });
  return noContent;
}
