import { type Measure, show, verdict } from "./measure.ts";

const ROW = 26;
const LEFT = 330;
const BAR = 300;
const WIDTH = LEFT + BAR + 150;
const COLOURS = { aim: "#2b8a3e", must: "#1971c2", short: "#c92a2a" } as const;

/**
 * One bar per measure, as long as it is good: the full height of the bar's field is the aim, the line in it what it must reach. Smaller-is-better
 * measures are turned round, so that a longer bar is always better.
 */
export function chart(measures: readonly Measure[], title: string): string {
  const height = 62 + measures.length * ROW;
  const rows = measures.map((measure, index) => {
    const y = 50 + index * ROW;
    // What costs nothing, or less, is as good as can be.
    const share = (value: number): number =>
      measure.better === "more" ? value / measure.aim / 1.25 : value <= 0 ? 1 : measure.aim / value / 1.25;
    const width = Math.max(2, Math.min(1, share(measure.value)) * BAR);
    const must = LEFT + share(measure.must) * BAR;
    const aim = LEFT + BAR / 1.25;
    return [
      `<text x="${LEFT - 8}" y="${y + 13}" text-anchor="end">${escapeXml(measure.name)}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="17" fill="${COLOURS[verdict(measure)]}"/>`,
      `<path d="M${must.toFixed(1)} ${y - 3}v23" stroke="#212529"/>`,
      `<path d="M${aim.toFixed(1)} ${y - 3}v23" stroke="#868e96" stroke-dasharray="2 2"/>`,
      `<text x="${LEFT + BAR + 8}" y="${y + 13}">${escapeXml(show(measure.value, measure.unit))}</text>`,
    ].join("");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<text x="12" y="22" font-size="14">${escapeXml(title)}</text>
<text x="${LEFT}" y="36" fill="#495057">solid line: must, dashed line: aim; longer is better</text>
${rows.join("\n")}
</svg>
`;
}

export const escapeXml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
