import { setTimeout } from "node:timers/promises";
import type { Case, Expected, Need, Step } from "./cases/case.ts";
import { type Answer, decode, formOf, type Json, type Parameters, readAnswer, tampered, unsigned, wordsOf } from "./client.ts";
import { inOrder, type NormalAnswer, normalAnswer } from "./normal-form.ts";

/** What a case is run against. */
export interface Target {
  readonly baseUrl: string;
  /** Whose expectations count. */
  readonly speaks: "keycloak 26.1" | "keycloak 26.7" | "cambist as 26.1" | "cambist as 26.7" | "native";
  /** What the server was started with; cases that need something else are not run. */
  readonly features: Features;
  /** Gives a token for the admin API; without it cases that administer are not run. */
  readonly adminToken?: () => Promise<string>;
  /** Gets the answer of each step as it came. */
  readonly hear?: (answer: Answer) => void;
}

export type Features = "all" | "only the standard exchange" | "no exchange";

export interface Outcome {
  /** Why it was not run. */
  readonly notRun?: string;
  /** Of each step. */
  readonly answers: readonly NormalAnswer[];
  /** What was not as the case says, a line each. */
  readonly differences: readonly string[];
}

const NEVER_RUN: ReadonlySet<Need | undefined> = new Set<Need>([
  "login",
  "a proof of possession",
  "a client policy",
  "the account API",
  "Keycloak 26.8",
]);

/** Whether this server can run the case: undefined, or the reason why not. */
export function whyNot(
  { needs, steps }: Case,
  { speaks, features, adminToken }: Pick<Target, "speaks" | "features" | "adminToken">,
): string | undefined {
  if (adminToken === undefined && steps.some(({ to }) => to.startsWith("admin "))) return "an administrator";
  if (needs === "the native dialect" && speaks !== "native") return needs;
  if (NEVER_RUN.has(needs)) return needs;
  const hasStandard = !speaks.endsWith("26.1");
  if (needs === "standard exchange" && !hasStandard) return needs;
  if (needs === "only the standard exchange") return features === needs && hasStandard ? undefined : needs;
  if (needs === "no exchange") return features === needs ? undefined : needs;
  return features === "all" ? undefined : "all exchanges";
}

/** Runs one case. */
export async function runCase(each: Case, target: Target): Promise<Outcome> {
  const reason = whyNot(each, target);
  if (reason !== undefined) return { notRun: reason, answers: [], differences: [] };
  const known = new Map<string, Json>();
  for (const before of each.before ?? []) {
    const { status, text } = await send(before, before.realm ?? each.realm, target, known);
    if (status >= 300) return { answers: [], differences: [`${before.as ?? before.to} answers ${status} ${text}`] };
  }
  const answers: NormalAnswer[] = [];
  const differences: string[] = [];
  for (const [index, step] of each.steps.entries()) {
    const where = each.steps.length > 1 ? `step ${index + 1}: ` : "";
    let answer: Answer;
    try {
      answer = await send(step, each.realm, target, known);
    } catch (error) {
      if (!(error instanceof MissingValue)) throw error;
      differences.push(`${where}${error.message}`);
      break;
    }
    target.hear?.(answer);
    // Of the steps that prepare something only the success counts.
    answers.push(/^(?:admin|wait)/.test(step.to) ? { status: answer.status, body: "" } : normalAnswer(answer, target.baseUrl));
    differences.push(...differencesOf(step, answer, target, known).map((line) => where + line));
  }
  return { answers, differences };
}

/** An earlier step did not give what a later one needs. */
class MissingValue extends Error {}

/** How the answer differs from the one expected; where several are right, from the first. */
function differencesOf(step: Step, answer: Answer, target: Target, known: ReadonlyMap<string, Json>): readonly string[] {
  const all = expectationsOf(step, target).map((expected) => compare(answer, resolve(expected, known)));
  const lines = all.find((each) => each.length === 0) ?? all[0] ?? [];
  return target.speaks === "native" && answer.body["error_description"] !== undefined ? [...lines, ...illFormed(step, answer)] : lines;
}

function expectationsOf({ answer, in26_1 = answer, ours, native = answer }: Step, { speaks }: Target): readonly Expected[] {
  if (speaks === "native") return ours === undefined ? [native] : [native, answer];
  if (speaks === "keycloak 26.1") return [in26_1];
  if (speaks === "keycloak 26.7") return [answer];
  if (ours !== undefined) return [ours, answer];
  // What is not the standard exchange may be as in 26.1.3; the recordings are compared besides.
  return speaks === "cambist as 26.1" ? [in26_1] : [answer, in26_1];
}

async function send(given: Step, realm: string, target: Target, known: Map<string, Json>): Promise<Answer> {
  const step: Request = resolve({ to: given.to, form: given.form, headers: given.headers, json: given.json }, known);
  if (step.to === "wait") {
    await setTimeout(Number(step.form?.["until"]) * 1000 - Date.now() + 1100);
    return { status: 200, headers: new Headers(), text: "", body: {} };
  }
  const answer = await readAnswer(
    await (step.to.startsWith("admin ")
      ? admin(step, realm, target)
      : fetch(`${target.baseUrl}/realms/${realm}/protocol/openid-connect/${step.to}`, openid(step))),
  );
  if (given.as !== undefined) known.set(given.as, answer.body);
  return answer;
}

interface Request {
  readonly to: string;
  readonly form: Parameters | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly json: unknown;
}

const openid = ({ form, headers = {} }: Request): RequestInit => ({
  method: form === undefined ? "GET" : "POST",
  redirect: "manual",
  headers,
  ...(form !== undefined && { body: formOf(form) }),
});

/** `admin PUT clients/{clientId}` finds the id; an own `authorization` is used instead of the administrator's. */
async function admin({ to, headers, json }: Request, realm: string, target: Target): Promise<Response> {
  const [, method = "", path = ""] = to.split(" ");
  const authorization = headers?.["authorization"] ?? `Bearer ${await target.adminToken?.()}`;
  const url = `${target.baseUrl}/admin/realms/${realm}${path && `/${path}`}`;
  const call: RequestInit = { method, headers: { authorization, "content-type": "application/json" } };
  return fetch(url, json === undefined ? call : { ...call, body: JSON.stringify(json) });
}

const REFERENCE = /\$(\w+)((?:\.\w+)+)(?:\|([\w ]+))?/g;
/** Ways to damage a value: `$alice.access_token|tampered`. */
const SPOILED: Readonly<Record<string, (value: string) => string>> = {
  tampered,
  unsigned,
  "after a space": (token) => ` ${token}`,
  "too long": (token) => token + "A".repeat(16_384),
};

/** The value with every reference in it replaced. */
function resolve<T>(value: T, known: ReadonlyMap<string, Json>): T {
  if (typeof value === "string")
    return value.replaceAll(REFERENCE, (_all, name: string, path: string, spoil?: string) => {
      const found = String(look(known.get(name), path.slice(1).split("."), `${name}${path}`));
      if (spoil === undefined) return found;
      const damage = SPOILED[spoil];
      if (damage === undefined) throw new Error(`nothing is known of ${spoil}`);
      return damage(found);
    }) as T;
  if (Array.isArray(value)) return value.map((each: unknown) => resolve(each, known)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, resolve(member, known)])) as T;
}

/** @throws {MissingValue} there is nothing of the name */
function look(from: unknown, [name = "", ...rest]: readonly string[], whole: string): unknown {
  const members = typeof from === "string" ? decode(from).claims : (from as Json | undefined);
  const value = members?.[name];
  if (value === undefined) throw new MissingValue(`$${whole}: there is no ${name}`);
  return rest.length === 0 ? value : look(value, rest, whole);
}

const DECISION = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** What every refusal of the native dialect has: RFC 6749 §5.2, and the id of its decision in text and header; a realm's own 403 has no such text. */
function illFormed({ to, headers: sent }: Step, { status, headers, body, text }: Answer): string[] {
  const decision = headers.get("cambist-decision") ?? "";
  const challenge = headers.get("www-authenticate") ?? "";
  const description = String(body["error_description"]);
  const rules: readonly (readonly [string, boolean])[] = [
    ["content-type is not JSON", headers.get("content-type")?.startsWith("application/json") ?? false],
    ["error_description has characters that it must not have", /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(description)],
    ["there is a token in it", !/ey[\w-]{20}/.test(text)],
    ["there is a secret in it", !text.includes("-secret")],
    ...(to === "token" && DECISION.test(decision)
      ? ([
          ["it may be cached", headers.get("cache-control") === "no-store" && headers.get("pragma") === "no-cache"],
          ["error_description does not name the decision", description.includes(decision) || status === 403],
          [
            "a challenge belongs to a Basic header",
            challenge.startsWith('Basic realm="') === (status === 401 && sent?.["authorization"] !== undefined),
          ],
        ] as const)
      : []),
  ];
  return rules.flatMap(([what, holds]) => (holds ? [] : [what]));
}

function compare(answer: Answer, expected: Expected): string[] {
  const claims = decode(answer.body["access_token"]).claims;
  return [
    ...differ("status", answer.status, expected.status),
    ...differ("error", answer.body["error"], expected.error ?? "<none>"),
    ...(expected.description === undefined ? [] : differ("error_description", answer.body["error_description"], expected.description)),
    ...(expected.text === undefined ? [] : differ("text", answer.text, expected.text)),
    ...Object.entries(expected.body ?? {}).flatMap(([name, value]) => differ(name, answer.body[name], value)),
    ...Object.entries(expected.claims ?? {}).flatMap(([name, value]) => differ(`claim ${name}`, claims[name], value)),
    ...Object.entries(expected.headers ?? {}).flatMap(([name, value]) => differ(name, answer.headers.get(name) ?? undefined, value)),
  ];
}

function differ(name: string, actual: unknown, expected: unknown): string[] {
  if (expected === "<any>" ? actual !== undefined : expected === "<none>" && actual === undefined) return [];
  const [is, should] = name.endsWith("scope") ? [wordsOf(actual), wordsOf(expected)] : [inOrder(actual), inOrder(expected)];
  return JSON.stringify(is) === JSON.stringify(should) ? [] : [`${name} is ${show(is)}, not ${show(should)}`];
}

const show = (value: unknown): string => JSON.stringify(value) ?? "absent";
