import { type Form, formFromPairs, parseForm } from "@cambist/core/token-request/form.ts";
import type { BodyProblem } from "./endpoint-call.ts";
import { parseMultipart } from "./multipart.ts";

/** Largest form that a protocol endpoint reads, in bytes; a larger one is a refusal on the record. */
export const BODY_LIMIT = 65_536;

const FORM = "application/x-www-form-urlencoded";

/** Whether this media type is a form's, spelled as nearly everybody does. */
export const isPlainFormType = (type: string | undefined): boolean => type !== undefined && (type === FORM || type.startsWith(`${FORM};`));

/** A form, or what is wrong with it, which is refused where it can be recorded. */
export function readForm(body: Buffer): Form | BodyProblem {
  if (body.length > BODY_LIMIT) return "form_too_large";
  const parsed = parseForm(body.toString("utf8"));
  return parsed.ok ? parsed.form : "form_malformed";
}

export function readMultipart(body: Buffer, contentType: string): Form | BodyProblem {
  if (body.length > BODY_LIMIT) return "form_too_large";
  const pairs = parseMultipart(body, contentType);
  return pairs ? formFromPairs(pairs) : "form_malformed";
}
