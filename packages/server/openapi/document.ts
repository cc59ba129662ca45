import type { AdminRoute } from "../admin/admin-call.ts";
import { ADMIN_ROUTES } from "../admin/routes.ts";
import { PROTOCOL_OPERATIONS, type ProtocolOperation } from "./protocol-operations.ts";
import { PROTOCOL_TAG, tagOf, tagOrder } from "./tags.ts";

type Json = Readonly<Record<string, unknown>>;
export interface Operation {
  readonly tag: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly needs: string;
}

/** Names of path parameters that say nothing by themselves. */
const PARAMETER = /:(\w+)/g;

/** Every operation of the server in the order of the page. */
export const OPERATIONS: readonly Operation[] = [
  ...PROTOCOL_OPERATIONS.map(({ method, path, summary }) => ({
    tag: PROTOCOL_TAG,
    method,
    path: `/realms/{realm}${path}`,
    summary,
    needs: "",
  })),
  ...ADMIN_ROUTES.map((route) => ({
    tag: tagOf(route),
    method: route.method.toLowerCase(),
    path: pathOf(route),
    summary: summaryOf(route),
    needs: needsOf(route),
  })),
];

/** Every tag in the order of the page. */
export const TAG_NAMES: readonly string[] = tagOrder(OPERATIONS.map(({ tag }) => tag));

/** The OpenAPI 3.1 document of the protocol and admin endpoints, from the same route table that the server is wired from. */
export function openApiDocument(version: string, server: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of PROTOCOL_OPERATIONS)
    (paths[`/realms/{realm}${operation.path}`] ??= {})[operation.method] = protocolOperation(operation);
  for (const route of ADMIN_ROUTES) (paths[pathOf(route)] ??= {})[route.method.toLowerCase()] = adminOperation(route);
  return {
    openapi: "3.1.0",
    info: {
      title: "Cambist",
      version,
      description: "OAuth 2.0 / OpenID Connect authorization server built around token exchange. Representations are Keycloak's.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: server }],
    tags: TAG_NAMES.map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        basic: { type: "http", scheme: "basic", description: "Client id and secret, each form-encoded (RFC 6749 §2.3.1)" },
      },
      schemas: {
        OAuthError: {
          type: "object",
          required: ["error"],
          properties: { error: { type: "string" }, error_description: { type: "string" } },
        },
        AdminError: {
          type: "object",
          properties: { error: { type: "string" }, errorMessage: { type: "string" }, error_description: { type: "string" } },
        },
      },
    },
  };
}

function protocolOperation({ method, path, summary, form, answers }: ProtocolOperation): Json {
  const fields = Object.entries(form ?? {});
  return {
    tags: [PROTOCOL_TAG],
    operationId: operationId(method, `/realms/:realm${path}`),
    summary,
    parameters: [parameter("realm")],
    ...(form && {
      security: [{ basic: [] }, {}],
      requestBody: {
        required: true,
        content: {
          "application/x-www-form-urlencoded": {
            schema: {
              type: "object",
              required: fields.flatMap(([name]) => (name.endsWith("*") ? [name.slice(0, -1)] : [])),
              properties: Object.fromEntries(fields.map(([name, description]) => [name.replace("*", ""), { type: "string", description }])),
            },
          },
        },
      },
    }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, description]) => [
        status,
        answer(description, Number(status) >= 400 ? "OAuthError" : undefined),
      ]),
    ),
  };
}

function adminOperation(route: AdminRoute): Json {
  const path = route.global ? `/admin${route.path}` : `/admin/realms/:realm${route.path}`;
  const needs = needsOf(route);
  const writes = route.method !== "GET";
  return {
    tags: [tagOf(route)],
    operationId: operationId(route.method, path),
    summary: summaryOf(route),
    ...(needs && { description: `Needs ${needs}.` }),
    security: [{ bearer: [] }],
    parameters: [...path.matchAll(PARAMETER)].map(([, name]) => parameter(name ?? "")),
    ...(writes && {
      requestBody: { content: Object.fromEntries(["application/json", ...(route.takes ?? [])].map((type) => [type, { schema: {} }])) },
    }),
    responses: {
      "2XX": answer(route.method === "GET" ? "What is stored" : "Done"),
      ...(writes && { 400: answer("The body is not valid", "AdminError"), 409: answer("A name is taken", "AdminError") }),
      401: answer("No valid token", "AdminError"),
      403: answer("The caller lacks the role", "AdminError"),
      404: answer("There is no such object in this realm", "AdminError"),
    },
  };
}

function pathOf({ global, path }: AdminRoute): string {
  return (global ? `/admin${path}` : `/admin/realms/{realm}${path}`).replace(PARAMETER, "{$1}");
}

function summaryOf({ method, path }: AdminRoute): string {
  const words = path.split("/").filter((word) => word !== "");
  const last = words.at(-1);
  const noun = words.filter((word) => !word.startsWith(":")).join(" ") || "realm";
  const one = last === undefined || last.startsWith(":");
  const verb = { GET: one ? "Read one of" : "Read", POST: "Post to", PUT: "Update", DELETE: "Delete" }[method];
  return `${verb} ${noun}`.replace("one of realm", "the realm");
}

function needsOf({ needs }: AdminRoute): string {
  return needs.map((roles) => roles.join(" or ")).join(", and ");
}
const parameter = (name: string): Json => ({ name, in: "path", required: true, schema: { type: "string" } });
const operationId = (method: string, path: string): string =>
  `${method.toLowerCase()}${path.replace(/[^\w]+(\w?)/g, (_match, letter: string) => letter.toUpperCase())}`;

function answer(description: string, schema?: string): Json {
  return { description, ...(schema && { content: { "application/json": { schema: { $ref: `#/components/schemas/${schema}` } } } }) };
}
