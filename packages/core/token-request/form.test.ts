import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeFormPart, formFromPairs, MAX_PARAMETERS, parseForm, type Form } from "./form.ts";

function parsed(body: string): Form {
  const result = parseForm(body);
  if (!result.ok) throw new Error(`refused: ${result.problem}`);
  return result.form;
}
const NONE: ReadonlySet<string> = new Set();
const body = (count: number): string => Array.from({ length: count }, (_, index) => `p${index}=`).join("&");

describe("reading", () => {
  test.each([
    ["a plain pair", "a=1", "1"],
    ["plus signs and percent escapes", "a=x+y%20z%2B%26%3D", "x y z+&="],
    ["a value with an equals sign", "a=b=c", "b=c"],
    ["a name without an equals sign is there and empty", "a", ""],
    ["an empty value is a value", "a=", ""],
    ["an escaped name", "%61=1", "1"],
    ["UTF-8", "a=%E2%82%AC", "€"],
    ["NUL and line breaks are characters like any other", "a=%00%0D%0A", "\0\r\n"],
    ["empty pairs between ampersands do not count", "&&a=1&&", "1"],
  ])("%s", (_title, body, value) => {
    expect(parsed(body).get("a")).toBe(value);
    expect(parsed(body).has("a")).toBe(true);
  });

  test("an absent parameter is undefined and not empty", () => {
    expect(parsed("a=1").get("b")).toBeUndefined();
    expect(parsed("a=1").all("b")).toEqual([]);
    expect(parsed("a=1").has("b")).toBe(false);
    expect(parsed("").has("")).toBe(false);
  });

  test("names are compared exactly", () => expect(parsed("Audience=x&audience =y").get("audience")).toBeUndefined());

  test("the first value is the value, all of them are kept in order", () => {
    expect(parsed("a=1&b=2&a=3").get("a")).toBe("1");
    expect(parsed("a=1&b=2&a=3").all("a")).toEqual(["1", "3"]);
  });

  test("names that every object has are names like any other", () => {
    const form = parsed("__proto__=1&constructor=2&toString=3");
    expect(["__proto__", "constructor", "toString", "valueOf"].map((name) => form.get(name))).toEqual(["1", "2", "3", undefined]);
  });
});

describe("refusing", () => {
  test.each(["a=%", "a=%4", "a=%zz", "%=1", "a=%ff", "a=%C3%28", "a=%ED%A0%80"])("%s is malformed", (body) =>
    expect(parseForm(body)).toEqual({ ok: false, problem: "malformed" }),
  );

  test("SEC-DOS-01 200 parameters are read, one more is not", () => {
    expect(parseForm(body(MAX_PARAMETERS)).ok).toBe(true);
    expect(parseForm(body(MAX_PARAMETERS + 1))).toEqual({ ok: false, problem: "too_many" });
  });

  test("a duplicate is found under its decoded name", () =>
    expect(parsed("subject_token=x&subject%5Ftoken=y").firstDuplicate(NONE)).toBe("subject_token"));

  test("SEC-TX-30 any parameter counts as a duplicate, but those that may repeat", () => {
    expect(parsed("audience=a&audience=b").firstDuplicate(new Set(["audience"]))).toBeUndefined();
    expect(parsed("audience=a&x=1&audience=b&x=1").firstDuplicate(new Set(["audience"]))).toBe("x");
    expect(parsed("a=1&b=2").firstDuplicate(NONE)).toBeUndefined();
    expect(parsed("a=&a=").firstDuplicate(NONE)).toBe("a");
  });
});

test("whatever a client encodes comes back", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 20 }).map((value) => value.toWellFormed());
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 30 }), (pairs) => {
      const body = new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString();
      const form = parsed(body);
      // A pair of two empty texts is written as a lone equals sign, which is a pair too.
      for (const [name] of pairs) expect(form.all(name)).toEqual(pairs.filter((pair) => pair[0] === name).map((pair) => pair[1]));
    }),
  );
});

test("any text ends in a form or a refusal, and a form of pairs reads like a parsed one", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (body) => {
      const result = parseForm(body);
      if (!result.ok) return ["malformed", "too_many"].includes(result.problem);
      return typeof result.form.get("a") !== "number";
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b"), fc.string({ maxLength: 3 })), { maxLength: 5 }), (pairs) => {
      const form = formFromPairs(pairs);
      for (const name of ["a", "b"]) expect(form.all(name)).toEqual(pairs.filter((pair) => pair[0] === name).map((pair) => pair[1]));
    }),
  );
});

test("one part is decoded the same way inside HTTP Basic", () => {
  expect(decodeFormPart("p%40ss+word")).toBe("p@ss word");
  expect(decodeFormPart("100%")).toBeUndefined();
});
