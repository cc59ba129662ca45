/** A config value that holds a JSON list in a string; what is none is empty. */
export function jsonList(text: string | undefined): readonly unknown[] {
  if (text === undefined) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
