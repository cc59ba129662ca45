import { type AdminAnswer, type AdminCall, created, noContent, ok } from "../admin-call.ts";
import { AdminError, conflict, malformed, notFound } from "../admin-error.ts";
import { type JsonObject, objectBody, objectMember, textMember } from "../read-json.ts";
import { storableName } from "../read-representation.ts";
import { openSettings, sealSettings } from "../../secrets/authenticator-settings.ts";
import { changeFlows, executionById, withFlow } from "./change-flows.ts";
import { type AuthenticatorConfig, type FlowSet, readFlows } from "./flow-set.ts";

function configById({ configs }: FlowSet, id: string): AuthenticatorConfig {
  const config = configs.find((one) => one.id === id);
  if (!config) throw notFound("Could not find authenticator config");
  return config;
}

export async function readConfig({ realm, params, secrets }: AdminCall): Promise<AdminAnswer> {
  const found = configById(readFlows(realm), params["id"] ?? "");
  return ok({ ...found, config: openSettings(found.config, realm.id, secrets) });
}

/** `POST A/authentication/executions/{id}/config`. */
export async function createConfig(call: AdminCall): Promise<AdminAnswer> {
  const body = objectBody(call.body);
  const alias = storableName("alias", textMember(body, "alias") ?? "");
  if (alias === "") throw new AdminError(400, { error: "Alias missing" });
  const executionId = call.params["id"] ?? "";
  const config: AuthenticatorConfig = { id: call.newId(), alias, config: sealSettings(textsIn(body), call.realm.id, call.secrets) };
  await changeFlows(call, (set) => {
    const { flow, execution } = executionById(set, executionId);
    if (set.configs.some((one) => one.alias === alias)) throw conflict(`Authenticator Config ${alias} already exists`);
    const executions = flow.executions.map((one) => (one.id === execution.id ? { ...one, authenticatorConfig: alias } : one));
    return {
      set: { ...withFlow(set, { ...flow, executions }), configs: [...set.configs, config] },
      event: event("CREATE", `authentication/executions/${executionId}/config/${config.id}`, body),
    };
  });
  return created(call, `/authentication/executions/${executionId}/config/${config.id}`);
}

export async function updateConfig(call: AdminCall): Promise<AdminAnswer> {
  const body = objectBody(call.body);
  const id = call.params["id"] ?? "";
  await changeFlows(call, (set) => {
    const was = configById(set, id);
    const given = textMember(body, "alias");
    const alias = given === undefined || given === "" ? was.alias : storableName("alias", given);
    if (set.configs.some((one) => one.alias === alias && one.id !== id)) throw conflict(`Authenticator Config ${alias} already exists`);
    const config = { id, alias, config: sealSettings(textsIn(body), call.realm.id, call.secrets, was.config) };
    return {
      set: {
        flows: set.flows.map((flow) => ({
          ...flow,
          executions: flow.executions.map((one) => (one.authenticatorConfig === was.alias ? { ...one, authenticatorConfig: alias } : one)),
        })),
        configs: set.configs.map((one) => (one.id === id ? config : one)),
      },
      event: event("UPDATE", `authentication/config/${id}`, body),
    };
  });
  return noContent;
}

export async function deleteConfig(call: AdminCall): Promise<AdminAnswer> {
  const id = call.params["id"] ?? "";
  await changeFlows(call, (set) => {
    const { alias } = configById(set, id);
    return {
      set: {
        flows: set.flows.map((flow) => ({
          ...flow,
          executions: flow.executions.map((one) => {
            const { authenticatorConfig, ...bare } = one;
            return authenticatorConfig === alias ? bare : one;
          }),
        })),
        configs: set.configs.filter((one) => one.id !== id),
      },
      event: event("DELETE", `authentication/config/${id}`),
    };
  });
  return noContent;
}

function textsIn(body: JsonObject): Readonly<Record<string, string>> {
  const config = objectMember(body, "config") ?? {};
  return Object.fromEntries(
    Object.entries(config).flatMap(([name, value]) => {
      if (value === null) return [];
      if (typeof value !== "string") throw malformed();
      return [[name, value]];
    }),
  );
}

const event = (operation: "CREATE" | "UPDATE" | "DELETE", resourcePath: string, representation?: unknown) =>
  ({ operation, resourceType: "AUTHENTICATOR_CONFIG", resourcePath, ...(representation !== undefined && { representation }) }) as const;
