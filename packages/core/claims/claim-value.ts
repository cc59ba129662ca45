/**
 * A mapper's text as the JSON type its `jsonType.label` asks for. Undefined where the text is not of that type: such a claim is left out
 * (Keycloak answers 500).
 */
export function toJsonType(text: string, type: string | undefined): unknown {
  switch (type) {
    case "boolean":
      return text.toLowerCase() === "true";
    case "long":
      return toInteger(text, Number.MAX_SAFE_INTEGER);
    case "int":
      return toInteger(text, 0x7fffffff);
    case "JSON":
      return parseJson(text);
    default:
      return text;
  }
}

function toInteger(text: string, most: number): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const value = Number(text);
  return Math.abs(value) <= most ? value : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Several values by a mapper's rules: all of them as an array when `multivalued`, otherwise the first. Undefined: nothing to write. */
export function toClaimValue(values: readonly string[], multivalued: boolean, type: string | undefined): unknown {
  if (!multivalued) return values[0] === undefined ? undefined : toJsonType(values[0], type);
  const converted = values.map((value) => toJsonType(value, type)).filter((value) => value !== undefined);
  return converted.length === 0 ? undefined : converted;
}
