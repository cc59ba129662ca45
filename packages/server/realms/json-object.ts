import type { Json } from "@cambist/store/config-ports.ts";

export const isJsonObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/** The objects of a list; what is no list has none. */
export const jsonObjects = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);
