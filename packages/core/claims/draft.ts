import type { Client, Organization, RealmView, User } from "../model.ts";

/** Role names as they will be written, by realm and by client; mappers may rename and add before the role mappers write them. */
export interface TokenRoles {
  realm: readonly string[];
  readonly clients: Map<string, readonly string[]>;
}

/** As much of a draft as decides `aud`. */
export interface AudienceDraft {
  readonly view: RealmView;
  /** The client the token is built for. */
  readonly client: Client;
  /** Worked out when first asked for: many tokens carry no roles. */
  readonly roles: () => TokenRoles;
  readonly audience: string[];
}

/** A set of claims in the making: what mappers read, and the slots they write to. One draft per token. */
export interface Draft extends AudienceDraft {
  readonly user: User;
  /** Those that the token's scope tells of. */
  readonly organizations: () => readonly Organization[];
  readonly notes: Readonly<Record<string, string>>;
  readonly sessionAcr: string;
  readonly requestedNonce: string | undefined;

  sub: string | undefined;
  acr: string | undefined;
  nonce: string | undefined;
  authTime: number | undefined;
  allowedOrigins: readonly string[] | undefined;
  realmAccess: readonly string[] | undefined;
  readonly resourceAccess: Map<string, readonly string[]>;
  /** Everything else, by the first part of the claim path. */
  readonly other: Map<string, unknown>;
}

type JsonObject = Record<string, unknown>;
const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Writes one claim. Nested objects have no prototype, so that no name means anything but itself. A path through a value that is no object
 * writes nothing.
 */
export function writeClaim(draft: Draft, path: readonly string[], value: unknown): void {
  if (value === undefined) return;
  const root = path[0];
  if (root === undefined) return;
  if (path.length === 1) {
    draft.other.set(root, value);
    return;
  }
  let owner = draft.other.get(root);
  if (owner === undefined) draft.other.set(root, (owner = emptyObject()));
  for (let index = 1; index < path.length - 1; index++) {
    if (!isObject(owner)) return;
    const part = path[index] as string; // index is below length
    if (!Object.hasOwn(owner, part)) owner[part] = emptyObject();
    owner = owner[part];
  }
  if (isObject(owner)) owner[path[path.length - 1] as string] = value;
}

/** What {@link writeClaim} has put at this path so far. */
export function readClaim(draft: Draft, path: readonly string[]): unknown {
  let value = draft.other.get(path[0] ?? "");
  for (const part of path.slice(1)) value = isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  return value;
}

const emptyObject = (): JsonObject => Object.create(null) as JsonObject;

/** Both lists without repetition. The first list is returned as it is when nothing is new. */
export function union(first: readonly string[] | undefined, second: readonly string[]): readonly string[] {
  if (first === undefined || first.length === 0) return second;
  const added = second.filter((value) => !first.includes(value));
  return added.length === 0 ? first : [...first, ...added];
}
