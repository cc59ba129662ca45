import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FOREIGN_HEADER, MAX_TOKEN_LENGTH, NESTED_HEADER, parseJws, type ParsedJws } from "./jws.ts";

const encode = (text: string): string => Buffer.from(text, "utf8").toString("base64url");
const HEADER = '{"alg":"RS256","typ" : "JWT","kid" : "a"}';
const token = (payload: string, header: string = HEADER, signature = "AAAA"): string => `${encode(header)}.${encode(payload)}.${signature}`;

function parsed(text: string): ParsedJws {
  const result = parseJws(text);
  if (typeof result === "string") throw new Error(`refused: ${result}`);
  return result;
}

describe("a well-formed token", () => {
  test("gives its header, claims, signed text and signature", () => {
    const text = token('{"sub":"a","aud":["x","y"],"nested":{"roles":["r"]}}');
    const jws = parsed(text);
    expect(jws.header).toEqual({ alg: "RS256", kid: "a", typ: "JWT", cty: undefined });
    expect(jws.payload).toEqual({ sub: "a", aud: ["x", "y"], nested: { roles: ["r"] } });
    expect(`${jws.signingInput}.${jws.signature.toString("base64url")}`).toBe(text);
  });

  test("may have white space and escapes inside its JSON, and any language in its text", () => {
    expect(parsed(token(' { "name" : "\\u00e9\\"\\\\ : é 語 😀" }\r\n')).payload["name"]).toBe('é"\\ : é 語 😀');
  });

  test("may use one member name in several objects", () => {
    expect(parsed(token('{"a":{"roles":[]},"b":{"roles":[]},"list":[{"a":1},{"a":2}]}')).payload["list"]).toHaveLength(2);
  });

  test("may have colons, quotes and braces inside its strings", () => {
    expect(parsed(token('{"a":":\\":{\\"b\\":1}","c\\":":"::"}')).payload).toEqual({ a: ':":{"b":1}', 'c":': "::" });
  });
});

describe("SEC-JOSE-19 a header that was read before", () => {
  const foreign = '{"alg":"RS256","kid":"a","x5t":"AAAA"}';
  test("is read alike", () => {
    for (let turn = 0; turn < 3; turn += 1) {
      expect(parsed(token("{}")).header).toEqual({ alg: "RS256", kid: "a", typ: "JWT", cty: undefined });
      expect(parseJws(token("{}", '{"alg":"RS256","crit":["x"]}'))).toBe("header_critical");
    }
  });
  test("by a wider profile does not count under a stricter one", () => {
    expect(parseJws(token("{}", foreign), FOREIGN_HEADER)).not.toBeTypeOf("string");
    expect(parseJws(token("{}", foreign))).toBe("header_member_not_allowed");
  });
  test("says nothing of what follows it", () => {
    expect(parseJws(token("{}"))).not.toBeTypeOf("string");
    expect(parseJws(token("[]"))).toBe("payload_not_an_object");
  });
});

describe("SEC-JOSE-01 characters and size", () => {
  const good = token('{"sub":"a"}');
  test.each([
    ["no dot", "abcd"],
    ["one dot", "abcd.abcd"],
    ["three dots", `${good}.AAAA`],
    ["five parts", `${good}.AAAA.AAAA`],
    ["a hundred thousand dots", ".".repeat(16_000)],
    ["nothing", ""],
    ["an empty header", ".e30.AAAA"],
    ["an empty payload", `${encode(HEADER)}..AAAA`],
    ["an empty signature", `${encode(HEADER)}.${encode("{}")}.`],
    ["padding", `${good}=`],
    ["a space in front", ` ${good}`],
    ["a space behind", `${good} `],
    ["a newline behind", `${good}\n`],
    ["a carriage return inside", good.replace(".", ".\r")],
    ["a plus of plain base64", good.replace("AAAA", "AA+A")],
    ["a slash of plain base64", good.replace("AAAA", "AA/A")],
    ["a brace", `{${good}`],
    ["a quote", `"${good}"`],
    ["a NUL", `${good}\u0000`],
    ["a full-width letter", good.replace("AAAA", "ＡAAA")],
    ["JSON serialization", JSON.stringify({ protected: encode(HEADER), payload: encode("{}"), signature: "AAAA" })],
  ])("SEC-JOSE-01 refuses %s", (_title, text) => {
    expect(parseJws(text)).toBe("bad_shape");
  });

  test("SEC-JOSE-01 reads a token of exactly 16 KiB and refuses one character more", () => {
    const front = token(`{"a":"${"x".repeat(9_000)}"}`, HEADER, "");
    const signature = "A".repeat(MAX_TOKEN_LENGTH - front.length);
    expect(signature.length % 4).not.toBe(1);
    expect(typeof parseJws(front + signature)).toBe("object");
    expect(parseJws(`${front}${signature}A`)).toBe("too_long");
  });
});

describe("SEC-JOSE-02 one spelling per token", () => {
  const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  test.each([
    ["the header", 0],
    ["the payload", 1],
    ["the signature", 2],
  ])("SEC-JOSE-02 refuses set trailing bits in %s", (_title, index) => {
    // Each segment ends in a letter of which two or four bits are unused.
    const segments = [encode('{"alg":"RS256" }'), encode('{"a":"b" }'), Buffer.alloc(31, 1).toString("base64url")];
    expect(typeof parseJws(segments.join("."))).toBe("object");
    const segment = segments[index] ?? "";
    const unused = { 2: 16, 3: 4 }[segment.length % 4] ?? 0;
    expect(unused).toBeGreaterThan(0);
    for (let bits = 1; bits < unused; bits++) {
      segments[index] = segment.slice(0, -1) + LETTERS[LETTERS.indexOf(segment.at(-1) ?? "") + bits];
      expect(parseJws(segments.join("."))).toBe("bad_encoding");
    }
  });

  test("SEC-JOSE-02 refuses a segment with a lone last letter", () => {
    expect(parseJws(`${token("{}")}A`)).toBe("bad_encoding");
  });

  test("SEC-JOSE-02 agrees with decoding and encoding again, for every ending", () => {
    for (const first of LETTERS) {
      for (const ending of [first, `A${first}`, `AA${first}`, `AAA${first}`]) {
        const canonical = Buffer.from(ending, "base64url").toString("base64url") === ending;
        expect(typeof parseJws(token("{}", HEADER, ending)) === "object").toBe(canonical);
      }
    }
  });
});

const nested = (depth: number): string => '{"a":'.repeat(depth - 1) + "{}" + "}".repeat(depth - 1);

describe("SEC-JOSE-03 JSON that two readers understand alike", () => {
  test.each([
    ["a duplicate name", '{"sub":"a","sub":"b"}', "payload_duplicate_member"],
    ["a duplicate name with the same value", '{"sub":"a","sub":"a"}', "payload_duplicate_member"],
    ["a duplicate name spelled with an escape", '{"sub":"a","\\u0073ub":"b"}', "payload_duplicate_member"],
    ["a duplicate name deep inside", '{"a":[{"b":{"c":1,"c":2}}]}', "payload_duplicate_member"],
    ["a duplicate object, the first larger than the second", '{"a":{"x":1,"y":2},"a":{}}', "payload_duplicate_member"],
    ["a duplicate empty name", '{"":1,"":2}', "payload_duplicate_member"],
    ["a duplicate name after a backslash", '{"a\\\\":1,"a\\\\":2}', "payload_duplicate_member"],
    ["a duplicate number-like name", '{"1":1,"1":2}', "payload_duplicate_member"],
    ["__proto__", '{"__proto__":{"admin":true}}', "payload_reserved_member"],
    ["__proto__ spelled with an escape", '{"\\u005f_proto__":1}', "payload_reserved_member"],
    ["constructor deep inside", '{"a":[{"constructor":{}}]}', "payload_reserved_member"],
    ["prototype", '{"a":{"prototype":1}}', "payload_reserved_member"],
    ["an array on top", "[]", "payload_not_an_object"],
    ["a string on top", '"a"', "payload_not_an_object"],
    ["null on top", "null", "payload_not_an_object"],
    ["a number on top", "1", "payload_not_an_object"],
    ["two objects", "{}{}", "payload_not_json"],
    ["a trailing comma", '{"a":1,}', "payload_not_json"],
    ["a comment", '{"a":1}/**/', "payload_not_json"],
    ["single quotes", "{'a':1}", "payload_not_json"],
    ["NaN", '{"a":NaN}', "payload_not_json"],
    ["a raw control character in a string", '{"a":"\u0001"}', "payload_not_json"],
    ["a byte order mark", '\ufeff{"a":1}', "payload_not_json"],
    ["a number beyond the double range", '{"a":1e400}', "payload_number_out_of_range"],
    ["such a number in an array", '{"a":[-1e400]}', "payload_number_out_of_range"],
  ])("SEC-JOSE-03 refuses %s", (_title, payload, fault) => {
    expect(parseJws(token(payload))).toBe(fault);
  });

  test.each([
    ["a cut-off character", [0xc3]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["an encoded surrogate", [0xed, 0xa0, 0x80]],
    ["a byte that is never UTF-8", [0xff]],
  ])("SEC-JOSE-03 refuses %s in the payload", (_title, bytes) => {
    const payload = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]);
    expect(parseJws(`${encode(HEADER)}.${payload.toString("base64url")}.AAAA`)).toBe("payload_not_utf8");
  });

  test("SEC-JOSE-03 reads sixteen levels and refuses seventeen", () => {
    expect(typeof parseJws(token(nested(16)))).toBe("object");
    expect(parseJws(token(nested(17)))).toBe("payload_too_deep");
    expect(parseJws(token(`{"a":${"[".repeat(16)}${"]".repeat(16)}}`))).toBe("payload_too_deep");
    expect(parseJws(token(`{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`))).toBe("payload_too_deep");
  });

  test("SEC-JOSE-03 claims inherit nothing, at any depth", () => {
    const { payload } = parsed(token('{"resource_access":{"a":{"roles":[]}}}'));
    expect(payload["toString"]).toBeUndefined();
    expect((payload["resource_access"] as Record<string, unknown>)["hasOwnProperty"]).toBeUndefined();
    expect(Object.getPrototypeOf(payload["resource_access"])).toBeNull();
  });

  test("SEC-JOSE-03 holds for the header too", () => {
    expect(parseJws(token("{}", '{"alg":"RS256","alg":"none"}'))).toBe("header_duplicate_member");
    expect(parseJws(token("{}", "[]"))).toBe("header_not_an_object");
    expect(parseJws(token("{}", "no"))).toBe("header_not_json");
  });
});

describe("SEC-JOSE-06 header members", () => {
  test.each([
    ["crit", '"crit":["b64"],"b64":false', "header_critical"],
    ["an empty crit", '"crit":[]', "header_critical"],
    ["jku", '"jku":"https://attacker.example/keys"', "header_member_not_allowed"],
    ["x5u", '"x5u":"https://attacker.example/cert"', "header_member_not_allowed"],
    ["x5c", '"x5c":["AAAA"]', "header_member_not_allowed"],
    ["jwk", '"jwk":{"kty":"oct","k":"AAAA"}', "header_member_not_allowed"],
    ["x5t", '"x5t":"AAAA"', "header_member_not_allowed"],
    ["zip", '"zip":"DEF"', "header_member_not_allowed"],
    ["b64", '"b64":false', "header_member_not_allowed"],
    ["cty outside nested tokens", '"cty":"JWT"', "header_member_not_allowed"],
    ["a member of another letter case", '"ALG":"none"', "header_member_not_allowed"],
    ["a kid that is a number", '"kid":1', "header_value"],
    ["a kid that is an array", '"kid":["a"]', "header_value"],
    ["a kid that is null", '"kid":null', "header_value"],
    ["an empty kid", '"kid":""', "header_value"],
    ["a kid of 10 KB", `"kid":"${"k".repeat(10_000)}"`, "header_value"],
    ["a kid with a NUL", '"kid":"a\\u0000b"', "header_value"],
    ["a kid with half a character", '"kid":"\\ud800"', "header_value"],
    ["a typ that is no string", '"typ":true', "header_value"],
  ])("SEC-JOSE-06 refuses %s", (_title, member, fault) => {
    expect(parseJws(token("{}", `{"alg":"RS256",${member}}`))).toBe(fault);
  });

  test.each(["{}", '{"alg":null}', '{"alg":""}', '{"alg":["RS256"]}', '{"typ":"JWT"}'])(
    "SEC-JOSE-06 refuses the header %s without a usable alg",
    (header) => {
      expect(parseJws(token("{}", header))).toBe("header_value");
    },
  );

  test("SEC-JOSE-06 cty is read in nested tokens only", () => {
    expect(parseJws(token("{}", '{"alg":"RS256","cty":"JWT"}'), NESTED_HEADER)).toMatchObject({ header: { cty: "JWT" } });
  });

  test("SEC-JOSE-06 tokens of outside providers may carry thumbprints, never keys or places to fetch them", () => {
    expect(parseJws(token("{}", '{"alg":"RS256","kid":"a","x5t":"AAAA","nonce":"n"}'), FOREIGN_HEADER)).toMatchObject({
      header: { alg: "RS256", kid: "a" },
    });
    for (const member of ['"jku":"x"', '"x5u":"x"', '"x5c":["x"]', '"jwk":{}', '"zip":"DEF"', '"b64":false', '"enc":"A128GCM"']) {
      expect(parseJws(token("{}", `{"alg":"RS256",${member}}`), FOREIGN_HEADER)).toBe("header_member_not_allowed");
    }
    expect(parseJws(token("{}", '{"alg":"RS256","crit":["x"],"x":1}'), FOREIGN_HEADER)).toBe("header_critical");
  });
});

describe("any input", () => {
  test("is a token or a fault, never an error", () => {
    const segment = fc.oneof(fc.base64String(), fc.string({ unit: "binary" }), fc.json().map(encode), fc.constant(encode(HEADER)));
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 4 }), (segments) => {
        const result = parseJws(segments.join("."));
        expect(typeof result === "string" || result.header.alg.length > 0).toBe(true);
      }),
    );
  });

  const NAMES = new Set(["__proto__", "constructor", "prototype"]);
  const claims = fc.dictionary(
    fc.string({ unit: "binary" }).filter((name) => !NAMES.has(name)),
    fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string())),
  );

  test("SEC-JOSE-03 every object that JSON can say once comes out as it went in", () => {
    fc.assert(
      fc.property(claims, (object) => {
        expect(parsed(token(JSON.stringify(object))).payload).toEqual({ ...object });
      }),
    );
  });

  test("SEC-JOSE-03 an object with one member written twice is always refused", () => {
    fc.assert(
      fc.property(claims, fc.nat(), (object, pick) => {
        const names = Object.keys(object);
        fc.pre(names.length > 0);
        const name = names[pick % names.length] ?? "";
        const text = JSON.stringify({ outer: [object] }).replace(/\}\]\}$/, `,${JSON.stringify(name)}:0}]}`);
        expect(parseJws(token(text))).toBe("payload_duplicate_member");
      }),
    );
  });
});
