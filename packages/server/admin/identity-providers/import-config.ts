import type { Json } from "@cambist/store/config-ports.ts";
import { discovery } from "../../http/discovery.ts";
import { parseMultipart } from "../../http/multipart.ts";
import { type AdminAnswer, type AdminCall, ok } from "../admin-call.ts";
import { AdminError, invalid } from "../admin-error.ts";
import { objectBody, textMember } from "../read-json.ts";

const MULTIPART = "multipart/form-data";
export const IMPORT_TYPES: readonly string[] = [MULTIPART];

/** Members of a discovery document by the config entry they become. @see OpenID Connect Discovery §3 */
const ENTRIES = {
  issuer: "issuer",
  authorizationUrl: "authorization_endpoint",
  tokenUrl: "token_endpoint",
  userInfoUrl: "userinfo_endpoint",
  logoutUrl: "end_session_endpoint",
  jwksUrl: "jwks_uri",
} as const;

/**
 * `POST identity-provider/import-config`: a provider's config from its discovery document, as an uploaded file or by its address. This
 * server fetches nothing: an address is answered when it is one of its own realms.
 */
export async function importConfig(call: AdminCall): Promise<AdminAnswer> {
  if (call.contentType.startsWith(MULTIPART)) return ok(await fromFile(call));
  const body = objectBody(call.body);
  const [providerId, fromUrl] = [textMember(body, "providerId"), textMember(body, "fromUrl")];
  if (!providerId || !fromUrl) throw new AdminError(400, { error: "HTTP 400 Bad Request" });
  needOpenId(providerId);
  const document = await ownDocument(call, fromUrl);
  if (!document) throw invalid("This server does not fetch addresses: upload the discovery document as a file, or enter the addresses");
  return ok({ ...configOf(document), validateSignature: "true", metadataDescriptorUrl: fromUrl });
}

async function fromFile(call: AdminCall): Promise<Json> {
  const parts = new Map(parseMultipart(call.rawBody, contentTypeOf(call)) ?? []);
  const [providerId, file] = [parts.get("providerId"), parts.get("file")];
  if (!providerId || file === undefined) throw new AdminError(400, { error: "HTTP 400 Bad Request" });
  needOpenId(providerId);
  return { syncMode: "LEGACY", ...configOf(parsed(file)) };
}

/** The boundary's case counts, so not the lower-cased content type: it is what the body begins with. */
function contentTypeOf({ rawBody }: AdminCall): string {
  const boundary = /^--([^\r\n]{1,70})\r\n/.exec(rawBody.subarray(0, 80).toString("latin1"))?.[1] ?? "";
  return `${MULTIPART}; boundary="${boundary}"`;
}

function needOpenId(providerId: string): void {
  if (providerId !== "oidc" && providerId !== "keycloak-oidc") throw invalid(`No config can be imported for [${providerId.slice(0, 100)}]`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("The file is not JSON");
  }
}

function configOf(document: unknown): Json {
  const members = typeof document === "object" && document !== null ? (document as Json) : {};
  const entries = Object.entries(ENTRIES).flatMap(([entry, member]) =>
    typeof members[member] === "string" ? [[entry, members[member]]] : [],
  );
  if (typeof members["issuer"] !== "string") throw invalid("This is no discovery document: it names no issuer");
  return {
    ...Object.fromEntries(entries),
    ...(typeof members["jwks_uri"] === "string" && { useJwksUrl: "true", validateSignature: "true" }),
  };
}

/** The discovery document of a realm of this server, by its address. */
async function ownDocument({ baseUrl, services }: AdminCall, url: string): Promise<unknown> {
  const prefix = `${baseUrl}/realms/`;
  const name = url.startsWith(prefix) ? /^([^/?#]+)\/\.well-known\/openid-configuration$/.exec(url.slice(prefix.length))?.[1] : undefined;
  if (name === undefined) return undefined;
  const realm = await services.realms.get(decoded(name));
  return realm?.view.realm.enabled ? discovery(realm, `${prefix}${name}`) : undefined;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return "";
  }
}
