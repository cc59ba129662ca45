import { createHash } from "node:crypto";
import type { Json, RealmRow } from "@cambist/store/config-ports.ts";
import { jsonObjects } from "../../realms/json-object.ts";

/** One step of a flow: an authenticator, or another flow. */
export interface Execution {
  readonly id: string;
  readonly authenticator?: string;
  /** Alias of its settings. */
  readonly authenticatorConfig?: string;
  readonly flowAlias?: string;
  readonly requirement: string;
  readonly priority: number;
  readonly userSetupAllowed: boolean;
}
export interface Flow {
  readonly id: string;
  readonly alias: string;
  readonly description?: string;
  readonly providerId: string;
  readonly topLevel: boolean;
  readonly builtIn: boolean;
  /** By priority. */
  readonly executions: readonly Execution[];
}
export interface AuthenticatorConfig {
  readonly id: string;
  readonly alias: string;
  readonly config: Readonly<Record<string, string>>;
}

/**
 * The authentication flows of a realm: data that tools read, change and export. Files name no ids of steps, and hand-written ones none of
 * flows; they get ids that follow from their place, and keep them from the first change on.
 */
export interface FlowSet {
  readonly flows: readonly Flow[];
  readonly configs: readonly AuthenticatorConfig[];
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

export function readFlows({ id: realmId, representation }: RealmRow): FlowSet {
  const derived = (...place: readonly unknown[]): string => uuidOf(JSON.stringify([realmId, ...place]));
  return {
    flows: jsonObjects(representation["authenticationFlows"]).map((flow) => {
      const alias = text(flow["alias"]) ?? "";
      const description = text(flow["description"]);
      return {
        id: text(flow["id"]) ?? derived("flow", alias),
        alias,
        ...(description !== undefined && { description }),
        providerId: text(flow["providerId"]) ?? "basic-flow",
        topLevel: flow["topLevel"] === true,
        builtIn: flow["builtIn"] === true,
        executions: byPriority(
          jsonObjects(flow["authenticationExecutions"]).map((step, index) => readExecution(step, derived("execution", alias, index))),
        ),
      };
    }),
    configs: jsonObjects(representation["authenticatorConfig"]).map((config) => {
      const alias = text(config["alias"]) ?? "";
      return {
        id: text(config["id"]) ?? derived("config", alias),
        alias,
        config: (config["config"] ?? {}) as Readonly<Record<string, string>>,
      };
    }),
  };
}

function readExecution(step: Json, derivedId: string): Execution {
  const [authenticator, authenticatorConfig, flowAlias] = [step["authenticator"], step["authenticatorConfig"], step["flowAlias"]].map(text);
  return {
    id: text(step["id"]) ?? derivedId,
    ...(authenticator !== undefined && { authenticator }),
    ...(authenticatorConfig !== undefined && { authenticatorConfig }),
    ...(flowAlias !== undefined && { flowAlias }),
    requirement: text(step["requirement"]) ?? "DISABLED",
    priority: typeof step["priority"] === "number" ? step["priority"] : 0,
    userSetupAllowed: step["userSetupAllowed"] === true,
  };
}

export const byPriority = (executions: readonly Execution[]): readonly Execution[] =>
  executions.toSorted((a, b) => a.priority - b.priority);

/** The members of the realm's representation that keep a set. */
export const storedFlows = ({ flows, configs }: FlowSet): Json => ({
  authenticationFlows: flows.map((flow) => ({
    ...flowView(flow),
    authenticationExecutions: flow.executions.map((execution) => ({ id: execution.id, ...executionView(execution) })),
  })),
  authenticatorConfig: configs,
});

/** A flow as it is read and exported: its steps have no ids there. */
export const flowView = ({ id, alias, description, providerId, topLevel, builtIn, executions }: Flow): Json => ({
  id,
  alias,
  ...(description !== undefined && { description }),
  providerId,
  topLevel,
  builtIn,
  authenticationExecutions: executions.map(executionView),
});

/** The misspelt member stands beside the right one, as in Keycloak. */
const executionView = ({ authenticator, authenticatorConfig, flowAlias, requirement, priority, userSetupAllowed }: Execution): Json => ({
  ...(authenticatorConfig !== undefined && { authenticatorConfig }),
  ...(authenticator !== undefined && { authenticator }),
  authenticatorFlow: flowAlias !== undefined,
  requirement,
  priority,
  autheticatorFlow: flowAlias !== undefined,
  ...(flowAlias !== undefined && { flowAlias }),
  userSetupAllowed,
});

/** What exports have of flows; `show` says what becomes of the settings' secrets. */
export const exportedFlows = (set: FlowSet, show: (settings: AuthenticatorConfig["config"]) => Json): Json => ({
  authenticationFlows: set.flows.map(flowView),
  authenticatorConfig: set.configs.map(({ config, ...others }) => ({ ...others, config: show(config) })),
});

/** A UUID that follows from a text (version 8, RFC 9562 §5.8). */
export function uuidOf(name: string): string {
  const bytes = createHash("sha256").update(name, "utf8").digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
