import type { Random } from "./random.ts";

/** Texts that parsers, queries, paths, patterns, logs and copy helpers have stumbled over elsewhere. */
export const NASTY: readonly string[] = [
  "",
  " ",
  "\0",
  "\u0001\u001f\u007f",
  "\r\nset-cookie: a=b",
  "\u2028\u2029\ufeff",
  "\ud800",
  "é\u0301ß\u0130ı",
  "\u202egnirts",
  "𝕒𝕕𝕒",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "null",
  "undefined",
  "true",
  "NaN",
  "-1",
  "0",
  "1e400",
  "9007199254740993",
  "2147483648",
  "' OR 1=1 --",
  '"; drop table client; --',
  "%",
  "_",
  "%%%00",
  "%c0%af",
  "../../../../etc/passwd",
  "..;/",
  "//",
  "\\",
  "${jndi:ldap://127.0.0.1/a}",
  "${user.home}",
  "{{7*7}}",
  '"><img src=x onerror=alert(1)>',
  "(a+)+$",
  "[",
  "*",
  "a".repeat(256),
  "a".repeat(4096),
  "é".repeat(3000),
  "https://user@127.0.0.1:1/?a#b",
  "javascript:alert(1)",
  "http://[::1",
  "00000000-0000-0000-0000-000000000000",
  "urn:ietf:params:oauth:token-type:access_token",
  "openid openid\topenid",
  "1;2,3|4&5=6",
];

/** One small change somewhere in a text. */
export function mutateText(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  switch (random.below(9)) {
    case 0:
      return random.pick(NASTY);
    case 1:
      return text.slice(0, at);
    case 2:
      return text.slice(0, at) + random.pick(NASTY) + text.slice(at);
    case 3:
      return text.slice(0, at) + String.fromCharCode(random.below(0x250)) + text.slice(at + 1);
    case 4:
      return text + text;
    case 5:
      return text.toUpperCase();
    case 6:
      return [...text].toReversed().join("");
    case 7:
      return text.slice(at) + text.slice(0, at);
    default:
      return text.slice(0, at) + text.slice(at + 1 + random.below(8));
  }
}

const base64url = (value: string): string => Buffer.from(value).toString("base64url");
const decoded = (part: string | undefined): string => Buffer.from(part ?? "", "base64url").toString("utf8");

/** A token with something wrong: bytes, parts, header, claims or signature. */
export function mutateToken(random: Random, token: string): string {
  const [header, claims, signature] = token.split(".");
  switch (random.below(8)) {
    case 0:
      return [header, base64url(mutateJson(random, decoded(claims))), signature].join(".");
    case 1:
      return [base64url(mutateJson(random, decoded(header))), claims, signature].join(".");
    case 2:
      return [header, claims, mutateText(random, signature ?? "")].join(".");
    case 3:
      return [header, claims].join(".");
    case 4:
      return `${token}.${signature}`;
    case 5:
      return ".".repeat(random.below(2000));
    case 6:
      return [header, claims, "A".repeat(random.below(20_000))].join(".");
    default:
      return mutateText(random, token);
  }
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
const VALUES: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  2 ** 31,
  2 ** 53,
  1e308,
  "",
  [],
  {},
  [null],
  [[]],
  { "": {} },
  ["a", 1, {}],
];

/** The same JSON text with one to three places changed; now and then no JSON at all. */
export function mutateJson(random: Random, text: string): string {
  if (random.once(12)) return mutateText(random, text);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return mutateText(random, text);
  }
  for (let changes = 1 + random.below(3); changes > 0; changes -= 1) value = mutateValue(random, value);
  const changed = JSON.stringify(value);
  if (random.once(20)) return changed.replace(/"(\w+)":/, '"$1":null,"$1":');
  if (random.once(40)) return changed.replace(/[{[]/, (opening) => `${opening}${opening === "[" ? "" : '"__proto__":{"enabled":true},'}`);
  return random.once(60) ? `${"[".repeat(500)}${changed}${"]".repeat(500)}` : changed;
}

/** Walks down a random way and changes what is at its end. */
function mutateValue(random: Random, value: Json): Json {
  const inner = Array.isArray(value) ? value.length : typeof value === "object" && value !== null ? Object.keys(value).length : 0;
  if (inner === 0 || random.once(6)) return replacement(random, value);
  if (Array.isArray(value)) {
    const at = random.below(value.length);
    if (random.once(8)) return value.toSpliced(at, 1);
    if (random.once(8)) return [...value, value[at] as Json];
    return value.with(at, mutateValue(random, value[at] as Json));
  }
  const members = value as { readonly [name: string]: Json };
  const name = random.pick(Object.keys(members));
  const { [name]: member, ...rest } = members;
  if (random.once(8)) return rest;
  if (random.once(8)) return { ...members, [mutateText(random, name)]: member as Json };
  if (random.once(12)) return { ...members, [random.pick(NASTY)]: random.pick(NASTY) };
  return { ...members, [name]: mutateValue(random, member as Json) };
}

function replacement(random: Random, value: Json): Json {
  if (random.once(2)) return random.pick(VALUES);
  return typeof value === "string" ? mutateText(random, value) : random.pick(NASTY);
}
