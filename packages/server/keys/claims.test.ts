import { describe, expect, test } from "vitest";
import { parseTokenClaims } from "./claims.ts";
import { type JsonObject, parseStrictJsonObject } from "./strict-json.ts";

function payload(json: string): JsonObject {
  const object = parseStrictJsonObject(Buffer.from(json));
  if (typeof object === "string") throw new Error(object);
  return object;
}
const claims = (json: string): unknown => parseTokenClaims(payload(json));

test("claims come out typed, with one audience as a list of one", () => {
  expect(claims('{"iss":"i","sub":"s","azp":"a","jti":"j","sid":"d","typ":"Bearer","aud":"x","exp":3,"nbf":0,"iat":1,"scope":"","more":[1]}')).toEqual({
    iss: "i", sub: "s", azp: "a", jti: "j", sid: "d", typ: "Bearer", aud: ["x"], exp: 3, nbf: 0, iat: 1, scope: "",
    all: { iss: "i", sub: "s", azp: "a", jti: "j", sid: "d", typ: "Bearer", aud: "x", exp: 3, nbf: 0, iat: 1, scope: "", more: [1] },
  }); // prettier-ignore
});

test("claims may be absent, apart from exp", () => {
  expect(claims('{"exp":1}')).toMatchObject({ exp: 1, aud: [], iss: undefined, sub: undefined });
});

describe("SEC-JOSE-04 times", () => {
  test("SEC-JOSE-04 refuses a token without exp, unless asked not to", () => {
    expect(claims("{}")).toBe("exp_missing");
    expect(parseTokenClaims(payload("{}"), { expRequired: false })).toMatchObject({ exp: undefined });
  });

  const BAD_TIMES = ['"1"', "null", "-1", "1.5", "9007199254740992", "9007199254740993", "1e300", "true", "[1]", "{}", '""'];
  test.each(["exp", "iat", "nbf"].flatMap((name) => BAD_TIMES.map((value) => [name, value] as const)))(
    "SEC-JOSE-04 refuses %s of %s",
    (name, value) => {
      expect(claims(name === "exp" ? `{"exp":${value}}` : `{"exp":1,"${name}":${value}}`)).toBe(`${name}_invalid`);
      expect(parseTokenClaims(payload(`{"${name}":${value}}`), { expRequired: false })).toBe(`${name}_invalid`);
    },
  );

  test("SEC-JOSE-04 refuses a time that would parse to infinity", () => {
    expect(parseStrictJsonObject(Buffer.from('{"exp":1e400}'))).toBe("number_out_of_range");
    expect(parseTokenClaims({ exp: Infinity })).toBe("exp_invalid");
  });

  test("SEC-JOSE-04 takes the largest safe integer and zero", () => {
    expect(claims('{"exp":9007199254740991,"iat":0,"nbf":0}')).toMatchObject({ exp: Number.MAX_SAFE_INTEGER, iat: 0, nbf: 0 });
  });
});

describe("SEC-JOSE-05 names and audiences", () => {
  const BAD_TEXTS = ['""', "null", "1", "true", '["a"]', "{}", `"${"a".repeat(1025)}"`, '"a\\u0000"', '"a\\nb"', '"\\ud800"'];
  test.each(["iss", "sub", "azp", "jti", "sid", "typ"].flatMap((name) => BAD_TEXTS.map((value) => [name, value] as const)))(
    "SEC-JOSE-05 refuses %s of %s",
    (name, value) => {
      expect(claims(`{"exp":1,"${name}":${value}}`)).toBe(`${name}_invalid`);
    },
  );

  test.each([
    '""',
    "[]",
    "null",
    "1",
    "{}",
    '[""]',
    '["a",1]',
    '["a",null]',
    '[["a"]]',
    `["${"a".repeat(1025)}"]`,
    JSON.stringify(Array(101).fill("a")),
  ])("SEC-JOSE-05 refuses aud of %s", (value) => {
    expect(claims(`{"exp":1,"aud":${value}}`)).toBe("aud_invalid");
  });

  test("SEC-JOSE-05 takes a hundred audiences and names of 1024 characters", () => {
    expect(
      claims(`{"exp":1,"aud":${JSON.stringify(Array.from({ length: 100 }, (_, i) => `a${i}`))},"sub":"${"a".repeat(1024)}"}`),
    ).toMatchObject({ exp: 1 });
  });

  test("scope is a string when it is there", () => {
    expect(claims('{"exp":1,"scope":["a"]}')).toBe("scope_invalid");
  });
});
