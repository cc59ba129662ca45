import type { Dialect } from "../model.ts";

/** What a difference is about. */
export interface Affected {
  readonly type:
    | "client"
    | "client policy"
    | "extension"
    | "flow"
    | "identity provider"
    | "key"
    | "mapper"
    | "permission"
    | "policy"
    | "realm"
    | "role"
    | "setting"
    | "user"
    | "user store";
  readonly name: string;
  /** What is so about this one. */
  readonly detail?: string;
}

/** Some of many: how many there are, and the names of the first. */
export interface Some {
  readonly count: number;
  readonly first: readonly string[];
}

export const NONE: Some = { count: 0, first: [] };

/** Something that works otherwise here than at the server the realm comes from. */
export interface Difference {
  readonly id: string;
  /** Under which dialect of the realm. */
  readonly dialect: "both" | Dialect;
  /** What happens here to the objects named. */
  readonly what: string;
  readonly why: string;
  /** The smallest change that brings back what was, or makes do without it. */
  readonly change: string;
  /** Whom it concerns: all of them, or the first where {@link count} is larger. */
  readonly objects: readonly Affected[];
  readonly count: number;
}
