/**
 * Names in the order in which Keycloak's JSON has them: it keeps mapper claims in a Java hash map, so they come by bucket. Nobody should
 * depend on it, and some do.
 */
export function orderLikeKeycloak(names: readonly string[]): readonly string[] {
  if (names.length < 2) return names;
  const key = names.join("\0");
  const known = orders.get(key);
  if (known) return known;
  const ordered = hashMapOrder(names);
  // Names come from mappers, whose combinations are few.
  if (orders.size < MAX_ORDERS) orders.set(key, ordered);
  return ordered;
}

const MAX_ORDERS = 1024;
const orders = new Map<string, readonly string[]>();

/**
 * Names in the order in which a Java `HashMap` that holds nothing else walks them: by bucket, and in the order given within one. It doubles
 * its 16 buckets as soon as they are more than three quarters full.
 */
export function hashMapOrder(names: readonly string[]): readonly string[] {
  let buckets = 16;
  while (names.length > buckets * 0.75) buckets *= 2;
  return names
    .map((name) => ({ name, bucket: spreadHash(name) & (buckets - 1) }))
    .toSorted((one, other) => one.bucket - other.bucket)
    .map(({ name }) => name);
}

/** `String.hashCode` with the high half folded in, as `java.util.HashMap` does. */
function spreadHash(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = (Math.imul(31, hash) + text.charCodeAt(index)) | 0;
  return hash ^ (hash >>> 16);
}
