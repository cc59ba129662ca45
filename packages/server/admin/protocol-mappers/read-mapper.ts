import type { Json } from "@cambist/store/config-ports.ts";
import { MAPPER_FIELDS, readFields } from "../../imports/fields.ts";
import { RealmNode } from "../../imports/realm-node.ts";
import type { AdminCall } from "../admin-call.ts";
import { AdminError, invalid, notFound } from "../admin-error.ts";
import { reading, storableName, unrecognised } from "../read-representation.ts";
import { MAPPER_TYPES } from "./mapper-types.ts";

/** A protocol mapper as it is stored and shown. */
export interface MapperRepresentation {
  readonly id: string;
  readonly name: string;
  readonly protocol: string;
  readonly protocolMapper: string;
  readonly consentRequired: boolean;
  readonly config: Readonly<Record<string, string>>;
}

type Call = Pick<AdminCall, "rawBody" | "newId">;

/**
 * A mapper on its own.
 * @param stored what the owner has: types of mappers that only an import can bring may stay
 * @throws {AdminError} 400 a wrong type, an unknown member, no name; 404 a type of mapper that does not exist
 */
export const readMapper = (call: Call, body: unknown, stored: readonly MapperRepresentation[] = []): MapperRepresentation =>
  reading(() => mapperOf(call, new RealmNode("body", "", body), stored));

/** The mappers inside a client or client scope; undefined when it names none. @throws {AdminError} as {@link readMapper}, and 409 a name twice */
export function readMappers(
  call: Call,
  owner: RealmNode,
  stored: readonly MapperRepresentation[] = [],
): readonly MapperRepresentation[] | undefined {
  const mappers = owner.nodes("protocolMappers")?.map((node) => mapperOf(call, node, stored));
  if (mappers && new Set(mappers.map(({ name }) => name)).size < mappers.length) throw nameTaken();
  return mappers;
}

function mapperOf(call: Call, node: RealmNode, stored: readonly MapperRepresentation[]): MapperRepresentation {
  const unknown = Object.keys(node.members).find((name) => !MAPPER_FIELDS.has(name));
  if (unknown !== undefined) throw unrecognised("ProtocolMapperRepresentation", unknown, call.rawBody);
  const { kept } = readFields(node, MAPPER_FIELDS);
  const config = node.map("config") ?? {};
  const name = node.text("name") ?? "";
  const protocolMapper = node.text("protocolMapper") ?? "";
  if (!MAPPER_TYPES.has(protocolMapper) && !stored.some((mapper) => mapper.protocolMapper === protocolMapper))
    throw notFound("ProtocolMapper provider not found");
  if (name === "") throw invalid("Protocol mapper has no name");
  const id = node.text("id") ?? call.newId();
  if (!/^[\w.~-]{1,255}$/.test(id)) throw invalid("Protocol mapper id cannot be used");
  return {
    id,
    name: storableName("name", name),
    protocol: node.text("protocol") ?? "openid-connect",
    protocolMapper,
    consentRequired: false,
    ...kept,
    config,
  };
}

export const nameTaken = (): AdminError => new AdminError(409, { errorMessage: "Protocol mapper exists with same name" });

/** The mappers of a stored client or client scope. */
export const mappersOf = (representation: Json): readonly MapperRepresentation[] =>
  Array.isArray(representation["protocolMappers"]) ? (representation["protocolMappers"] as readonly MapperRepresentation[]) : [];
