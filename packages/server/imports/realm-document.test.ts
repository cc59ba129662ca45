import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { ImportError } from "./import-error.ts";
import { type DocumentPart, fileDocument, findText, realmDocuments } from "./realm-document.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cambist-file-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(text: string | Buffer): Promise<string> {
  const path = join(folder, "r.json");
  await writeFile(path, text);
  return path;
}
async function all(parts: AsyncIterable<DocumentPart>): Promise<DocumentPart[]> {
  const list: DocumentPart[] = [];
  for await (const part of parts) list.push(part);
  return list;
}
async function read(path: string, environment?: (name: string) => string | undefined): Promise<DocumentPart[]> {
  return all(fileDocument(path, { environment }).parts((member) => (member === "users" || member === "clients" ? "elements" : "whole")));
}
const failure = async (text: string | Buffer): Promise<ImportError> => {
  const error = await read(await file(text)).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ImportError);
  return error as ImportError;
};

test("each part comes with its place", async () => {
  const parts = await read(await file('{"realm":"r","users":[{"username":"a"},{"username":"b"}]}'));
  expect(parts.map(({ path, value }) => [path, value])).toEqual([
    ["realm", "r"],
    ["users[0]", { username: "a" }],
    ["users[1]", { username: "b" }],
  ]);
});

test("a byte order mark is passed over", async () => {
  expect(await read(await file('\uFEFF{"realm":"r"}'))).toHaveLength(1);
});

test("the fault of a malformed file has a place, a line and a cause, and shows nothing of the file", async () => {
  const error = await failure(
    '{\n "realm": "r",\n "clients": [\n  {"clientId": "a"},\n  {"secret": "hunter2", "attributes": {"x" "hunter3"}}\n ]\n}',
  );
  expect(error.message).toBe("r.json: clients[1].attributes.x: a colon should be here (line 5)");
  expect(error).toMatchObject({ file: "r.json", path: "clients[1].attributes.x", reason: "a colon should be here (line 5)" });
});

test.each([
  ["a truncated file", '{"realm":"r","users":[{"username":"a"', "r.json: users: the file ends inside this member (line 1)"],
  [
    "a member twice inside an object",
    '{"realm":"r",\n"users":[{"username":"a","username":"b"}]}',
    "r.json: users[0].username: this member is there twice (line 2)",
  ],
  ["a member twice at the top", '{"realm":"r",\n\n"realm":"s"}', "r.json: realm: this member is there twice (line 3)"],
  ["a reserved name", '{"attributes":{"__proto__":"x"}}', "r.json: attributes.__proto__: this member name is reserved (line 1)"],
  ["an empty file", "", "r.json: the file ends too early (line 1)"],
  ["something else", "PK\u0003\u0004", "r.json: a realm file is a JSON object, or an array of them (line 1)"],
])("%s", async (_title, text, message) => {
  expect((await failure(text)).message).toBe(message);
});

test("bytes that are not UTF-8 are refused", async () => {
  const error = await failure(Buffer.concat([Buffer.from('{"realm":"'), Buffer.of(0xff), Buffer.from('"}')]));
  expect(error.message).toBe("r.json: realm: this is not UTF-8 (line 1)");
});

test("a file that is not there, and a folder, are clear errors", async () => {
  await expect(read(join(folder, "none.json"))).rejects.toThrow("none.json: the file cannot be read");
  await expect(read(folder)).rejects.toThrow(ImportError);
});

test("placeholders are replaced before the text is read", async () => {
  const path = await file('{"realm":"${NAME}","enabled":${ENABLED:true},"displayName":"${displayName}"}');
  const parts = await read(path, (name) => (name === "NAME" ? "acme" : undefined));
  expect(parts.map(({ value }) => value)).toEqual(["acme", true, "${displayName}"]);
});

test("a placeholder that leaves bad JSON is a fault without the value", async () => {
  const path = await file('{"realm":"r","enabled":${SECRET}}');
  await expect(read(path, () => "hunter2")).rejects.toThrow("r.json: enabled: a value should be here");
});

test("a file may hold several realms", async () => {
  const documents = await realmDocuments(await file(' [{"realm":"a","users":[{"username":"u"}]},{"realm":"b"}]'));
  expect(await Promise.all(documents.map((document) => findText(document, "realm")))).toEqual(["a", "b"]);
  const [first] = documents;
  if (!first) throw new Error("no document");
  const [user] = await all(first.parts((member) => (member === "users" ? "elements" : "skip")));
  expect(user).toMatchObject({ path: "[0].users[0]", value: { username: "u" } });
});

test("an element that is no realm, and a fault inside one, are named", async () => {
  await expect(realmDocuments(await file('[{"realm":"a"},3]'))).rejects.toThrow("r.json: [1]: a realm should be here");
  await expect(realmDocuments(await file('[{"realm":"a","x":}]'))).rejects.toThrow("r.json: [0].x: a value should be here");
});
