import type { Json } from "@cambist/store/config-ports.ts";
import { FLOW_BINDINGS } from "../../realm-template/authentication-flows.ts";
import { type AdminAnswer, type AdminCall, created, noContent, ok } from "../admin-call.ts";
import { AdminError, conflict, malformed } from "../admin-error.ts";
import { flagMember, objectBody, textMember } from "../read-json.ts";
import { storableName } from "../read-representation.ts";
import { isFlowProvider } from "./authenticators.ts";
import { changeFlows, flowByAlias, flowById, withFlow, withoutFlow } from "./change-flows.ts";
import { type AuthenticatorConfig, type Flow, type FlowSet, flowView, readFlows } from "./flow-set.ts";

/** Keycloak keeps it for SAML and lists it nowhere but in exports. */
const HIDDEN = "saml ecp";

/** `GET A/authentication/flows`: those at the top. */
export async function listFlows({ realm }: AdminCall): Promise<AdminAnswer> {
  return ok(
    readFlows(realm)
      .flows.filter(({ topLevel, alias }) => topLevel && alias !== HIDDEN)
      .map(flowView),
  );
}

export async function readFlow({ realm, params }: AdminCall): Promise<AdminAnswer> {
  return ok(flowView(flowById(readFlows(realm), params["id"] ?? "")));
}

export async function createFlow(call: AdminCall): Promise<AdminAnswer> {
  const body = objectBody(call.body);
  const alias = textMember(body, "alias") ?? "";
  if (alias.trim() === "") throw conflict("Failed to create flow with empty alias name");
  storableName("alias", alias);
  const providerId = textMember(body, "providerId") ?? "basic-flow";
  if (!isFlowProvider(providerId)) throw malformed();
  const description = textMember(body, "description");
  const flow: Flow = {
    id: call.newId(),
    alias,
    ...(description !== undefined && { description }),
    providerId,
    topLevel: flagMember(body, "topLevel") ?? false,
    builtIn: flagMember(body, "builtIn") ?? false,
    executions: [],
  };
  await changeFlows(call, (set) => {
    if (set.flows.some((one) => one.alias === alias)) throw conflict(`Flow ${alias} already exists`);
    return {
      set: withFlow(set, flow),
      event: { operation: "CREATE", resourceType: "AUTH_FLOW", resourcePath: `authentication/flows/${flow.id}`, representation: body },
    };
  });
  return created(call, `/authentication/flows/${flow.id}`);
}

/** `PUT`: alias and description. Whatever goes by the alias follows a new one. */
export async function updateFlow(call: AdminCall): Promise<AdminAnswer> {
  const body = objectBody(call.body);
  const id = call.params["id"] ?? "";
  const alias = textMember(body, "alias") ?? "";
  if (alias.trim() === "") throw conflict("Failed to update flow with empty alias name");
  storableName("alias", alias);
  await changeFlows(call, (set, representation) => {
    const was = flowById(set, id);
    if (set.flows.some((one) => one.alias === alias && one.id !== id)) throw conflict("Flow alias name already exists");
    const description = textMember(body, "description") ?? was.description;
    const flow: Flow = { ...was, alias, ...(description !== undefined && { description }) };
    return {
      set: renamedSteps(withFlow(set, flow), was.alias, alias),
      members: renamedBindings(representation, was.alias, alias),
      event: { operation: "UPDATE", resourceType: "AUTH_FLOW", resourcePath: `authentication/flows/${id}`, representation: body },
    };
  });
  return noContent;
}

export async function deleteFlow(call: AdminCall): Promise<AdminAnswer> {
  const id = call.params["id"] ?? "";
  await changeFlows(call, (set, representation) => {
    const flow = flowById(set, id, "Flow not found");
    if (flow.builtIn) throw new AdminError(400, { error: "Can't delete built in flow" });
    if (Object.values(bindings(representation)).includes(flow.alias)) throw conflict(`Flow ${flow.alias} is in use`);
    return {
      set: withoutFlow(set, flow),
      event: { operation: "DELETE", resourceType: "AUTH_FLOW", resourcePath: `authentication/flows/${id}` },
    };
  });
  return noContent;
}

/** `POST A/authentication/flows/{alias}/copy`: a flow of the user's own with copies of everything below it. */
export async function copyFlow(call: AdminCall): Promise<AdminAnswer> {
  const newName = textMember(objectBody(call.body), "newName") ?? "";
  const alias = call.params["alias"] ?? "";
  const id = call.newId();
  await changeFlows(call, (set) => {
    const flow = flowByAlias(set, alias);
    if (newName.trim() === "") throw new AdminError(400, { error: "newName is missing" });
    storableName("newName", newName);
    if (set.flows.some((one) => one.alias === newName)) throw conflict("New flow alias name already exists");
    return {
      set: copyInto(set, flow, { id, alias: newName, prefix: newName, newId: call.newId }),
      event: {
        operation: "CREATE",
        resourceType: "AUTH_FLOW",
        resourcePath: `authentication/flows/${alias}/copy/${id}`,
        representation: { newName },
      },
    };
  });
  return created(call, `/authentication/flows/${encodeURIComponent(alias)}/copy/${id}`);
}

interface Copying {
  readonly id: string;
  readonly alias: string;
  /** Stands before the names of everything below. */
  readonly prefix: string;
  readonly newId: () => string;
}

function copyInto(set: FlowSet, flow: Flow, { id, alias, prefix, newId }: Copying): FlowSet {
  let grown = set;
  const executions = flow.executions.map((step) => {
    const below = step.flowAlias === undefined ? undefined : grown.flows.find((one) => one.alias === step.flowAlias);
    const settings = grown.configs.find((one) => one.alias === step.authenticatorConfig);
    const flowAlias = below && `${prefix} ${below.alias}`;
    const configAlias = settings && `${prefix} ${settings.alias}`;
    if (below && flowAlias !== undefined && !grown.flows.some((one) => one.alias === flowAlias))
      grown = copyInto(grown, below, { id: newId(), alias: flowAlias, prefix, newId });
    if (settings && configAlias !== undefined && !grown.configs.some((one) => one.alias === configAlias)) {
      const copy: AuthenticatorConfig = { ...settings, id: newId(), alias: configAlias };
      grown = { ...grown, configs: [...grown.configs, copy] };
    }
    return {
      ...step,
      id: newId(),
      ...(flowAlias !== undefined && { flowAlias }),
      ...(configAlias !== undefined && { authenticatorConfig: configAlias }),
    };
  });
  return withFlow(grown, { ...flow, id, alias, builtIn: false, executions });
}

const bindings = (representation: Json): Json =>
  Object.fromEntries(
    Object.keys(FLOW_BINDINGS).flatMap((name) => (representation[name] === undefined ? [] : [[name, representation[name]]])),
  );

const renamedBindings = (representation: Json, was: string, is: string): Json =>
  Object.fromEntries(Object.entries(bindings(representation)).flatMap(([name, alias]) => (alias === was ? [[name, is]] : [])));

export const renamedSteps = (set: FlowSet, was: string, is: string): FlowSet => ({
  ...set,
  flows: set.flows.map((flow) => ({
    ...flow,
    executions: flow.executions.map((step) => (step.flowAlias === was ? { ...step, flowAlias: is } : step)),
  })),
});
