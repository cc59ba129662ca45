import { type CommandName, environmentName, type OptionRow } from "./options.ts";
import { VALUE_TYPES } from "./value-types.ts";

/** The default as help and reference show it; with a command, what holds for that command. */
export function defaultOf({ default: value }: OptionRow, command?: CommandName): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  if ("says" in value) return value.says;
  if (value.by === "compatibility") return `${value.native} (${value.keycloak} with compatibility keycloak)`;
  if (command !== undefined) return command === "start-dev" ? value["start-dev"] : value.others;
  return `${value["start-dev"]} in start-dev, ${value.others} in start`;
}

/** What may be written as a value: `true or false`, `one of native, keycloak`. */
export function typeOf({ type, values = [] }: OptionRow): string {
  const { title } = VALUE_TYPES[type];
  const lists = type === "choice" || type === "list";
  return lists && values.length <= 8 ? `${title} ${values.join(", ")}` : lists ? `${title} event names` : title;
}

/** `KC_HTTP_PORT`, `KC_FEATURE_<NAME>`; nothing for what only a command line can say. */
export function variableOf({ name, flagOnly }: OptionRow): string | undefined {
  return flagOnly ? undefined : environmentName(name);
}
