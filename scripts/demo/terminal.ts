import { styleText } from "node:util";

/** Columns that everything fits into, pasted commands apart. */
export const WIDTH = 100;

type Style = Parameters<typeof styleText>[0];

/** Writes for people: colours on a terminal, plain text into a file or pipe (and with `NO_COLOR`). */
export class Terminal {
  readonly #stream: NodeJS.WriteStream;
  readonly #colours: boolean;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#colours = stream.isTTY && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb";
  }

  paint(style: Style, text: string): string {
    return this.#colours ? styleText(style, text, { validateStream: false }) : text;
  }

  line(text = ""): void {
    this.#stream.write(`${text}\n`);
  }

  /** Running text in lines of at most {@link WIDTH} columns. */
  text(text: string, indent = 3, style?: Style): void {
    for (const line of wrap(text.split(" "), " ", WIDTH - indent)) {
      this.line(`${" ".repeat(indent)}${style ? this.paint(style, line) : line}`);
    }
  }

  title(number: number, text: string): void {
    this.line(`\n${this.paint(["bold", "cyan"], String(number))}  ${this.paint("bold", text)}\n`);
  }
}

/** Joins pieces into lines of at most `width` columns; a piece that is longer has a line of its own. */
export function wrap(pieces: readonly string[], glue: string, width: number): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const piece of pieces) {
    const longer: string = line === undefined ? piece : `${line}${glue}${piece}`;
    if (line === undefined || longer.length <= width) line = longer;
    else {
      lines.push(`${line}${glue.trimEnd()}`);
      line = piece;
    }
  }
  return line === undefined ? lines : [...lines, line];
}

/** Cut to `width` columns, with three dots in place of the rest. */
export const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 3)}...`);
