import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_SCOPE_LENGTH, MAX_SCOPE_WORDS, parseScope, splitScope } from "./scope.ts";

test.each<readonly [string, string, readonly string[]]>([
  ["one word", "openid", ["openid"]],
  ["order is kept", "b a c", ["b", "a", "c"]],
  ["repeated words count once", "a b a", ["a", "b"]],
  ["extra spaces are no words", "  a   b ", ["a", "b"]],
  ["the empty text has no words", "", []],
  ["case makes a difference", "Email email", ["Email", "email"]],
  ["a prefix is a word of its own", "email emai", ["email", "emai"]],
  ["every character that RFC 6749 allows", "!#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~", ["!#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~"]],
])("SEC-TX-05 %s", (_title, scope, words) => expect(parseScope(scope)).toEqual(words));

test.each([
  ["a tab", "a\tb"],
  ["a line break", "a\nb"],
  ["a carriage return", "a\r"],
  ["NUL", "a\0"],
  ["DEL", "a\x7f"],
  ["a quote", 'a"b'],
  ["a backslash", "a\\b"],
  ["a no-break space", "a\u00a0b"],
  ["an ideographic space", "a\u3000b"],
  ["a zero-width space", "a\u200bb"],
  ["a line separator", "a\u2028b"],
  ["a letter with an accent", "émail"],
  ["a full-width letter", "ａ"],
  ["half of a surrogate pair", "a\ud800"],
  ["a byte order mark", "\ufeffopenid"],
])("SEC-TX-05 %s makes a scope malformed", (_title, scope) => expect(parseScope(scope)).toBeUndefined());

const words = (count: number): string => Array.from({ length: count }, (_, index) => `w${index}`).join(" ");

test("SEC-DOS-02 at most 4 KiB and 100 words", () => {
  expect(parseScope("x".repeat(MAX_SCOPE_LENGTH))).toHaveLength(1);
  expect(parseScope("x".repeat(MAX_SCOPE_LENGTH + 1))).toBeUndefined();
  expect(parseScope(words(MAX_SCOPE_WORDS))).toHaveLength(MAX_SCOPE_WORDS);
  expect(parseScope(words(MAX_SCOPE_WORDS + 1))).toBeUndefined();
});

test("what is read as words is allowed as a whole, and reading it again changes nothing", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (scope) => {
      const words = parseScope(scope);
      if (!words) return;
      for (const word of words) expect(word).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/);
      expect(parseScope(words.join(" "))).toEqual(words);
      expect(splitScope(scope)).toEqual(words);
    }),
  );
});
