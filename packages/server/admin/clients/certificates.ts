import { generateKeyPair, X509Certificate } from "node:crypto";
import { promisify } from "node:util";
import type { ClientRow } from "@cambist/store/config-ports.ts";
import { parseMultipart } from "../../http/multipart.ts";
import { selfSignedCertificate } from "../../keys/certificate.ts";
import { inspectKey } from "../../keys/key-material.ts";
import { type AdminAnswer, type AdminCall, type AdminRoute, ok } from "../admin-call.ts";
import { AdminError, notFound } from "../admin-error.ts";
import { NEEDS } from "../admin-roles.ts";
import { attributesOf } from "./client-secrets.ts";
import { findClient } from "./find-client.ts";

const newKeyPair = promisify(generateKeyPair);
const CERTIFICATE_YEARS = 10;
/** What the attributes of a client's keys begin with. */
const PREFIXES: ReadonlySet<string> = new Set(["jwt.credential", "saml.signing", "saml.encryption"]);

/** @throws {AdminError} 404 no such key */
function prefixOf({ params }: AdminCall): string {
  const prefix = params["attribute"] ?? "";
  if (!PREFIXES.has(prefix)) throw notFound();
  return prefix;
}

async function readCertificate(call: AdminCall): Promise<AdminAnswer> {
  const attributes = attributesOf(await findClient(call));
  const prefix = prefixOf(call);
  const of = (name: string): string | undefined => attributes[`${prefix}.${name}`];
  return ok({
    ...(of("certificate") !== undefined && { certificate: of("certificate") }),
    ...(of("public.key") !== undefined && { publicKey: of("public.key") }),
    ...(of("kid") !== undefined && { kid: of("kid") }),
  });
}

/** A key pair whose private half is only in this answer. */
async function generateCertificate(call: AdminCall): Promise<AdminAnswer> {
  const client = await findClient(call);
  const prefix = prefixOf(call);
  const { privateKey } = await newKeyPair("rsa", { modulusLength: 2048, publicExponent: 65537 });
  const certificate = selfSignedCertificate(privateKey, { commonName: client.clientId, now: call.now, years: CERTIFICATE_YEARS }).toString(
    "base64",
  );
  await saveCertificate(call, client, prefix, certificate, "generate");
  return ok({ privateKey: privateKey.export({ format: "der", type: "pkcs1" }).toString("base64"), certificate });
}

/** `multipart/form-data` with `keystoreFormat` (`Certificate PEM`) and `file`. @throws {AdminError} 400 no certificate */
async function uploadCertificate(call: AdminCall): Promise<AdminAnswer> {
  const client = await findClient(call);
  const prefix = prefixOf(call);
  const form = new Map(parseMultipart(call.rawBody, call.contentType));
  const format = form.get("keystoreFormat");
  if (format !== "Certificate PEM") throw badFile(`This keystore format cannot be read: use Certificate PEM`);
  const certificate = certificateOf(form.get("file") ?? "");
  await saveCertificate(call, client, prefix, certificate, "upload-certificate");
  return ok({ certificate });
}

/** Base64 of the DER, whether it came with PEM lines around it or bare. @throws {AdminError} 400 */
function certificateOf(file: string): string {
  const base64 = file.replace(/-----(?:BEGIN|END) CERTIFICATE-----/g, "").replace(/\s+/g, "");
  try {
    const der = Buffer.from(base64, "base64");
    inspectKey(new X509Certificate(der).publicKey);
    return der.toString("base64");
  } catch (error) {
    throw badFile("The file holds no certificate with a usable key", error);
  }
}

const badFile = (description: string, cause?: unknown): AdminError =>
  new AdminError(400, { error: "invalid_request", error_description: description }, { cause });

async function saveCertificate(call: AdminCall, client: ClientRow, prefix: string, certificate: string, verb: string): Promise<void> {
  const { [`${prefix}.public.key`]: _, [`${prefix}.kid`]: __, ...others } = attributesOf(client);
  const attributes = { ...others, [`${prefix}.certificate`]: certificate };
  await call.commit({
    commands: [{ do: "saveClient", realmId: call.realm.id, row: { ...client, representation: { ...client.representation, attributes } } }],
    guards: [{ claim: "clientRow", realmId: call.realm.id, row: client }],
    event: {
      operation: "ACTION",
      resourceType: "CLIENT",
      resourcePath: `clients/${client.id}/certificates/${prefix}/${verb}`,
      representation: { certificate },
    },
  });
}

const PATH = "/clients/:client/certificates/:attribute";

export const certificateRoutes: readonly AdminRoute[] = [
  { method: "GET", path: PATH, needs: NEEDS.viewClients, handle: readCertificate },
  { method: "POST", path: `${PATH}/generate`, needs: NEEDS.manageClients, noCache: true, handle: generateCertificate },
  {
    method: "POST",
    path: `${PATH}/upload-certificate`,
    needs: NEEDS.manageClients,
    takes: ["multipart/form-data"],
    handle: uploadCertificate,
  },
];
