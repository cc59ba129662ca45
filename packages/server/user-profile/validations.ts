import type { Json } from "@cambist/store/config-ports.ts";
import { isEmailAddress } from "./email-address.ts";

/** What is wrong with an attribute, in Keycloak's words: a message key and its parameters, the attribute's name first. */
export interface ProfileFault {
  readonly field: string;
  readonly errorMessage: string;
  readonly params: readonly unknown[];
}

export interface ValidationContext {
  readonly field: string;
  readonly settings: Json;
  /** Linear-time; undefined when the pattern cannot be run. */
  readonly matchesRegex: (pattern: string, subject: string) => boolean | undefined;
}
type Check = (value: string, context: ValidationContext) => Omit<ProfileFault, "field"> | undefined;

const fault = ({ field, settings }: ValidationContext, message: string, ...params: readonly unknown[]): Omit<ProfileFault, "field"> => {
  const own = settings["error-message"];
  return { errorMessage: typeof own === "string" && own !== "" ? own : message, params: [field, ...params] };
};

/** Administrators write numbers as numbers or as texts. */
function numberIn(settings: Json, name: string): number | undefined {
  const value = settings[name];
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** Bounds of a quantity; the message depends on which bounds there are. */
function bounded(quantity: number, context: ValidationContext, messages: readonly [both: string, low: string, high: string]) {
  const [min, max] = [numberIn(context.settings, "min"), numberIn(context.settings, "max")];
  if ((min === undefined || quantity >= min) && (max === undefined || quantity <= max)) return undefined;
  if (min !== undefined && max !== undefined) return fault(context, messages[0], min, max);
  return min === undefined ? fault(context, messages[2], max) : fault(context, messages[1], min);
}

const LENGTH = ["error-invalid-length", "error-invalid-length-too-short", "error-invalid-length-too-long"] as const;
const RANGE = ["error-number-out-of-range", "error-number-out-of-range-too-small", "error-number-out-of-range-too-big"] as const;
// oxlint-disable-next-line no-control-regex -- they are what it looks for
const IN_USERNAME = /[<>&"'\s$%!#?§,;:*~/\\|^=[\]{}()`\u0000-\u001f\u007f-\u009f]/u;
// oxlint-disable-next-line no-control-regex -- they are what it looks for
const IN_NAME = /[<>&"$%!#?§;*~/\\|^=[\]{}()\u0000-\u001f\u007f-\u009f]/u;
const LATIN = /^[\p{Script=Latin}\p{Script=Common}]+$/u;

const number =
  (shape: RegExp): Check =>
  (value, context) =>
    shape.test(value.trim()) ? bounded(Number(value), context, RANGE) : fault(context, "error-invalid-number", value);

/** Keycloak's built-in validators by id. One that is not here passes everything. */
const CHECKS: Readonly<Record<string, Check>> = {
  length: (value, context) => bounded((context.settings["trim-disabled"] === true ? value : value.trim()).length, context, LENGTH),
  email: (value, context) => (isEmailAddress(value) ? undefined : fault(context, "error-invalid-email", value)),
  "username-prohibited-characters": (value, context) =>
    IN_USERNAME.test(value) ? fault(context, "error-username-invalid-character") : undefined,
  "up-username-not-idn-homograph": (value, context) => (LATIN.test(value) ? undefined : fault(context, "error-username-invalid-character")),
  "person-name-prohibited-characters": (value, context) =>
    IN_NAME.test(value) ? fault(context, "error-person-name-invalid-character") : undefined,
  pattern(value, context) {
    const { pattern } = context.settings;
    if (typeof pattern !== "string") return undefined;
    return context.matchesRegex(pattern, value) === true ? undefined : fault(context, "error-pattern-no-match", value);
  },
  integer: number(/^[+-]?\d{1,15}$/),
  double: number(/^[+-]?\d{1,15}(?:\.\d{1,15})?$/),
  options(value, context) {
    const { options } = context.settings;
    return Array.isArray(options) && options.includes(value) ? undefined : fault(context, "error-invalid-value", value);
  },
  uri: (value, context) => (URL.canParse(value) ? undefined : fault(context, "error-invalid-uri", value)),
  "iso-date": (value, context) => (isDate(value) ? undefined : fault(context, "error-invalid-date", value)),
};

function isDate(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}

/** Ids that `users/profile` accepts. */
export const VALIDATORS: ReadonlySet<string> = new Set([...Object.keys(CHECKS), "local-date", "multivalued"]);

/** The first thing that is wrong with each validator's word on these values. Empty values are the business of `required`. */
export function validate(
  field: string,
  values: readonly string[],
  validations: Readonly<Record<string, Json>>,
  matchesRegex: ValidationContext["matchesRegex"],
): readonly ProfileFault[] {
  const faults: ProfileFault[] = [];
  const filled = values.filter((value) => value.trim() !== "");
  for (const [id, settings] of Object.entries(validations)) {
    const context = { field, settings, matchesRegex };
    if (id === "multivalued") {
      const wrong = filled.length === 0 ? undefined : bounded(filled.length, context, [SIZE, SIZE, SIZE]);
      if (wrong) faults.push({ field, ...wrong });
      continue;
    }
    const check = Object.hasOwn(CHECKS, id) ? CHECKS[id] : undefined;
    for (const value of check ? filled : []) {
      const wrong = check?.(value, context);
      if (!wrong) continue;
      faults.push({ field, ...wrong });
      break;
    }
  }
  return faults;
}

const SIZE = "error-invalid-multivalued-size";
