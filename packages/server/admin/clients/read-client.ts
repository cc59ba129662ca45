import type { ClientRow, Json } from "@cambist/store/config-ports.ts";
import { settingFault } from "../../imports/cambist-settings.ts";
import { CLIENT_FIELDS } from "../../imports/fields.ts";
import type { RealmNode } from "../../imports/realm-node.ts";
import type { AdminCall } from "../admin-call.ts";
import { invalid } from "../admin-error.ts";
import { type MapperRepresentation, mappersOf, readMappers } from "../protocol-mappers/read-mapper.ts";
import { reading, readRepresentation, storableName } from "../read-representation.ts";
import { checkUrls, invalidInput } from "./client-urls.ts";

/** What a client representation says; undefined is what it does not name. */
export interface ReadClient {
  readonly id: string | undefined;
  readonly clientId: string | undefined;
  readonly enabled: boolean | undefined;
  readonly secret: string | undefined;
  /** Members of the stored representation, without attributes and mappers. */
  readonly kept: Json;
  /** Undefined as a value: the attribute is to be taken away. */
  readonly attributes: Readonly<Record<string, string | undefined>> | undefined;
  /** `authorizationSettings`; they are read when what they may name is known. */
  readonly authorization: RealmNode | undefined;
  readonly mappers: readonly MapperRepresentation[] | undefined;
  readonly defaultScopes: readonly string[] | undefined;
  readonly optionalScopes: readonly string[] | undefined;
}

const PROTOCOLS: ReadonlySet<unknown> = new Set(["openid-connect", "saml", undefined]);

/**
 * @param stored the client that is changed, absent for a new one
 * @throws {AdminError} 400 a wrong type, an unknown member, an address or `cambist.*` attribute that cannot be; 404 an unknown type of mapper
 */
export function readClient(call: Pick<AdminCall, "body" | "rawBody" | "newId">, stored?: ClientRow): ReadClient {
  const { node, kept } = readRepresentation(call, "ClientRepresentation", CLIENT_FIELDS);
  const read = reading((): ReadClient => ({
    id: node.text("id"),
    clientId: node.text("clientId"),
    enabled: node.flag("enabled"),
    secret: node.text("secret"),
    kept,
    attributes: attributeChanges(node),
    authorization: node.node("authorizationSettings"),
    mappers: readMappers(call, node, stored && mappersOf(stored.representation)),
    defaultScopes: node.texts("defaultClientScopes"),
    optionalScopes: node.texts("optionalClientScopes"),
  }));
  if (read.clientId?.trim() === "") throw invalidInput("Client ID cannot be blank");
  if (read.clientId !== undefined) storableName("clientId", read.clientId);
  if (read.id !== undefined && !/^[\w.~-]{1,255}$/.test(read.id)) throw invalidInput("Client UUID cannot be used");
  if (!PROTOCOLS.has(kept["protocol"])) throw invalidInput(`Invalid protocol: ${String(kept["protocol"]).slice(0, 100)}`);
  checkUrls(kept);
  return read;
}

/** An empty or null attribute takes it away. @throws {AdminError} 400 a `cambist.*` attribute with a value it cannot have */
function attributeChanges(node: RealmNode): ReadClient["attributes"] {
  const given = node.node("attributes");
  if (!given) return undefined;
  return Object.fromEntries(
    Object.keys(given.members).map((name) => {
      const value = given.text(name);
      const fault = value === undefined ? undefined : settingFault("client", name, value);
      if (fault !== undefined) throw invalid(`${name}: ${fault}`);
      return [name, value === "" ? undefined : value] as const;
    }),
  );
}
