import * as fc from "fast-check";
import { expect, test } from "vitest";

import { replacePlaceholders } from "./placeholders.ts";

const environment = (name: string): string | undefined =>
  ({ HOST: "idp.example.com", EMPTY: "", LIFESPAN: "600", QUOTED: 'a"b\\c\n' })[name];
const replace = (json: string): string => replacePlaceholders(json, environment);

test("a name that is set is replaced, anywhere in a string", () => {
  expect(replace('{"url":"https://${HOST}/x"}')).toBe('{"url":"https://idp.example.com/x"}');
  expect(replace('"${EMPTY}"')).toBe('""');
});

test("a default stands in for a name that is not set", () => {
  expect(replace('"${PORT:8080}"')).toBe('"8080"');
  expect(replace('"${HOST:other}"')).toBe('"idp.example.com"');
  expect(replace('"${PORT:}"')).toBe('""');
  expect(replace('"${URL:http://localhost:1}"')).toBe('"http://localhost:1"');
});

test("a name that is not set and has no default stays, as Keycloak's own texts do", () => {
  const text = '{"name":"${client_account}","rootUrl":"${authBaseUrl}","secret":"${vault.key}"}';
  expect(replace(text)).toBe(text);
});

test("outside strings a value is JSON itself", () => {
  expect(JSON.parse(replace('{"enabled":${ENABLED:true},"accessTokenLifespan":${LIFESPAN}}'))).toEqual({
    enabled: true,
    accessTokenLifespan: 600,
  });
});

test("no value can end the string it stands in", () => {
  expect(JSON.parse(replace('{"a":"${QUOTED}"}'))).toEqual({ a: 'a"b\\c\n' });
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string(), (value, before) => {
      const json = JSON.stringify({ [before]: before, x: "<${X}>" });
      expect(JSON.parse(replacePlaceholders(json, (name) => (name === "X" ? value : undefined)))).toEqual({
        [before]: before,
        x: `<${value}>`,
      });
    }),
  );
});

test("what is replaced is not looked at again", () => {
  expect(replacePlaceholders('"${A}"', (name) => (name === "A" ? "${B}" : "no"))).toBe('"${B}"');
});

test.each(["${}", "${:x}", "$X", "${A", "${A\\u0022}", "{A}"])("%s is no placeholder", (text) => {
  expect(replacePlaceholders(JSON.stringify(text), () => "set")).toBe(JSON.stringify(text));
});
