import type { ClientRow, RealmRow } from "@cambist/store/config-ports.ts";
import { type Command, type Guard, StorageUnavailable } from "@cambist/store/ports.ts";
import { StorageConflict } from "@cambist/store/admin-ports.ts";
import { OAuthError } from "@cambist/core/refusals.ts";
import type { Caller } from "../../../http/caller.ts";
import { emit } from "../../../http/conclude.ts";
import type { LoadedRealm } from "../../../realms/compile-realm.ts";
import type { Services } from "../../../services.ts";
import { holdsRole } from "../../authenticate-admin.ts";
import { clientRemoval } from "../delete-client.ts";
import { adapterConfig } from "../installation.ts";
import { newClient } from "../new-client.ts";
import { readClient } from "../read-client.ts";
import { clientMembers, scopeNames } from "../representation.ts";
import { changedClient } from "../update-client.ts";
import type { ClientWriter } from "../client-writer.ts";
import { FORMATS, type Format } from "./formats.ts";
import { initialAccesses, withInitialAccesses } from "./initial-access.ts";
import { registrationTokenOf, withRegistrationToken } from "./registration-access-token.ts";
import { RegistrationError } from "./registration-error.ts";
import { signRegistrationToken } from "./registration-tokens.ts";
import { registrationSuccess, type RegistrationVerb } from "./registration-record.ts";
import { identifyRegistrar, needCreate, needManage, needView, type Registrar } from "./registrar.ts";
import { needSelfService } from "./self-service.ts";

/** One request to `clients-registrations`. */
export interface RegistrationRequest {
  readonly services: Services;
  readonly realm: LoadedRealm;
  readonly caller: Caller;
  readonly issuer: string;
  readonly authorization: string | undefined;
  /** Which of {@link FORMATS}, or `install`. */
  readonly provider: string;
  /** Undefined: the collection. */
  readonly clientId: string | undefined;
  readonly body: unknown;
  readonly rawBody: Buffer;
}
export interface RegistrationAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly location?: string;
}

/** Writes of one row at the same time; each failed attempt means that another one got through. */
const MAX_ATTEMPTS = 100;

/** @throws {RegistrationError} */
export async function register(request: RegistrationRequest): Promise<RegistrationAnswer> {
  const format = formatOf(request);
  const registrar = await identifyRegistrar(contextOf(request));
  return untilWritten(async () => {
    const realm = await realmRow(request);
    const access = needCreate(registrar, realm, seconds(request));
    const call = writerFor(request, realm, registrar, (body) => format.read({ body, realm }, undefined));
    const read = readClient(call);
    if (access) needSelfService(call, read);
    const { row: bare, commands } = await newClient(call, read);
    const jti = call.newId();
    const row = withRegistrationToken(bare, jti);
    const others = commands.filter((command) => command.do !== "saveClient");
    const left = initialAccesses(realm, seconds(request)).map((one) =>
      one.id === access?.id ? { ...one, remainingCount: one.remainingCount - 1 } : one,
    );
    const written = await write(request, "POST", row.clientId, {
      guards: access ? [{ claim: "realmRow", row: realm }] : [],
      commands: [
        { do: "saveClient", realmId: realm.id, row },
        ...others,
        ...(access ? [{ do: "saveRealm", realmId: realm.id, row: withInitialAccesses(realm, left) } as const] : []),
      ],
    });
    if (!written) return undefined;
    const uri = uriOf(request, row.clientId);
    return { status: 201, location: uri, body: await shown(request, format, row, { jti, issuedAt: seconds(request) }) };
  });
}

/** @throws {RegistrationError} */
export async function readRegistration(request: RegistrationRequest): Promise<RegistrationAnswer> {
  if (request.provider === "install") return install(request);
  const format = formatOf(request);
  const registrar = await identifyRegistrar(contextOf(request));
  const client = await needView(registrar, contextOf(request), await findClient(request));
  await write(request, "GET", client.clientId, NOTHING);
  return { status: 200, body: await shown(request, format, client, registrar.kind === "token" ? { jti: registrar.token.jti } : {}) };
}

/** A client that changes itself gets another token; the one before is over. @throws {RegistrationError} */
export async function updateRegistration(request: RegistrationRequest): Promise<RegistrationAnswer> {
  const format = formatOf(request);
  const registrar = await identifyRegistrar(contextOf(request));
  return untilWritten(async () => {
    const realm = await realmRow(request);
    const client = needManage(registrar, realm.name, await findClient(request), "manage-clients");
    const call = writerFor(request, realm, registrar, (body) => format.read({ body, realm }, client.clientId));
    const read = readClient(call, client);
    const own = registrar.kind === "token";
    if (own) needSelfService(call, read, client);
    const { row: bare, commands } = await changedClient(call, client, read);
    const jti = own ? call.newId() : undefined;
    const row = jti === undefined ? bare : withRegistrationToken(bare, jti);
    const others = commands.filter((command) => command.do !== "saveClient");
    const written = await write(request, "PUT", row.clientId, {
      guards: [{ claim: "clientRow", realmId: realm.id, row: client }],
      commands: [{ do: "saveClient", realmId: realm.id, row }, ...others],
    });
    return written ? { status: 200, body: await shown(request, format, row, { ...(jti !== undefined && { jti }) }) } : undefined;
  });
}

/** @throws {RegistrationError} */
export async function deleteRegistration(request: RegistrationRequest): Promise<RegistrationAnswer> {
  formatOf(request);
  const registrar = await identifyRegistrar(contextOf(request));
  const realm = await realmRow(request);
  const client = needManage(registrar, realm.name, await findClient(request), "manage-clients");
  const { services } = request;
  const commands = await clientRemoval({ services, store: services.admin, realm }, client);
  const standing = [{ claim: "stands", kind: "client", id: client.id }] as const;
  // Somebody else has removed it meanwhile: it is looked for again.
  return (await write(request, "DELETE", client.clientId, { guards: standing, commands })) ? { status: 204 } : deleteRegistration(request);
}

/** What an adapter needs, for a client that proves its secret. */
async function install(request: RegistrationRequest): Promise<RegistrationAnswer> {
  const { services, caller } = request;
  const client = await needView(await identifyRegistrar(contextOf(request)), contextOf(request), await findClient(request));
  await write(request, "GET", client.clientId, NOTHING);
  const call = { store: services.admin, secrets: services.secrets, realm: await realmRow(request), baseUrl: caller.baseUrl };
  return { status: 200, body: await adapterConfig(call, client) };
}

const seconds = ({ services }: RegistrationRequest): number => Math.floor(services.clock() / 1000);
const contextOf = (request: RegistrationRequest) => ({ ...request, baseUrl: request.caller.baseUrl, now: seconds(request) });
const uriOf = ({ issuer, provider }: RegistrationRequest, clientId: string): string =>
  `${issuer}/clients-registrations/${provider}/${encodeURIComponent(clientId)}`;

function formatOf({ provider }: RegistrationRequest): Format {
  const format = Object.hasOwn(FORMATS, provider) ? FORMATS[provider] : undefined;
  if (!format) throw new RegistrationError(404, "Client registration provider not found");
  return format;
}

async function realmRow({ services, realm }: RegistrationRequest): Promise<RealmRow> {
  const row = await services.admin.realmByName(realm.view.realm.name);
  if (!row) throw new RegistrationError(404, "Realm does not exist");
  return row;
}

const findClient = ({ services, realm, clientId }: RegistrationRequest): Promise<ClientRow | undefined> =>
  services.admin.clientByClientId(realm.view.realm.id, clientId ?? "");

function writerFor(
  { services, body, rawBody }: RegistrationRequest,
  realm: RealmRow,
  registrar: Registrar,
  read: (body: unknown) => unknown,
): ClientWriter {
  const caller = registrar.kind === "admin" ? registrar.caller : undefined;
  return {
    services,
    store: services.admin,
    secrets: services.secrets,
    realm,
    body: read(body),
    rawBody,
    now: services.clock(),
    newId: services.newId,
    has: (...roles) => caller !== undefined && holdsRole(caller, realm.name, roles),
    caller: { roles: caller?.roles ?? new Set() },
  };
}

/** Runs until what it was worked out from is still so when it commits. */
async function untilWritten(work: () => Promise<RegistrationAnswer | undefined>): Promise<RegistrationAnswer> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const answer = await work();
    if (answer) return answer;
  }
  throw new RegistrationError(409, "unknown_error");
}

/** A reading changes nothing, and is on record: it hands out a secret. */
const NOTHING = { guards: [], commands: [] };

/** The change and its event in one commit; false: a guard has failed. @throws {RegistrationError} 400 a name is taken, 503 */
async function write(
  request: RegistrationRequest,
  verb: RegistrationVerb,
  clientId: string,
  unit: { readonly guards: readonly Guard[]; readonly commands: readonly Command[] },
): Promise<boolean> {
  const record = registrationSuccess(request, verb, clientId);
  try {
    const outcome = await request.services.writer.write({ ...unit, audit: [record] });
    if (!outcome.ok) return false;
  } catch (error) {
    if (error instanceof StorageConflict)
      throw new RegistrationError(400, "invalid_client_metadata", "Client Identifier in use", { cause: error });
    if (error instanceof StorageUnavailable) throw new OAuthError("audit_unavailable", {}, { cause: error });
    throw error;
  }
  emit(request, record);
  return true;
}

interface Shown {
  /** Of the registration token to show. */
  readonly jti?: string;
  readonly issuedAt?: number;
}

async function shown(request: RegistrationRequest, format: Format, client: ClientRow, { jti, issuedAt }: Shown): Promise<unknown> {
  const { services } = request;
  const row = await realmRow(request);
  const members = clientMembers({ secrets: services.secrets, realm: row }, client, await scopeNames({ store: services.admin, realm: row }));
  const counts = jti !== undefined && registrationTokenOf(client) === jti;
  const token = counts
    ? await signRegistrationToken(request, { kind: "RegistrationAccessToken", jti, expires: undefined }, seconds(request))
    : undefined;
  return format.write(members, { token, uri: uriOf(request, client.clientId), issuedAt });
}
