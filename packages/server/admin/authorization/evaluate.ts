import type { Permission } from "@cambist/core/model.ts";
import {
  evaluatePermission,
  type PermissionResult,
  type PolicyContext,
  type PolicyIdentity,
} from "@cambist/core/policy/evaluate-permission.ts";
import type { Json } from "@cambist/store/config-ports.ts";
import { jsonList } from "../../realms/json-list.ts";
import { compilePermissions } from "../../realms/compile-permissions.ts";
import { type AdminAnswer, type AdminCall, ok } from "../admin-call.ts";
import { invalid, notFound } from "../admin-error.ts";
import { type JsonObject, listBody, objectBody, objectMember, textMember, textsMember } from "../read-json.ts";
import { finder } from "./lookups.ts";
import { isPermissionType } from "./policy-types.ts";
import { configOf, genericView, rowsOf, scopeView } from "./representation.ts";
import { type PolicyRow, type ResourceRow, resourceServer, type ResourceServer, type ScopeRow } from "./resource-server.ts";

/** A resource and the scopes of it that are asked for. */
interface Asked {
  readonly resource: ResourceRow;
  readonly scopes: readonly ScopeRow[];
}
interface Evaluated {
  readonly row: PolicyRow;
  readonly result: PermissionResult;
  readonly permission: Permission;
}

/** `POST policy/evaluate`: what somebody would get, and why. Nothing is changed and no token is made. */
export async function evaluatePolicies(call: AdminCall): Promise<AdminAnswer> {
  const server = await resourceServer(call);
  const body = objectBody(call.body);
  const asked = askedResources(server, body);
  const context = await policyContext(call, body);
  const permissions = await compiled(call, server);
  const results = asked.map((one) => evaluateOne(server, one, permissions, context));
  const granted = results.filter(({ status }) => status === "PERMIT");
  return ok({
    results,
    entitlements: body["entitlements"] === true,
    status: results.length > 0 && granted.length === results.length ? "PERMIT" : "DENY",
    rpt: {
      typ: "Bearer",
      iat: Math.floor(call.now / 1000),
      aud: server.client.clientId,
      ...(context.clientId !== undefined && { azp: context.clientId }),
      ...(context.identity.kind === "user" && { sub: context.identity.id }),
      authorization: {
        permissions: granted.map(({ resource, allowedScopes }) => ({
          rsid: resource._id,
          rsname: resource.name,
          ...(allowedScopes.length > 0 && { scopes: allowedScopes.map(({ name }) => name) }),
        })),
      },
    },
  });
}

/** The resources that are named, or those of the type, or all. @throws {AdminError} 400 one of them does not exist */
function askedResources({ rows }: ResourceServer, body: JsonObject): readonly Asked[] {
  const named = listBody(body["resources"] ?? []);
  const type = textMember(body, "resourceType");
  if (named.length === 0) {
    return rows.resources
      .filter(({ representation }) => type === undefined || type === "" || representation["type"] === type)
      .map((resource) => ({ resource, scopes: rowsOf(rows.scopes, resource.scopeIds) }));
  }
  const resources = finder(rows.resources);
  const scopes = finder(rows.scopes);
  return named.map((one) => {
    const name = textMember(one, "_id") ?? textMember(one, "name") ?? "";
    const id = resources.find(name);
    const resource = rows.resources.find((row) => row.id === id);
    if (!resource) throw invalid("Unknown resource");
    const ids = listBody(one["scopes"] ?? []).map((scope) => {
      const found = scopes.find(textMember(scope, "id") ?? textMember(scope, "name") ?? "");
      if (found === undefined) throw invalid("Unknown scope");
      return found;
    });
    return { resource, scopes: rowsOf(rows.scopes, ids.length > 0 ? ids : resource.scopeIds) };
  });
}

/** Who is asked about: a user with their roles, or nobody but some roles; through a client, now. */
async function policyContext(call: AdminCall, body: JsonObject): Promise<PolicyContext> {
  const { realm, services, store, now } = call;
  const loaded = await services.realms.get(realm.name);
  if (!loaded) throw notFound("Realm not found.");
  const { view } = loaded;
  const userId = textMember(body, "userId") || undefined;
  const user =
    userId === undefined
      ? undefined
      : ((await services.state.findUserById(realm.id, userId)) ?? (await services.state.findUserByUsername(realm.id, userId)));
  if (userId !== undefined && !user) throw invalid("Unknown user");
  const clientName = textMember(body, "clientId") || undefined;
  const client =
    clientName === undefined
      ? undefined
      : ((await store.client(realm.id, clientName)) ?? (await store.clientByClientId(realm.id, clientName)));
  if (clientName !== undefined && !client) throw invalid("Unknown client");
  const roleIds = (textsMember(body, "roleIds") ?? []).map((id) => view.role(id)?.id ?? view.realmRole(id)?.id ?? "");
  const identity: PolicyIdentity = {
    kind: "user",
    id: user?.id ?? "",
    ...(user && { userId: user.id }),
    roles: user ? view.effectiveRoles(user) : view.expandRoles(roleIds.filter((id) => id !== "")),
    groupIds: user?.groupIds ?? [],
    attributes: user?.attributes ?? {},
  };
  const attributes = objectMember(objectMember(body, "context") ?? {}, "attributes") ?? {};
  return {
    view,
    identity,
    clientId: client?.clientId,
    now: Math.floor(now / 1000),
    ipAddress: textMember(attributes, "kc.client.network.ip_address") ?? "127.0.0.1",
    matchesRegex: services.matchesRegex,
  };
}

async function compiled(
  { store, realm, services }: AdminCall,
  { rows }: ResourceServer,
): Promise<(row: PolicyRow) => Permission | undefined> {
  const uuids = new Set(rows.policies.filter(({ type }) => type === "client").flatMap((row) => jsonList(configOf(row)["clients"])));
  const names = new Map<unknown, string>();
  for (const uuid of uuids) {
    const client = typeof uuid === "string" ? await store.client(realm.id, uuid) : undefined;
    if (client) names.set(uuid, client.clientId);
  }
  const view = (await services.realms.get(realm.name))?.view;
  const permissions = compilePermissions(rows, {
    clientIdOf: (uuid) => names.get(uuid),
    group: (id) => view?.group(id),
    clientScopeName: (id) => view?.clientScope(id)?.name,
  });
  return ({ name }) => permissions.find(name);
}

/** Whether a permission speaks about this resource and any of these scopes. */
function isAbout(row: PolicyRow, { resource, scopes }: Asked): boolean {
  const byType = configOf(row)["defaultResourceType"];
  const named = row.resourceIds.includes(resource.id) || (byType !== undefined && byType === resource.representation["type"]);
  if (row.type === "resource") return named;
  return scopes.some(({ id }) => row.scopeIds.includes(id)) && (named || (row.resourceIds.length === 0 && byType === undefined));
}

interface Outcome {
  readonly resource: { readonly name: string; readonly _id: string };
  readonly scopes: readonly Json[];
  readonly policies: readonly Json[];
  readonly status: "PERMIT" | "DENY";
  readonly allowedScopes: readonly { readonly id: string; readonly name: string }[];
}

function evaluateOne(
  server: ResourceServer,
  asked: Asked,
  find: (row: PolicyRow) => Permission | undefined,
  context: PolicyContext,
): Outcome {
  const { rows } = server;
  const evaluated = rows.policies.flatMap((row): readonly Evaluated[] => {
    const permission = isPermissionType(row.type) && isAbout(row, asked) ? find(row) : undefined;
    return permission ? [{ row, permission, result: evaluatePermission(permission, context) }] : [];
  });
  const allowed = asked.scopes.filter(({ id }) =>
    isAllowed(
      server,
      evaluated.filter(({ row }) => row.type === "resource" || row.scopeIds.includes(id)),
    ),
  );
  const granted = asked.scopes.length > 0 ? allowed.length > 0 : isAllowed(server, evaluated);
  return {
    resource: { name: asked.resource.name, _id: asked.resource.id },
    scopes: asked.scopes.map(scopeView),
    policies: evaluated.map((one) => policyOutcome(server, one)),
    status: granted ? "PERMIT" : "DENY",
    allowedScopes: allowed.map(({ id, name }) => ({ id, name })),
  };
}

/** Several permissions about one thing count by the strategy of the resource server; none at all by its enforcement mode. */
function isAllowed({ rows: { settings } }: ResourceServer, permissions: readonly Evaluated[]): boolean {
  const mode = settings["policyEnforcementMode"];
  if (mode === "DISABLED") return true;
  if (permissions.length === 0) return mode === "PERMISSIVE";
  const granted = permissions.filter(({ result }) => result.granted).length;
  switch (settings["decisionStrategy"]) {
    case "AFFIRMATIVE":
      return granted > 0;
    case "CONSENSUS":
      return granted > permissions.length - granted;
    default:
      return granted === permissions.length;
  }
}

function policyOutcome({ rows }: ResourceServer, { row, result }: Evaluated): Json {
  return {
    policy: genericView(row),
    status: result.granted ? "PERMIT" : "DENY",
    associatedPolicies: rowsOf(rows.policies, row.policyIds).map((policy, index) => ({
      policy: genericView(policy),
      status: result.policies[index]?.effect === "permit" ? "PERMIT" : "DENY",
      associatedPolicies: [],
      scopes: [],
    })),
    scopes: rowsOf(rows.scopes, row.scopeIds).map(({ name }) => name),
  };
}
