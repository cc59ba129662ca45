import type { Json } from "@cambist/store/config-ports.ts";
import type { AdminCall, AdminChange } from "../admin-call.ts";
import { AdminError, notFound } from "../admin-error.ts";
import { type Execution, type Flow, type FlowSet, readFlows, storedFlows } from "./flow-set.ts";

type Event = NonNullable<AdminChange["event"]>;

/** A change of a realm's flows, and what else of the realm's representation changes with it. */
export interface FlowChange {
  readonly set: FlowSet;
  readonly event: Event;
  readonly members?: Json;
}

/** Works a change out on the flows as they are; see {@link AdminCall.changeRealm}. */
export async function changeFlows(call: AdminCall, change: (set: FlowSet, representation: Json) => FlowChange): Promise<void> {
  await call.changeRealm((was) => {
    const { set, event, members = {} } = change(readFlows(was), was.representation);
    return { row: { ...was, representation: { ...was.representation, ...storedFlows(set), ...members } }, event };
  });
}

export function flowById({ flows }: FlowSet, id: string, message = "Could not find flow with id"): Flow {
  const flow = flows.find((one) => one.id === id);
  if (!flow) throw notFound(message);
  return flow;
}

export function flowByAlias({ flows }: FlowSet, alias: string): Flow {
  const flow = flows.find((one) => one.alias === alias);
  if (!flow) throw notFound("Flow not found");
  return flow;
}

export interface FoundExecution {
  readonly flow: Flow;
  readonly execution: Execution;
}

export function executionById({ flows }: FlowSet, id: string): FoundExecution {
  for (const flow of flows) {
    const execution = flow.executions.find((one) => one.id === id);
    if (execution) return { flow, execution };
  }
  throw notFound("Illegal execution");
}

/** What Keycloak ships is looked at and copied, not changed. */
export function needOwnFlow(flow: Flow, verb: string): void {
  if (flow.builtIn) throw new AdminError(400, { error: `It is illegal to ${verb} a built in flow` });
}

export const withFlow = (set: FlowSet, flow: Flow): FlowSet => ({
  ...set,
  flows: set.flows.some(({ id }) => id === flow.id) ? set.flows.map((one) => (one.id === flow.id ? flow : one)) : [...set.flows, flow],
});

/** The set without a flow, the flows below it and their settings; built-in ones below stay. */
export function withoutFlow(set: FlowSet, flow: Flow): FlowSet {
  let left: FlowSet = { ...set, flows: set.flows.filter(({ id }) => id !== flow.id) };
  for (const execution of flow.executions) left = withoutTarget(left, execution);
  return left;
}

/** The set without what only this step leads to. */
export function withoutTarget(set: FlowSet, { flowAlias, authenticatorConfig }: Execution): FlowSet {
  const below = set.flows.find(({ alias, builtIn, topLevel }) => alias === flowAlias && !builtIn && !topLevel);
  const left = below ? withoutFlow(set, below) : set;
  const used = left.flows.some(({ executions }) => executions.filter((one) => one.authenticatorConfig === authenticatorConfig).length > 1);
  return authenticatorConfig === undefined || used
    ? left
    : { ...left, configs: left.configs.filter(({ alias }) => alias !== authenticatorConfig) };
}

/** Priority of a step that comes last. */
export const nextPriority = ({ executions }: Flow): number => Math.max(-1, ...executions.map(({ priority }) => priority)) + 1;
