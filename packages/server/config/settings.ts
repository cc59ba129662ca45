import { ValueProblem } from "./config-error.ts";
import type { IgnoredOption } from "./ignored-options.ts";
import { findOption } from "./option-lookup.ts";
import { type OptionName, type OptionRow, type OptionValues, OPTIONS } from "./options.ts";
import { quote, VALUE_TYPES } from "./value-types.ts";

/** One value as somebody wrote it, and where: `--http-port`, `KC_HTTP_PORT`, `conf/keycloak.conf line 3, http-port`. */
export interface Setting {
  readonly text: string;
  readonly source: string;
}

/** What a default may depend on. */
export interface Circumstances {
  readonly developing: boolean;
  readonly compatibility: string;
}

const ROWS: ReadonlyMap<string, OptionRow> = new Map(OPTIONS.map((row) => [row.name, row]));

/** The options that were set, strongest source first to arrive; reads them as their types and collects what is wrong with them. */
export class Settings {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  readonly #set = new Map<string, Setting>();
  readonly #wild = new Map<string, Map<string, Setting>>();
  readonly #ignored = new Map<IgnoredOption, Setting>();

  /** Takes a value unless a stronger source has set the option. The name must be a known one. Only passwords keep their outer spaces. */
  offer(name: string, given: Setting): void {
    const known = findOption(name);
    if (known === undefined) return;
    const setting = known.row.secret ? given : { ...given, text: given.text.trim() };
    if (known.kind === "ignored") {
      this.#offerIgnored(name, known.row, setting);
    } else if (known.wild !== undefined) {
      const family = this.#wild.get(known.row.name) ?? new Map<string, Setting>();
      if (!family.has(known.wild)) family.set(known.wild, setting);
      this.#wild.set(known.row.name, family);
    } else if (!this.#set.has(known.row.name)) {
      this.#set.set(known.row.name, setting);
    }
  }

  #offerIgnored(name: string, row: IgnoredOption, setting: Setting): void {
    if (this.#ignored.has(row)) return;
    this.#ignored.set(row, setting);
    if (row.harmless?.includes(setting.text)) return;
    this.warnings.push(`${setting.source}: option ${name} has no effect in Cambist: ${row.reason}.`);
  }

  /** The text of an option, of one without effect too, when somebody set it. */
  setting(name: string): Setting | undefined {
    const known = findOption(name);
    return known?.kind === "ignored" ? this.#ignored.get(known.row) : this.#set.get(name);
  }

  has(name: OptionName): boolean {
    return this.#set.has(name);
  }

  /** The set value, read as its type; `undefined` when it is not set or cannot be read (the problem is then noted). */
  read<N extends OptionName>(name: N): OptionValues[N] | undefined {
    const setting = this.#set.get(name);
    return setting === undefined ? undefined : this.parse(name, setting);
  }

  /** The set value, else the default of the table. Only for options whose default is a text. */
  get<N extends OptionName>(name: N, circumstances: Circumstances): OptionValues[N] {
    const value: OptionValues[N] | undefined = this.read(name);
    if (value !== undefined) return value;
    const text = defaultText(rowOf(name), circumstances);
    if (text === undefined) throw new TypeError(`option ${name} has no default`);
    return readValue(name, text);
  }

  /** The members of a `<...>` option that were set, by what stands in its place. */
  family(name: OptionName): ReadonlyMap<string, Setting> {
    return this.#wild.get(name) ?? new Map();
  }

  /** Reads one setting as the type of `name`; a value of the wrong form is noted as a problem. */
  parse<N extends OptionName>(name: N, setting: Setting): OptionValues[N] | undefined {
    try {
      return readValue<N>(name, setting.text);
    } catch (error) {
      if (!(error instanceof ValueProblem)) throw error;
      const value = rowOf(name).secret ? "the value" : quote(setting.text);
      this.problems.push(`${setting.source}: ${value} ${error.message}`);
      return undefined;
    }
  }
}

function rowOf(name: OptionName): OptionRow {
  const row = ROWS.get(name);
  if (row === undefined) throw new TypeError(`no option ${name}`);
  return row;
}

function readValue<N extends OptionName>(name: N, text: string): OptionValues[N] {
  const row = rowOf(name);
  return VALUE_TYPES[row.type].parse(text, row.values ?? []) as OptionValues[N]; // a row's type names the type of its value
}

function defaultText({ default: value }: OptionRow, { developing, compatibility }: Circumstances): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  if ("says" in value) return undefined;
  if (value.by === "command") return developing ? value["start-dev"] : value.others;
  return compatibility === "keycloak" ? value.keycloak : value.native;
}
