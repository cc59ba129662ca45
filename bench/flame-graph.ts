import { escapeXml } from "./chart.ts";
import { allFrames, type Frame } from "./cpu-profile.ts";

const WIDTH = 1200;
const ROW = 17;
const TOP = 44;
/** Narrower frames could not be seen. */
const LEAST = 0.7;
const CHARACTER = 6.2;

/** Whose code a frame is, in the order in which it is asked, and its colour. */
const OWNERS: readonly (readonly [string, string, (frame: Frame) => boolean])[] = [
  ["garbage collection", "#868e96", ({ name }) => name === "(garbage collector)"],
  ["Cambist", "#ffa94d", ({ file }) => file.startsWith("packages/")],
  ["libraries", "#b197fc", ({ file }) => file.startsWith("node_modules/")],
  ["Node", "#74c0fc", ({ file }) => file.startsWith("node:")],
  ["native", "#8ce99a", () => true],
];
const ownerOf = (frame: Frame): (typeof OWNERS)[number] | undefined => OWNERS.find(([, , owns]) => owns(frame));

/**
 * A flame graph: each bar a function, as wide as the time in it and in what it called, on top of its caller. Microseconds are those of one unit of work.
 * @param units how many units of work the profile holds
 */
export function flameGraph(root: Frame, units: number, title: string): string {
  const bars: string[] = [];
  let deepest = 0;
  const draw = (frame: Frame, x: number, depth: number): void => {
    const width = (frame.total / root.total) * WIDTH;
    if (width < LEAST) return;
    deepest = Math.max(deepest, depth);
    const y = TOP + depth * ROW;
    const label = `${frame.name}${frame.file === "" ? "" : `, ${frame.file}`}: ${(frame.total / units).toFixed(1)} µs, itself ${(frame.self / units).toFixed(1)} µs`;
    const letters = Math.floor((width - 4) / CHARACTER);
    const shown = letters < 3 ? "" : frame.name.length <= letters ? frame.name : `${frame.name.slice(0, letters - 1)}…`;
    bars.push(
      `<g><title>${escapeXml(label)}</title><rect x="${x.toFixed(1)}" y="${y}" width="${(width - 0.4).toFixed(1)}" height="${ROW - 1}" fill="${ownerOf(frame)?.[1]}"/>` +
        (shown === "" ? "" : `<text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escapeXml(shown)}</text>`) +
        "</g>",
    );
    let at = x;
    for (const child of [...frame.children.values()].toSorted((one, other) => other.total - one.total)) {
      draw(child, at, depth + 1);
      at += (child.total / root.total) * WIDTH;
    }
  };
  draw(root, 0, 0);
  const legend = OWNERS.map(
    ([owner, colour], index) =>
      `<rect x="${12 + index * 150}" y="26" width="12" height="12" fill="${colour}"/><text x="${28 + index * 150}" y="36">${owner}</text>`,
  );
  const height = TOP + (deepest + 1) * ROW + 6;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="monospace" font-size="10">
<rect width="100%" height="100%" fill="#fff"/>
<text x="12" y="16" font-size="13" font-family="sans-serif">${escapeXml(title)}</text>
<g font-family="sans-serif" font-size="11">${legend.join("")}</g>
${bars.join("\n")}
</svg>
`;
}

/** Microseconds of a unit of work by whose code it is, and the functions that take most by themselves. */
export function shares(root: Frame, units: number): string {
  const byOwner = new Map<string, number>();
  const byFunction = new Map<string, number>();
  for (const frame of allFrames(root)) {
    const owner = ownerOf(frame)?.[0] ?? "";
    byOwner.set(owner, (byOwner.get(owner) ?? 0) + frame.self);
    const key = `${frame.name}  ${frame.file}`;
    byFunction.set(key, (byFunction.get(key) ?? 0) + frame.self);
  }
  const lines = (entries: ReadonlyMap<string, number>, most: number): string[] =>
    [...entries]
      .toSorted(([, one], [, other]) => other - one)
      .slice(0, most)
      .map(([name, micros]) => `${(micros / units).toFixed(1).padStart(7)} µs  ${name}`);
  return [`${(root.total / units).toFixed(1)} µs`, ...lines(byOwner, 9), "", ...lines(byFunction, 60)].join("\n");
}
