/** The two text forms of Prometheus: OpenMetrics 1.0.0 and the older 0.0.4. */
export type MetricsFormat = "openmetrics" | "plain";

export const CONTENT_TYPES: Readonly<Record<MetricsFormat, string>> = {
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  plain: "text/plain; version=0.0.4; charset=utf-8",
};

/**
 * Finishes the OpenMetrics text of the registry: counters print as decimals (`1.0`), as Keycloak's do, and the older form is derived from it.
 * One text for both, because the registry cannot switch between its two forms without losing the counters' names.
 */
export function renderMetrics(openMetrics: string, format: MetricsFormat): string {
  const lines = openMetrics.split("\n");
  const rendered: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith("#")) rendered.push(decimal(line));
    else if (format === "openmetrics") rendered.push(line);
    else if (line !== "# EOF") rendered.push(namedAsCounter(line, lines[index + 1] ?? ""));
  }
  return rendered.join("\n");
}

/** `name_total{…} 1` becomes `name_total{…} 1.0`. */
function decimal(line: string): string {
  const space = line.lastIndexOf(" ");
  const brace = line.indexOf("{");
  const name = line.slice(0, brace < 0 ? space : brace);
  return name.endsWith("_total") && /^\d+$/.test(line.slice(space + 1)) ? `${line}.0` : line;
}

/** In the older form a counter's HELP and TYPE carry the `_total` too; the line of its TYPE follows the one of its HELP. */
function namedAsCounter(line: string, next: string): string {
  const [, keyword = "", name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
  const isCounter = keyword === "TYPE" ? rest === "counter" : next === `# TYPE ${name} counter`;
  return isCounter ? `# ${keyword} ${name}_total ${rest}` : line;
}

/**
 * The form that an `Accept` header asks for: OpenMetrics unless plain text is preferred; undefined when it takes neither. The first of equal
 * weights wins.
 */
export function negotiateFormat(accept: string | undefined): MetricsFormat | undefined {
  if (accept === undefined || accept.trim() === "") return "openmetrics";
  let best: { readonly format: MetricsFormat; readonly weight: number } | undefined;
  for (const range of accept.split(",", MAX_RANGES)) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const format = FORMAT_OF[type];
    const weight = weightOf(parameters);
    if (format !== undefined && weight > 0 && weight > (best?.weight ?? 0)) best = { format, weight };
  }
  return best?.format;
}

const MAX_RANGES = 50;
const FORMAT_OF: Readonly<Record<string, MetricsFormat | undefined>> = {
  __proto__: null as never, // no inherited names
  "application/openmetrics-text": "openmetrics",
  "application/*": "openmetrics",
  "*/*": "openmetrics",
  "text/plain": "plain",
  "text/*": "plain",
};

function weightOf(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  if (given === undefined) return 1;
  const weight = Number(given);
  return weight >= 0 && weight <= 1 ? weight : 0;
}
