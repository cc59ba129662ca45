import type { Json } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, created, noContent, ok } from "../admin-call.ts";
import { AdminError, conflict, malformed } from "../admin-error.ts";
import { objectBody, textMember } from "../read-json.ts";
import { storableName } from "../read-representation.ts";
import { choicesOf, fitsFlow, FLOW_CHOICES, isConfigurable, isFlowProvider, nameOf } from "./authenticators.ts";
import { changeFlows, executionById, flowByAlias, needOwnFlow, nextPriority, withFlow, withoutTarget } from "./change-flows.ts";
import { byPriority, type Execution, type Flow, type FlowSet, readFlows } from "./flow-set.ts";
import { renamedSteps } from "./flows.ts";

/** Flows inside flows go no deeper than this. */
const MAX_LEVEL = 32;

/** `GET A/authentication/flows/{alias}/executions`: all steps of a flow and of the flows below it, in order, with their depth. */
export async function listExecutions({ realm, params }: AdminCall): Promise<AdminAnswer> {
  const set = readFlows(realm);
  return ok(stepsOf(set, flowByAlias(set, params["alias"] ?? ""), 0));
}

function stepsOf(set: FlowSet, flow: Flow, level: number): readonly Json[] {
  if (level > MAX_LEVEL) return [];
  return flow.executions.flatMap((step, index) => {
    const place = { level, index, priority: step.priority };
    const below = step.flowAlias === undefined ? undefined : set.flows.find(({ alias }) => alias === step.flowAlias);
    if (!below) return [{ ...stepView(set, step), ...place }];
    return [{ ...subFlowView(step, below), ...place }, ...stepsOf(set, below, level + 1)];
  });
}

function stepView(set: FlowSet, { id, requirement, authenticator = "", authenticatorConfig }: Execution): Json {
  const config = set.configs.find(({ alias }) => alias === authenticatorConfig);
  return {
    id,
    requirement,
    displayName: nameOf(authenticator),
    ...(config && { alias: config.alias }),
    requirementChoices: choicesOf(authenticator),
    configurable: isConfigurable(authenticator),
    providerId: authenticator,
    ...(config && { authenticationConfig: config.id }),
  };
}

function subFlowView({ id, requirement, authenticator }: Execution, below: Flow): Json {
  const isForm = below.providerId === "form-flow" && authenticator !== undefined;
  return {
    id,
    requirement,
    displayName: below.alias,
    ...(below.description !== undefined && { description: below.description }),
    requirementChoices: isForm ? choicesOf(authenticator) : FLOW_CHOICES,
    configurable: false,
    authenticationFlow: true,
    ...(isForm && { providerId: authenticator }),
    flowId: below.id,
  };
}

/** `PUT A/authentication/flows/{alias}/executions`: requirement and place of one step; of a flow its name and description too. */
export async function updateExecution(call: AdminCall): Promise<AdminAnswer> {
  const body = objectBody(call.body);
  const alias = call.params["alias"] ?? "";
  const id = textMember(body, "id") ?? "";
  const requirement = textMember(body, "requirement");
  if (requirement !== undefined && !FLOW_CHOICES.includes(requirement)) throw malformed();
  const { priority } = body;
  if (priority !== undefined && priority !== null && !Number.isSafeInteger(priority)) throw malformed();
  await changeFlows(call, (set) => {
    flowByAlias(set, alias);
    const { flow, execution } = executionById(set, id);
    const changed: Execution = {
      ...execution,
      ...(requirement !== undefined && { requirement }),
      ...(typeof priority === "number" && { priority }),
    };
    const withStep = withFlow(set, { ...flow, executions: byPriority(replaced(flow.executions, changed)) });
    return {
      set: renamedBelow(withStep, execution, textMember(body, "displayName"), textMember(body, "description")),
      event: {
        operation: "UPDATE",
        resourceType: "AUTH_EXECUTION",
        resourcePath: `authentication/flows/${alias}/executions`,
        representation: body,
      },
    };
  });
  return noContent;
}

const replaced = (executions: readonly Execution[], changed: Execution): readonly Execution[] =>
  executions.map((one) => (one.id === changed.id ? changed : one));

function renamedBelow(set: FlowSet, { flowAlias }: Execution, name: string | undefined, description: string | undefined): FlowSet {
  const below = flowAlias === undefined ? undefined : set.flows.find(({ alias }) => alias === flowAlias);
  if (!below || below.builtIn) return set;
  const alias = name === undefined || name === "" ? below.alias : storableName("displayName", name);
  if (alias !== below.alias && set.flows.some((one) => one.alias === alias)) throw conflict("Flow alias name already exists");
  const changed: Flow = { ...below, alias, ...(description !== undefined && { description }) };
  return renamedSteps(withFlow(set, changed), below.alias, alias);
}

/** `POST .../executions/execution` `{"provider": "auth-cookie"}`: a step at the end, disabled. */
export async function addExecution(call: AdminCall): Promise<AdminAnswer> {
  const body = objectBody(call.body);
  const alias = call.params["alias"] ?? "";
  const provider = textMember(body, "provider") ?? "";
  const id = call.newId();
  await changeFlows(call, (set) => {
    const flow = flowByAlias(set, alias);
    needOwnFlow(flow, "add execution to");
    if (!fitsFlow(flow.providerId, provider))
      throw new AdminError(400, { error: `No authentication provider found for id: ${provider.slice(0, 100)}` });
    const step: Execution = {
      id,
      authenticator: provider,
      requirement: choicesOf(provider).includes("DISABLED") ? "DISABLED" : "REQUIRED",
      priority: nextPriority(flow),
      userSetupAllowed: false,
    };
    return {
      set: withFlow(set, { ...flow, executions: [...flow.executions, step] }),
      event: addition(call, "AUTH_EXECUTION", `${alias}/executions/execution`),
    };
  });
  return created(call, `/authentication/executions/${id}`);
}

/** `POST .../executions/flow` `{"alias", "type", "provider", "description"}`: a flow below, at the end. */
export async function addSubFlow(call: AdminCall): Promise<AdminAnswer> {
  const body = objectBody(call.body);
  const parentAlias = call.params["alias"] ?? "";
  const alias = storableName("alias", textMember(body, "alias") ?? "");
  if (alias.trim() === "") throw conflict("Failed to create flow with empty alias name");
  const providerId = textMember(body, "type") ?? "basic-flow";
  if (!isFlowProvider(providerId)) throw malformed();
  const description = textMember(body, "description");
  const provider = textMember(body, "provider");
  const [flowId, stepId] = [call.newId(), call.newId()];
  await changeFlows(call, (set) => {
    const parent = flowByAlias(set, parentAlias);
    needOwnFlow(parent, "add sub-flow to");
    if (set.flows.some((one) => one.alias === alias)) throw conflict("New flow alias name already exists");
    const below: Flow = {
      id: flowId,
      alias,
      ...(description !== undefined && { description }),
      providerId,
      topLevel: false,
      builtIn: false,
      executions: [],
    };
    const step: Execution = {
      id: stepId,
      ...(providerId === "form-flow" && provider !== undefined && { authenticator: provider }),
      flowAlias: alias,
      requirement: "DISABLED",
      priority: nextPriority(parent),
      userSetupAllowed: false,
    };
    return {
      set: withFlow(withFlow(set, { ...parent, executions: [...parent.executions, step] }), below),
      event: addition(call, "AUTH_EXECUTION_FLOW", `${parentAlias}/executions/flow`),
    };
  });
  return created(call, `/authentication/flows/${flowId}`);
}

const addition = (call: AdminCall, resourceType: string, path: string) =>
  ({ operation: "CREATE", resourceType, resourcePath: `authentication/flows/${path}`, representation: call.body }) as const;

export async function readExecution({ realm, params }: AdminCall): Promise<AdminAnswer> {
  const set = readFlows(realm);
  const { flow, execution } = executionById(set, params["id"] ?? "");
  const { id, requirement, priority, authenticator, authenticatorConfig, flowAlias } = execution;
  const below = set.flows.find(({ alias }) => alias === flowAlias);
  const config = set.configs.find(({ alias }) => alias === authenticatorConfig);
  return ok({
    ...(config && { authenticatorConfig: config.id }),
    ...(authenticator !== undefined && { authenticator }),
    authenticatorFlow: flowAlias !== undefined,
    requirement,
    priority,
    autheticatorFlow: flowAlias !== undefined,
    id,
    ...(below && { flowId: below.id }),
    parentFlow: flow.id,
  });
}

export async function deleteExecution(call: AdminCall): Promise<AdminAnswer> {
  const id = call.params["id"] ?? "";
  await changeFlows(call, (set) => {
    const { flow, execution } = executionById(set, id);
    needOwnFlow(flow, "remove execution from");
    const left = withFlow(set, { ...flow, executions: flow.executions.filter((one) => one.id !== id) });
    return {
      set: withoutTarget(left, execution),
      event: { operation: "DELETE", resourceType: "AUTH_EXECUTION", resourcePath: `authentication/executions/${id}` },
    };
  });
  return noContent;
}

/** `POST A/authentication/executions/{id}/raise-priority` or `lower-priority`: changes places with its neighbour. */
export const moveExecution =
  (direction: "raise" | "lower") =>
  async (call: AdminCall): Promise<AdminAnswer> => {
    const id = call.params["id"] ?? "";
    await changeFlows(call, (set) => {
      const { flow, execution } = executionById(set, id);
      needOwnFlow(flow, "modify execution in");
      const place = flow.executions.indexOf(execution);
      const neighbour = flow.executions[place + (direction === "raise" ? -1 : 1)];
      const executions = neighbour ? swapped(flow.executions, execution, neighbour) : flow.executions;
      return {
        set: withFlow(set, { ...flow, executions }),
        event: {
          operation: "UPDATE",
          resourceType: "AUTH_EXECUTION",
          resourcePath: `authentication/executions/${id}/${direction}-priority`,
        },
      };
    });
    return noContent;
  };

function swapped(executions: readonly Execution[], one: Execution, other: Execution): readonly Execution[] {
  return byPriority(
    executions.map((step) =>
      step.id === one.id ? { ...one, priority: other.priority } : step.id === other.id ? { ...other, priority: one.priority } : step,
    ),
  );
}
