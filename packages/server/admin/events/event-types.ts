import { METRIC_EVENTS } from "../../config/event-names.ts";

/** Every type of user event, successes and errors, as `serverinfo` and filters know them. */
export const EVENT_TYPES: readonly string[] = [...METRIC_EVENTS, "validate_access_token"]
  .filter((name) => !name.startsWith("federation_"))
  .flatMap((name) => [name.toUpperCase(), `${name.toUpperCase()}_ERROR`]);

const KNOWN: ReadonlySet<string> = new Set(EVENT_TYPES);

export const isEventType = (type: string): boolean => KNOWN.has(type);
