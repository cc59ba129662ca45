import type { AdminConnection } from "../remote/admin-connection.ts";

export interface WithId {
  readonly id: string;
}

/** Elements of one answer. Keycloak reads roles and attributes of each user on its own, so more make no faster answers. */
const PAGE = 250;

const isList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === "object" && one !== null && "id" in one);

/**
 * Every element of a list that the admin API gives in pages and in a fixed order, each once. Pages are cut by position, so an element that goes while
 * they are read would hide another one: each page begins with the last element of the one before, and where that is not so it is read again from
 * further back.
 * @param path with or without a query
 */
export async function* pages<T extends WithId>(api: AdminConnection, path: string, what: string, size = PAGE): AsyncGenerator<T> {
  const seen = new Set<string>();
  for (let first = 0; ;) {
    const query = `${path.includes("?") ? "&" : "?"}first=${first}&max=${size}`;
    const page = await api.get<readonly T[]>(`${path}${query}`, what, isList);
    const begin = page[0];
    if (first > 0 && (begin === undefined || !seen.has(begin.id))) {
      first = Math.max(0, first - size);
      continue;
    }
    for (const one of page) {
      if (seen.has(one.id)) continue;
      seen.add(one.id);
      yield one;
    }
    if (page.length !== size) return; // more than asked for: a list that is not cut at all
    first += page.length - 1;
  }
}

/** The same, so many at a time. */
export async function* batches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  for await (const one of items) {
    batch.push(one);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Works on all, `width` at a time; the first error ends it. */
export async function eachOf<T>(items: Iterable<T>, width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (let next = queue.next(); !next.done && !failed; next = queue.next()) {
      try {
        await work(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}
