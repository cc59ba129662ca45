import type { ClientRow } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, ok } from "../../admin-call.ts";
import { notFound } from "../../admin-error.ts";
import { findClient } from "../find-client.ts";
import { clientView, REGISTRATION_TOKEN, scopeNames } from "../representation.ts";
import { signRegistrationToken } from "./registration-tokens.ts";

/** The client's row with the one registration access token that counts from now on. */
export const withRegistrationToken = (client: ClientRow, jti: string): ClientRow => ({
  ...client,
  representation: { ...client.representation, [REGISTRATION_TOKEN]: jti },
});

/** Id of the registration access token that counts; undefined: none does. */
export const registrationTokenOf = ({ representation }: ClientRow): string | undefined =>
  typeof representation[REGISTRATION_TOKEN] === "string" ? representation[REGISTRATION_TOKEN] : undefined;

/** `POST …/registration-access-token`: a new one, and the one before is over. */
export async function makeRegistrationToken(call: AdminCall): Promise<AdminAnswer> {
  const client = await findClient(call);
  const realm = await call.services.realms.get(call.realm.name);
  if (!realm) throw notFound("Realm not found.");
  const jti = call.newId();
  const row = withRegistrationToken(client, jti);
  await call.commit({
    commands: [{ do: "saveClient", realmId: call.realm.id, row }],
    guards: [{ claim: "clientRow", realmId: call.realm.id, row: client }],
    event: { operation: "ACTION", resourceType: "CLIENT", resourcePath: `clients/${client.id}/registration-access-token` },
  });
  const issuer = `${call.baseUrl}/realms/${encodeURIComponent(call.realm.name)}`;
  const token = await signRegistrationToken(
    { services: call.services, realm, issuer },
    { kind: "RegistrationAccessToken", jti, expires: undefined },
    Math.floor(call.now / 1000),
  );
  return ok({ ...clientView(call, row, await scopeNames(call)), registrationAccessToken: token });
}
