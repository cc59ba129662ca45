/** A CPU profile as V8 writes it (`.cpuprofile`): nodes of a tree of calls, and which of them each sample found, after how many microseconds. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}
interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

/** A function and what it called. */
export interface Frame {
  readonly name: string;
  /** File from the root of the repository, `node:…`, or empty for what is no JavaScript. */
  readonly file: string;
  /** Microseconds in it and in all it called. */
  total: number;
  /** Microseconds in it alone. */
  self: number;
  readonly children: Map<string, Frame>;
}

const frame = (name: string, file: string): Frame => ({ name, file, total: 0, self: 0, children: new Map() });

/** Calls of the same function from the same one are one frame; time outside of JavaScript and of what it calls is left out. */
export function readProfile(profile: CpuProfile, root: string): Frame {
  const selfTimes = new Map<number, number>();
  for (const [index, id] of profile.samples.entries()) selfTimes.set(id, (selfTimes.get(id) ?? 0) + (profile.timeDeltas[index] ?? 0));
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const fill = (into: Frame, node: ProfileNode): void => {
    const self = selfTimes.get(node.id) ?? 0;
    into.self += self;
    into.total += self;
    for (const id of node.children ?? []) {
      const child = nodes.get(id);
      if (!child || IDLE.has(child.callFrame.functionName)) continue;
      const { functionName, url } = child.callFrame;
      const name = functionName === "" ? "(anonymous)" : functionName;
      const file = url.replace(/^file:\/\//, "").replace(`${root}/`, "");
      const key = `${name} ${file}`;
      let inner = into.children.get(key);
      if (!inner) into.children.set(key, (inner = frame(name, file)));
      const before = inner.total;
      fill(inner, child);
      into.total += inner.total - before;
    }
  };
  const top = frame("all", "");
  const first = profile.nodes[0];
  if (first) fill(top, first);
  return top;
}

/** Waiting, and what the event loop does outside of JavaScript: V8 does not tell the two apart in a worker. */
const IDLE: ReadonlySet<string> = new Set(["(idle)", "(program)"]);

/** A frame and all that it called. */
export function* allFrames(from: Frame): Generator<Frame> {
  yield from;
  for (const child of from.children.values()) yield* allFrames(child);
}
