import { type AdminAnswer, type AdminCall, type AdminRoute, ok } from "../../admin-call.ts";
import { AdminError } from "../../admin-error.ts";
import { anyOf } from "../../admin-roles.ts";
import { clientOfMetadata, DESCRIBED_ATTRIBUTES } from "./oidc-metadata.ts";

/** Any client description in, a client representation out; nothing is stored. @throws {AdminError} 400 a format that is not known */
async function convert(call: AdminCall): Promise<AdminAnswer> {
  const body = parsed(call.rawBody);
  if (body === undefined) throw new AdminError(400, { error: "Unsupported format" });
  if ("clientId" in body) return ok(body);
  const client = clientOfMetadata(body);
  const { attributes } = client;
  return ok({ ...client, attributes: { ...DESCRIBED_ATTRIBUTES, ...(attributes as object) } });
}

function parsed(rawBody: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(rawBody.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

export const descriptionConverterRoutes: readonly AdminRoute[] = [
  {
    method: "POST",
    path: "/client-description-converter",
    needs: anyOf("manage-clients", "create-client"),
    takes: ["application/json", "application/xml", "text/plain", "text/xml", "application/octet-stream"],
    handle: convert,
  },
];
