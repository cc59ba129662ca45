import type { CommandIo } from "./io.ts";

/** Something that takes a while. */
export interface Task {
  /** What is worked on, in words: `Realm acme`. */
  readonly label: string;
  /** How much there is to do, in the unit that {@link Progress.reach} counts in; undefined: nobody knows. */
  readonly total?: number | undefined;
}

export interface Progress {
  /** `done` of the total, and what people count it as: `{ clients: 12, users: 900 }`. May be called as often as one likes. */
  reach(done: number, counts: Readonly<Record<string, number>>): void;
  /** It is over, well or not; nothing of it is left on a terminal. */
  end(): void;
}

export type BeginTask = (task: Task) => Progress;

/** How a command tells what it does. */
export interface CommandVoice {
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
  readonly begin: BeginTask;
}

/** Milliseconds of a clock that never goes back. */
type Clock = () => number;

/** Between two lines of progress, in milliseconds. */
const LINE_MS = 2000;
/** Between two pictures of a bar. */
const BAR_MS = 100;
const BAR_CELLS = 24;

/**
 * The voice of a command: lines to the streams of `io`, and while something takes long a bar on the terminal, or a line now and then where
 * there is none.
 */
export function commandVoice(io: Pick<CommandIo, "stdout" | "stderr">, now: Clock = () => performance.now()): CommandVoice {
  const info = (line: string): unknown => io.stdout.write(`${line}\n`);
  const warn = (line: string): unknown => io.stderr.write(`Warning: ${line}\n`);
  const error = (line: string): unknown => io.stderr.write(`cambist: ${line}\n`);
  if (io.stderr.isTTY !== true) return { info, warn, error, begin: progressLines(info, now) };
  const bar = new Bar(io.stderr, now);
  const above =
    (write: (line: string) => unknown) =>
    (line: string): void => {
      bar.clear();
      write(line);
    };
  return { info: above(info), warn: above(warn), error: above(error), begin: (task) => bar.begin(task) };
}

/** Progress as lines: how many there were, how fast since the line before, and the part of the whole where that is known. */
export function progressLines(tell: (line: string) => unknown, now: Clock = () => performance.now()): BeginTask {
  return ({ label, total }) => {
    let last: { readonly at: number; readonly counts: Readonly<Record<string, number>> } = { at: now(), counts: {} };
    return {
      reach(done, counts) {
        const at = now();
        const elapsed = at - last.at;
        if (elapsed < LINE_MS) return;
        const parts = Object.entries(counts).map(([name, count]) => {
          const perSecond = Math.round(((count - (last.counts[name] ?? 0)) * 1000) / elapsed);
          return `${count} ${name} (${perSecond}/s)`;
        });
        tell(`${label}: ${[...parts, ...(total === undefined ? [] : [`${percent(done, total)} %`])].join(", ")}`);
        last = { at, counts };
      },
      end() {},
    };
  };
}

/** One line at the bottom of a terminal that is painted over and over. */
class Bar {
  readonly #screen: CommandIo["stderr"];
  readonly #now: Clock;
  #isShown = false;
  #paintedAt = -Infinity;

  constructor(screen: CommandIo["stderr"], now: Clock) {
    this.#screen = screen;
    this.#now = now;
  }

  begin({ label, total }: Task): Progress {
    const started = this.#now();
    this.#paintedAt = -Infinity;
    return {
      reach: (done, counts) => {
        const at = this.#now();
        if (at - this.#paintedAt < BAR_MS) return;
        this.#paintedAt = at;
        this.#paint(barText({ label, total, done, counts, elapsedMs: at - started }));
      },
      end: () => this.clear(),
    };
  }

  clear(): void {
    if (!this.#isShown) return;
    this.#screen.write("\r\x1b[K");
    this.#isShown = false;
    this.#paintedAt = -Infinity;
  }

  #paint(text: string): void {
    // A line that wraps could not be painted over.
    this.#screen.write(`\r\x1b[K${text.slice(0, (this.#screen.columns ?? 80) - 1)}`);
    this.#isShown = true;
  }
}

interface Moment extends Task {
  readonly done: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly elapsedMs: number;
}

/** `Realm acme [######------]  52 %  1200 users  430/s  0:12 left` */
function barText({ label, total, done, counts, elapsedMs }: Moment): string {
  const parts: string[] = [];
  if (total !== undefined && total > 0) {
    const part = Math.min(1, done / total);
    const filled = Math.round(part * BAR_CELLS);
    parts.push(`[${"#".repeat(filled)}${"-".repeat(BAR_CELLS - filled)}] ${percent(done, total).padStart(3)} %`);
  }
  for (const [name, count] of Object.entries(counts)) if (count > 0) parts.push(`${count} ${name}`);
  const last = Object.values(counts).at(-1) ?? 0;
  if (elapsedMs > 0 && last > 0) parts.push(`${Math.round((last * 1000) / elapsedMs)}/s`);
  if (total !== undefined && done > 0 && elapsedMs > 0) parts.push(`${clockText((elapsedMs / done) * Math.max(0, total - done))} left`);
  return `${label} ${parts.join("  ")}`;
}

/** Never 100 before the end. */
const percent = (done: number, total: number): string => String(total > 0 ? Math.min(100, Math.floor((done * 100) / total)) : 100);

const two = (value: number): string => String(value).padStart(2, "0");

function clockText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
