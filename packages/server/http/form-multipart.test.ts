import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMultipart } from "./multipart.ts";

const TYPE = "multipart/form-data; boundary=mark";
const part = (name: string, value: string, more = ""): string =>
  `--mark\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
const read = (body: string, type = TYPE) => parseMultipart(Buffer.from(body, "utf8"), type);

test("text fields in their order, whatever they hold", () => {
  expect(read(`${part("a", "1")}${part("b", "x\r\ny")}${part("a", "")}--mark--\r\n`)).toEqual([
    ["a", "1"],
    ["b", "x\r\ny"],
    ["a", ""],
  ]);
});

test("files are read as text, further headers are passed over", () =>
  expect(read(`${part("a", "1", '; filename="x.txt"\r\nContent-Type: text/plain')}--mark--`)).toEqual([["a", "1"]]));

test.each(['multipart/form-data; boundary="mark"', "multipart/form-data; charset=utf-8; BOUNDARY=mark"])("%s", (type) =>
  expect(read(`${part("a", "1")}--mark--`, type)).toEqual([["a", "1"]]),
);

const parts = (count: number): string => Array.from({ length: count }, (_, index) => part(`p${index}`, "")).join("");

describe("what is not what it says is refused", () => {
  test.each([
    ["no boundary", `${part("a", "1")}--mark--`, "multipart/form-data"],
    ["another boundary", `${part("a", "1")}--mark--`, "multipart/form-data; boundary=other"],
    ["no end", part("a", "1"), TYPE],
    ["a part without a name", "--mark\r\nContent-Disposition: form-data\r\n\r\n1\r\n--mark--", TYPE],
    ["a part without a body", '--mark\r\nContent-Disposition: form-data; name="a"\r\n--mark--', TYPE],
    ["nothing", "", TYPE],
    ["another kind of body", "a=1&b=2", TYPE],
  ])("%s", (_title, body, type) => expect(read(body, type)).toBeUndefined());

  test("SEC-DOS-01 more than 200 parts", () => {
    expect(read(`${parts(200)}--mark--`)).toHaveLength(200);
    expect(read(`${parts(201)}--mark--`)).toBeUndefined();
  });
});

test("any body ends in fields or a refusal, and what a client writes comes back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.string({ maxLength: 40 }), (body, type) => {
      const fields = parseMultipart(Buffer.from(body), `multipart/form-data; boundary=${type}`);
      return fields === undefined || Array.isArray(fields);
    }),
  );
  const name = fc.string({ maxLength: 8, unit: fc.constantFrom("a", "b", "_", "é") });
  const value = fc.string({ maxLength: 20, unit: "grapheme" }).map((text) => text.toWellFormed().replaceAll("--mark", ""));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 5 }), (pairs) => {
      expect(read(`${pairs.map(([key, text]) => part(key, text)).join("")}--mark--`)).toEqual(pairs);
    }),
  );
});
