import type { Json } from "@cambist/store/config-ports.ts";

export const isJsonObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/** The texts of a list; what is no list has none. */
export const jsonTexts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];

/** The objects of a list; what is no list has none. */
export const jsonObjects = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);

/** The names of such objects. */
export const namesOf = (value: unknown): readonly string[] => jsonObjects(value).map(({ name }) => String(name));
