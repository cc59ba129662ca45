/**
 * A rotating family of refresh tokens (RFC 9700 §4.14.2): its id and the generation of one token, which travel as the claim `reuse_id`.
 * Generations count, so two tokens of one second are told apart.
 */
export interface RefreshGeneration {
  readonly family: string;
  readonly generation: number;
}

export const newReuseId = (family: string): string => `${family}.0`;
export const nextReuseId = ({ family, generation }: RefreshGeneration): string => `${family}.${generation + 1}`;

/** Undefined for anything that is not a reuse id of this server. */
export function parseReuseId(value: unknown): RefreshGeneration | undefined {
  if (typeof value !== "string") return undefined;
  const match = /^([0-9a-f-]{36})\.(0|[1-9]\d{0,8})$/.exec(value);
  return match?.[1] === undefined ? undefined : { family: match[1], generation: Number(match[2]) };
}
