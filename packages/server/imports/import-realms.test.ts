import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, test } from "vitest";

import type { Task } from "../cli/progress.ts";
import type { ImportedRealm } from "./import-realm.ts";
import { importRealms, type ImportRun, type ImportVoice } from "./import-realms.ts";
import { box, fixture, FIXTURES, tools } from "./testing/import-testing.ts";
import { type TempStore, tempStore, Voice } from "./testing/temp-store.ts";

const run = (temp: TempStore, path: string, override = false, voice = new Voice()): Promise<ImportRun> =>
  importRealms(temp.store, path, tools, { override, environment: (name) => (name === "ACME_NAME" ? "acme" : undefined) }, voice);

async function put(temp: TempStore, name: string, content: unknown): Promise<string> {
  const path = join(temp.files, name);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}
const names = async (temp: TempStore): Promise<readonly string[]> => (await temp.store.reader.config.realmNames()).toSorted();
async function realmId(temp: TempStore, name: string): Promise<string> {
  const id = await temp.store.reader.config.findRealmIdByName(name);
  if (id === undefined) throw new Error(`there is no realm ${name}`);
  return id;
}
const byName = ({ imported }: ImportRun): readonly string[] => imported.map((one: ImportedRealm) => one.realm);

test("all exports of a folder are stored, master first, and read back with their references", async () => {
  await using temp = await tempStore();
  for (const realm of FIXTURES) await copyFile(fixture(realm), join(temp.files, `${realm}-realm.json`));
  const result = await run(temp, temp.files);
  expect(result.failures).toEqual([]);
  expect(byName(result)[0]).toBe("master");
  expect(await names(temp)).toEqual([...FIXTURES].toSorted());

  const id = await realmId(temp, "apixion");
  const rows = await temp.store.reader.config.loadRealm(id);
  const role = (name: string) => rows?.roles.find((row) => row.name === name && row.clientUuid === undefined)?.id;
  expect(rows?.composites.filter(([parent]) => parent === role("default-roles-apixion"))).toHaveLength(4);
  const [authorization] = rows?.authorization ?? [];
  const portal = await temp.store.reader.config.findClientByClientId(id, "portal");
  expect(authorization?.policies.find(({ name }) => name === "portal may exchange")?.representation).toEqual({
    config: { clients: JSON.stringify([portal?.id]) },
  });
  const user = await temp.store.reader.state.findUserByUsername(id, "developer-123@apixion");
  expect(user?.roleIds).toHaveLength(6);
  expect(await temp.store.reader.state.passwordCredentials(id, user?.id ?? "")).toHaveLength(1);
  expect((await temp.store.reader.state.findServiceAccount(id, portal?.id ?? ""))?.username).toBe("service-account-portal");
});

test("secrets of the files are nowhere in the database in plain", async () => {
  await using temp = await tempStore();
  await put(temp, "r.json", {
    realm: "r",
    smtpServer: { host: "mail", password: "plain-mail-password" },
    clients: [{ clientId: "c", secret: "plain-client-secret", attributes: { "saml.signing.private.key": "plain-saml-key" } }],
    identityProviders: [{ alias: "i", providerId: "oidc", config: { clientSecret: "plain-provider-secret" } }],
    users: [
      {
        username: "u",
        credentials: [{ value: "plain-password" }, { type: "otp", secretData: '{"value":"plain-otp-seed"}', credentialData: "{}" }],
      },
    ],
  });
  for (const realm of FIXTURES) await copyFile(fixture(realm), join(temp.files, `${realm}-realm.json`));
  expect((await run(temp, temp.files)).failures).toEqual([]);

  const stored = await Promise.all((await readdir(temp.data)).map((name) => readFile(join(temp.data, name))));
  const { components } = JSON.parse(await readFile(fixture("apixion"), "utf8")) as {
    components: Record<string, { config: Record<string, string[]> }[]>;
  };
  const keys = (components["org.keycloak.keys.KeyProvider"] ?? []).flatMap(({ config }) => [
    config["privateKey"]?.[0],
    config["secret"]?.[0],
  ]);
  const secrets = ["portal-secret", "broker-secret", "plain-", ...keys.filter((key) => key !== undefined)];
  expect(secrets.length).toBeGreaterThan(6);
  for (const secret of secrets) {
    for (const bytes of stored) expect(bytes.includes(secret)).toBe(false);
  }
  // The same search finds what is not secret.
  expect(stored.some((bytes) => bytes.includes("service-account-portal"))).toBe(true);
});

test("SEC-DB-05 a sealed secret of one client does not open in another client's row", async () => {
  await using temp = await tempStore();
  await run(temp, fixture("apixion"));
  const id = await realmId(temp, "apixion");
  const [portal, backend] = await Promise.all(["portal", "backend"].map((name) => temp.store.reader.config.findClientByClientId(id, name)));
  const place = (row: string) => ({ table: "client", realm: id, row, column: "secret" });
  expect(box.open(portal?.sealedSecret ?? "", place(portal?.id ?? ""))).toBe("portal-secret");
  expect(() => box.open(portal?.sealedSecret ?? "", place(backend?.id ?? ""))).toThrow("does not open");
});

test("a realm that exists stays as it is, and is replaced when that is asked for", async () => {
  await using temp = await tempStore();
  const voice = new Voice();
  const file = await put(temp, "r.json", { realm: "r", enabled: true, users: [{ username: "first" }] });
  expect(byName(await run(temp, file))).toEqual(["r"]);
  const id = await realmId(temp, "r");
  await put(temp, "r.json", { realm: "r", enabled: false, users: [{ username: "second" }] });

  expect(await run(temp, file, false, voice)).toMatchObject({ imported: [], skipped: ["r"], failures: [] });
  expect(await realmId(temp, "r")).toBe(id);
  expect(voice.lines).toEqual(["info Realm r exists and stays as it is (r.json)"]);

  expect(byName(await run(temp, file, true, voice))).toEqual(["r"]);
  const replaced = await realmId(temp, "r");
  expect(replaced).not.toBe(id);
  expect(voice.lines[1]).toMatch(/^info Realm r replaced from r\.json: 6 clients, 1 users, \d+\.\d s$/);
  expect(await temp.store.reader.state.findUserByUsername(replaced, "first")).toBeUndefined();
  expect((await temp.store.reader.state.findUserByUsername(replaced, "second"))?.username).toBe("second");
});

test("a replacement that fails leaves the realm as it was", async () => {
  await using temp = await tempStore();
  const file = await put(temp, "r.json", { realm: "r", users: [{ username: "first" }] });
  await run(temp, file);
  const id = await realmId(temp, "r");
  await put(temp, "r.json", { realm: "r", users: [{ username: "second" }, { username: "third", groups: ["/none"] }] });
  const { failures } = await run(temp, file, true);
  expect(failures.map(({ message }) => message)).toEqual(['r.json: users[1].groups: there is no group "/none"']);
  expect(await realmId(temp, "r")).toBe(id);
  expect(await temp.store.reader.state.findUserByUsername(id, "first")).toBeDefined();
});

test("ids that another realm uses refuse the file as a whole", async () => {
  await using temp = await tempStore();
  await run(temp, fixture("apixion"));
  const copy = { ...(JSON.parse(await readFile(fixture("apixion"), "utf8")) as object), realm: "copy" };
  const { failures } = await run(temp, await put(temp, "copy.json", copy));
  expect(failures).toHaveLength(1);
  expect(failures[0]?.message).toMatch(/^copy\.json: .*6cb11d10-d2d6-4155-93bb-daa15119e06c/);
  expect(await names(temp)).toEqual(["apixion"]);
});

test("two users of one name refuse the file", async () => {
  await using temp = await tempStore();
  const { failures } = await run(temp, await put(temp, "r.json", { realm: "r", users: [{ username: "u" }, { username: "U" }] }));
  expect(failures[0]?.message).toMatch(/^r\.json: .*\bu\b/);
  expect(await names(temp)).toEqual([]);
});

test("a folder as Keycloak exports it: users in files beside the realm", async () => {
  await using temp = await tempStore();
  const voice = new Voice();
  await put(temp, "acme-realm.json", { realm: "${ACME_NAME}", enabled: true, registrationEmailAsUsername: true });
  await put(temp, "acme-users-0.json", { realm: "${ACME_NAME}", users: [{ username: "u0" }, { email: "U1@example.com" }] });
  await put(temp, "acme-users-10.json", { realm: "acme", users: [{ username: "u10" }] });
  await put(temp, "acme-federated-users-0.json", { realm: "acme", federatedUsers: [] });
  await put(temp, "lost-users-0.json", { realm: "lost", users: [] });
  await put(temp, "notes.txt", "no realm");
  const result = await run(temp, temp.files, false, voice);
  expect([byName(result), result.failures]).toEqual([["acme"], []]);
  const id = await realmId(temp, "acme");
  for (const name of ["u0", "u1@example.com", "u10"]) expect(await temp.store.reader.state.findUserByUsername(id, name)).toBeDefined();
  expect(voice.lines.filter((line) => line.startsWith("warn"))).toEqual([
    "warn acme-federated-users-0.json holds users of other stores and is left out",
    "warn lost-users-0.json has no realm file beside it and is left out",
  ]);
});

test("a bad file of a folder does not keep the others out, and says what is wrong", async () => {
  await using temp = await tempStore();
  const voice = new Voice();
  await put(temp, "a.json", '{"realm":"a","users":[{"username":"u"');
  await put(temp, "b.json", { realm: "b" });
  await put(temp, "b-again.json", { realm: "b" });
  await put(temp, "c.json", { something: "else" });
  await put(temp, "d-users-0.json", { realm: "other", users: [] });
  await put(temp, "d.json", { realm: "d" });
  const { failures } = await run(temp, temp.files, false, voice);
  expect(await names(temp)).toEqual(["b"]);
  expect(failures.map(({ message }) => message).toSorted()).toEqual([
    "a.json: users: the file ends inside this member (line 1)",
    "b.json: realm: this realm is in b-again.json as well",
    "c.json: realm: a realm file names its realm here",
    "d-users-0.json: realm: these users belong to another realm than the file beside it",
  ]);
  expect(voice.lines.filter((line) => line.startsWith("error"))).toHaveLength(4);
});

test("without master nothing else is imported: it could not be administered", async () => {
  await using temp = await tempStore();
  await put(temp, "a.json", { realm: "a" });
  await put(temp, "z.json", { realm: "master", clients: [{}] });
  const { failures } = await run(temp, temp.files);
  expect(failures).toHaveLength(1);
  expect(await names(temp)).toEqual([]);
});

test("master gets a client for each realm, whichever comes first", async () => {
  await using temp = await tempStore();
  await run(temp, await put(temp, "a.json", { realm: "a" }));
  await run(temp, await put(temp, "master.json", { realm: "master" }));
  await run(temp, await put(temp, "b.json", { realm: "b" }));
  const master = await realmId(temp, "master");
  const rows = await temp.store.reader.config.loadRealm(master);
  for (const clientId of ["master-realm", "a-realm", "b-realm"]) {
    const client = await temp.store.reader.config.findClientByClientId(master, clientId);
    expect(client?.ownRoles).toHaveLength(18);
    const admin = rows?.roles.find(({ name }) => name === "admin")?.id;
    const contained = rows?.composites.filter(([parent, child]) => parent === admin && client?.ownRoles.includes(child));
    expect(contained).toHaveLength(18);
  }
});

test("several realms in one file", async () => {
  await using temp = await tempStore();
  expect(byName(await run(temp, await put(temp, "all.json", [{ realm: "x" }, { realm: "y" }])))).toEqual(["x", "y"]);
});

test("what was read of a realm's files is the measure of its progress", async () => {
  await using temp = await tempStore();
  const steps: (readonly [number, Readonly<Record<string, number>>])[] = [];
  const begun: Task[] = [];
  const voice: ImportVoice = Object.assign(new Voice(), {
    begin: (task: Task) => {
      begun.push(task);
      return { reach: (done: number, counts: Readonly<Record<string, number>>) => void steps.push([done, counts]), end: () => {} };
    },
  });
  const main = JSON.stringify({ realm: "r", clients: [{ clientId: "c" }] });
  const users = JSON.stringify({ realm: "r", users: Array.from({ length: 250 }, (_, index) => ({ username: `u${index}` })) });
  await put(temp, "r-realm.json", main);
  await put(temp, "r-users-0.json", users);
  await importRealms(temp.store, temp.files, tools, { override: false, environment: () => undefined }, voice);
  const total = 2 * main.length + users.length;
  expect(begun).toEqual([{ label: "Realm r", total }]);
  expect(steps.length).toBeGreaterThan(3);
  expect(steps.at(-1)).toEqual([total, { clients: 7, users: 250 }]);
});

test("a path that is not there is an error, an empty folder a warning", async () => {
  await using temp = await tempStore();
  const voice = new Voice();
  await expect(run(temp, join(temp.files, "none"))).rejects.toThrow("none: there is no such file or folder");
  await run(temp, temp.files, false, voice);
  expect(voice.lines).toEqual([`warn There is no realm file in ${temp.files}`]);
});
