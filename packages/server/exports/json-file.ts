import { type FileHandle, open, rename, rm } from "node:fs/promises";

/** Bytes that are collected before they are written. */
const BUFFER = 64 * 1024;

/**
 * A JSON file written piece by piece, so that its size does not matter. It stands under its name only once it is whole, and is readable by
 * its owner alone: it holds keys and password hashes.
 */
export class JsonFile implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #temporary: string;
  readonly #filled: boolean[] = [];
  #pending = "";
  #isFinished = false;

  private constructor(handle: FileHandle, path: string, temporary: string) {
    this.#handle = handle;
    this.#path = path;
    this.#temporary = temporary;
  }

  static async create(path: string): Promise<JsonFile> {
    const temporary = `${path}.${process.pid}.part`;
    return new JsonFile(await open(temporary, "w", 0o600), path, temporary);
  }

  /** Begins an object or list as a value. */
  async open(bracket: "{" | "["): Promise<void> {
    this.#filled.push(false);
    await this.#write(bracket);
  }
  async openMember(name: string, bracket: "{" | "["): Promise<void> {
    await this.element();
    await this.#write(`${JSON.stringify(name)}: `);
    await this.open(bracket);
  }
  async close(bracket: "}" | "]"): Promise<void> {
    const filled = this.#filled.pop();
    await this.#write(filled ? `\n${this.#indent()}${bracket}` : bracket);
  }
  async member(name: string, value: unknown): Promise<void> {
    await this.element();
    await this.#write(`${JSON.stringify(name)}: ${this.#text(value)}`);
  }
  async value(value: unknown): Promise<void> {
    await this.element();
    await this.#write(this.#text(value));
  }
  /** Separates what comes next from what came before. */
  async element(): Promise<void> {
    if (this.#filled.length === 0) return;
    await this.#write(`${this.#filled.at(-1) ? "," : ""}\n${this.#indent()}`);
    this.#filled[this.#filled.length - 1] = true;
  }

  /** Everything is written and on the disk: the file takes its name. */
  async finish(): Promise<void> {
    await this.#write("\n", true);
    await this.#handle.sync();
    await this.#handle.close();
    this.#isFinished = true;
    await rename(this.#temporary, this.#path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isFinished) return;
    await this.#handle.close();
    await rm(this.#temporary, { force: true });
  }

  #indent(): string {
    return "  ".repeat(this.#filled.length);
  }

  #text(value: unknown): string {
    return JSON.stringify(value, null, 2).replaceAll("\n", `\n${this.#indent()}`);
  }

  async #write(text: string, everything = false): Promise<void> {
    this.#pending += text;
    if (!everything && this.#pending.length < BUFFER) return;
    const pending = this.#pending;
    this.#pending = "";
    await this.#handle.writeFile(pending);
  }
}
