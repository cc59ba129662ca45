import type { Json, RealmRow } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { AdminError, malformed, notFound } from "../admin-error.ts";
import { objectBody } from "../read-json.ts";
import { storableName } from "../read-representation.ts";

/** Texts by locale and key, as the realm's row keeps them. */
type Texts = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Longest text of one key, in characters. */
const MAX_TEXT = 4000;

const textsOf = ({ representation }: RealmRow): Texts => (representation["localizationTexts"] ?? {}) as Texts; // so stored
const bundleOf = (texts: Texts, locale: string): Readonly<Record<string, string>> =>
  Object.hasOwn(texts, locale) ? (texts[locale] ?? {}) : {};

export async function listLocales({ realm }: AdminCall): Promise<AdminAnswer> {
  return ok(Object.keys(textsOf(realm)).toSorted());
}

export async function readBundle({ realm, params }: AdminCall): Promise<AdminAnswer> {
  return ok(bundleOf(textsOf(realm), params["locale"] ?? ""));
}

export async function readText({ realm, params }: AdminCall): Promise<AdminAnswer> {
  const bundle = bundleOf(textsOf(realm), params["locale"] ?? "");
  const key = params["key"] ?? "";
  if (!Object.hasOwn(bundle, key)) throw notFound("Localization text not found");
  return { body: bundle[key], type: "text/plain;charset=UTF-8" };
}

/** `POST A/localization/{locale}`: adds to a bundle. */
export async function addTexts(call: AdminCall): Promise<AdminAnswer> {
  const given = Object.entries(objectBody(call.body)).map(([key, text]) => {
    if (typeof text !== "string") throw malformed();
    return [checkedKey(key), checkedText(text)] as const;
  });
  return change(call, "UPDATE", (texts, locale) => ({ ...texts, [locale]: { ...bundleOf(texts, locale), ...Object.fromEntries(given) } }));
}

export async function putText(call: AdminCall): Promise<AdminAnswer> {
  if (!call.contentType.startsWith("text/plain"))
    throw new AdminError(415, { error: "The content-type header value did not match the value in @Consumes" });
  const key = checkedKey(call.params["key"] ?? "");
  const text = checkedText(call.rawBody.toString("utf8"));
  return change(call, "UPDATE", (texts, locale) => ({ ...texts, [locale]: { ...bundleOf(texts, locale), [key]: text } }));
}

export async function deleteText(call: AdminCall): Promise<AdminAnswer> {
  const key = call.params["key"] ?? "";
  return change(call, "DELETE", (texts, locale) => {
    const bundle = bundleOf(texts, locale);
    if (!Object.hasOwn(bundle, key)) throw notFound("Localization text not found");
    return { ...texts, [locale]: without(bundle, key) };
  });
}

export async function deleteBundle(call: AdminCall): Promise<AdminAnswer> {
  return change(call, "DELETE", (texts, locale) => {
    if (!Object.hasOwn(texts, locale)) throw notFound(`No localization texts for locale ${locale} found.`);
    return without(texts, locale);
  });
}

const without = <Value>(map: Readonly<Record<string, Value>>, key: string): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));

const checkedKey = (key: string): string => {
  if (key === "__proto__") throw malformed();
  return storableName("key", key);
};
const checkedText = (text: string): string => {
  if (text.length > MAX_TEXT) throw new AdminError(400, { error: `A text has at most ${MAX_TEXT} characters` });
  return text;
};

async function change(call: AdminCall, operation: "UPDATE" | "DELETE", edit: (texts: Texts, locale: string) => Json): Promise<AdminAnswer> {
  const locale = checkedKey(call.params["locale"] ?? "");
  await call.changeRealm((was) => ({
    row: { ...was, representation: { ...was.representation, localizationTexts: edit(textsOf(was), locale) } },
    event: { operation, resourceType: "REALM", resourcePath: `localization/${locale}`, hidden: true },
  }));
  return noContent;
}
