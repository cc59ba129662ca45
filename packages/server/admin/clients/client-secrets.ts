import { randomInt } from "node:crypto";
import type { ClientRow, Json } from "@cambist/store/config-ports.ts";
import { MASK, withMasks } from "../../secrets/masked.ts";
import { isJsonObject } from "../../realms/json-object.ts";
import { hashSecret } from "../../secrets/secret-box.ts";
import { CLIENT_SECRET_ATTRIBUTES } from "../../secrets/secret-names.ts";
import { clientAttributePlace, clientSecretPlace } from "../../secrets/secret-places.ts";
import { isSealedText, openText, sealText } from "../../secrets/sealed-text.ts";
import type { AdminCall } from "../admin-call.ts";

type Sealing = Pick<AdminCall, "secrets" | "realm">;

/** When the secret was made, in seconds since 1970. */
export const CREATION_TIME = "client.secret.creation.time";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SECRET_LENGTH = 32;

/** 32 letters and digits, as Keycloak's tools expect them: 190 bits. */
export const newClientSecret = (): string => Array.from({ length: SECRET_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join("");

export const openClientSecret = ({ secrets, realm }: Sealing, { id, sealedSecret }: ClientRow): string | undefined =>
  sealedSecret === undefined ? undefined : secrets.open(sealedSecret, clientSecretPlace(realm.id, id));

/** The columns of a secret; undefined takes it away. */
export const secretColumns = (
  { secrets, realm }: Sealing,
  clientUuid: string,
  secret: string | undefined,
): Pick<ClientRow, "sealedSecret" | "secretHash"> =>
  secret === undefined
    ? {}
    : { sealedSecret: secrets.seal(secret, clientSecretPlace(realm.id, clientUuid)), secretHash: hashSecret(secret) };

/** The client's row with another secret, or none. */
export function withSecret(call: Sealing, client: ClientRow, secret: string | undefined): ClientRow {
  const { sealedSecret: _, secretHash: __, ...others } = client;
  return { ...others, ...secretColumns(call, client.id, secret) };
}

/** The client's attributes, secrets among them opened. */
export function openClientAttributes({ secrets, realm }: Sealing, client: ClientRow): Json {
  return Object.fromEntries(
    Object.entries(attributesOf(client)).map(([name, value]) => [
      name,
      CLIENT_SECRET_ATTRIBUTES.includes(name) && isSealedText(value)
        ? openText(secrets, value, clientAttributePlace(realm.id, client.id, name))
        : value,
    ]),
  );
}

/** Attributes as they are stored. */
export function sealClientAttributes({ secrets, realm }: Sealing, clientUuid: string, attributes: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      CLIENT_SECRET_ATTRIBUTES.includes(name) && value !== ""
        ? sealText(secrets, value, clientAttributePlace(realm.id, clientUuid, name))
        : value,
    ]),
  );
}

/** Attributes as they stand in the row. */
export const attributesOf = ({ representation }: Pick<ClientRow, "representation">): Readonly<Record<string, string>> =>
  (representation["attributes"] ?? {}) as Readonly<Record<string, string>>;

/** A client's body for the admin event: it tells that a secret was given, and not which. */
export function maskSecrets(body: unknown): unknown {
  if (!isJsonObject(body)) return body;
  const { registrationAccessToken: _, ...members } = body;
  const { secret, attributes } = members;
  return {
    ...members,
    ...(secret !== undefined && secret !== null && { secret: MASK }),
    ...(isJsonObject(attributes) && { attributes: withMasks(attributes, CLIENT_SECRET_ATTRIBUTES) }),
  };
}
