import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openReader } from "@cambist/store/reader.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CommandFailure } from "../cli/command-failure.ts";
import { readConfig } from "../config/read-config.ts";
import { exportContext, type ExportSource } from "../exports/export-context.ts";
import { realmParts } from "../exports/realm-parts.ts";
import { SecretBox } from "../secrets/secret-box.ts";
import { loadSecretKey } from "../secrets/secret-key.ts";
import { adminOf, masterRealm, type TestAdmin } from "../testing/admin.ts";
import { testServer, type TestServer } from "../testing/test-server.ts";
import { migrateCommand } from "./command.ts";

type Json = Readonly<Record<string, unknown>>;

const PASSWORD = "a-password-of-alice";
/** Something of every kind that a migration carries. */
const ACME: Json = {
  realm: "acme",
  enabled: true,
  organizationsEnabled: true,
  accessTokenLifespan: 300,
  // An import writes these among the attributes too.
  clientSessionIdleTimeout: 1200,
  clientSessionMaxLifespan: 0,
  clientOfflineSessionIdleTimeout: 0,
  clientOfflineSessionMaxLifespan: 0,
  eventsListeners: ["jboss-logging", "kafka"],
  smtpServer: { host: "mail.example.com", from: "sso@example.com", auth: "true", user: "sso", password: "smtp-secret" },
  roles: { realm: [{ name: "buyer" }, { name: "staff", composites: { realm: ["buyer"] } }], client: { shop: [{ name: "clerk" }] } },
  groups: [{ name: "sales", realmRoles: ["buyer"], subGroups: [{ name: "north", clientRoles: { shop: ["clerk"] } }] }],
  clients: [
    {
      clientId: "shop",
      secret: "shop-secret",
      serviceAccountsEnabled: true,
      fullScopeAllowed: false,
      attributes: { "access.token.lifespan": "900" },
    },
    { clientId: "web", publicClient: true, redirectUris: ["https://*"] },
    {
      clientId: "odd",
      secret: "odd-secret",
      standardFlowEnabled: false,
      protocolMappers: [{ name: "home-made", protocol: "openid-connect", protocolMapper: "oidc-home-made-mapper", config: {} }],
    },
  ],
  identityProviders: [
    {
      alias: "partner",
      providerId: "oidc",
      enabled: true,
      organizationId: "globex-id",
      config: { clientId: "acme", clientSecret: "partner-secret" },
    },
  ],
  users: [
    {
      username: "alice",
      enabled: true,
      email: "alice@example.com",
      realmRoles: ["default-roles-acme", "staff"],
      clientRoles: { shop: ["clerk"] },
      groups: ["/sales/north"],
      credentials: [{ type: "password", value: PASSWORD }],
      federatedIdentities: [{ identityProvider: "partner", userId: "p-1", userName: "alice-at-partner" }],
    },
    {
      username: "bob",
      enabled: true,
      realmRoles: ["default-roles-acme"],
      groups: ["/sales"],
      credentials: [{ type: "password", value: "bobs" }],
    },
    { username: "carol", enabled: false, attributes: { locale: ["de"] } },
  ],
  organizations: [
    { id: "globex-id", name: "globex", domains: [{ name: "globex.com" }], members: [{ username: "bob", membershipType: "UNMANAGED" }] },
  ],
};
const SECRETS = ["a-password-of-alice", "smtp-secret", "shop-secret", "odd-secret", "partner-secret", "the-admins-password"];

let folder: string;
let server: TestServer;
let admin: TestAdmin;
let url: string;
const at = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "cambist-migrate-test-"));
  server = await testServer([
    masterRealm({
      users: [
        { username: "admin", enabled: true, realmRoles: ["admin"], credentials: [{ type: "password", value: "the-admins-password" }] },
      ],
    }),
    ACME,
  ]);
  url = await server.app.listen({ port: 0, host: "127.0.0.1" });
  admin = await adminOf(server, { password: "the-admins-password" });
  writeFileSync(at("acme-realm.json"), JSON.stringify(await whole({ store: server.store.reader.admin, secrets: server.services.secrets })));
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** A realm as a full export has it. */
async function whole(source: Omit<ExportSource, "realm">, name = "acme"): Promise<Record<string, unknown>> {
  const realm = (await source.store.realms()).find((row) => row.name === name);
  if (!realm) throw new Error(`there is no realm ${name}`);
  const members: Record<string, unknown> = {};
  const context = await exportContext({ ...source, realm }, true);
  for await (const part of realmParts(context, { clients: true, groupsAndRoles: true, users: "all" })) {
    if ("value" in part) members[part.member] = part.value;
    else {
      const elements: unknown[] = [];
      for await (const element of part.elements) elements.push(element);
      members[part.member] = elements;
    }
  }
  return JSON.parse(JSON.stringify(members)) as Record<string, unknown>;
}

async function arrived(data = at("data"), realm = "acme"): Promise<Record<string, unknown>> {
  const reader = await openReader(data);
  try {
    return await whole({ store: reader.admin, secrets: new SecretBox(await loadSecretKey(join(data, "secret.key"))) }, realm);
  } finally {
    await reader.close();
  }
}

async function migrate(args: readonly string[] = [], env: Readonly<Record<string, string>> = { KC_CLI_PASSWORD: "the-admins-password" }) {
  const argv = ["migrate", `--from=${url}`, `--export=${folder}/acme-realm.json`, `--data=${at("data")}`, ...args];
  const { config, migrateArguments } = readConfig({ argv, env, cwd: "/", installDir: "/", readFile: () => undefined });
  const written = { out: "", err: "" };
  const io = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
    signal: new AbortController().signal,
  };
  let code: number;
  try {
    code = await migrateCommand(config, migrateArguments, io);
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    code = error.exitCode;
    written.err += error.message;
  }
  for (const secret of SECRETS) expect(written.out + written.err).not.toContain(secret);
  return { code, ...written };
}

const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, one]) => [name, sorted(one)]),
        )
      : value;

describe("a realm that is taken over", () => {
  test("is the one that the server has, secrets, keys, hashes, links and members included", async () => {
    const before = await whole({ store: server.store.reader.admin, secrets: server.services.secrets });
    const { code, out } = await migrate();
    expect(out).toMatch(/^Realm "acme" read from http:\S+: 9 clients, 3 users and 1 service account$/m);
    expect(out).toMatch(/^Realm acme imported from acme-realm\.json: 9 clients, 4 users/m);
    expect(code).toBe(0);
    expect(sorted(await arrived())).toEqual(sorted(before));
    expect(JSON.stringify(before)).toContain("partner-secret");
  });

  test("leaves no file behind but the data folder's own", async () => {
    await migrate();
    expect(readdirSync(at("data")).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("is as it is now, not as it was exported; what changed is said", async () => {
    const alice = (await admin.get("/acme/users?username=alice&exact=true")).json<readonly { id: string }[]>()[0]?.id ?? "";
    const bob = (await admin.get("/acme/users?username=bob&exact=true")).json<readonly { id: string }[]>()[0]?.id ?? "";
    const shop = (await admin.get("/acme/clients?clientId=shop")).json<readonly { id: string }[]>()[0]?.id ?? "";
    expect((await admin.put(`/acme/users/${alice}`, { firstName: "Alice", email: "alice@acme.example" })).statusCode).toBe(204);
    expect((await admin.delete(`/acme/users/${bob}`)).statusCode).toBe(204);
    await admin.create("/acme/users", { username: "bob", enabled: true });
    await admin.create("/acme/users", { username: "dave", enabled: true });
    const { value } = (await admin.post(`/acme/clients/${shop}/client-secret`)).json<{ value: string }>();
    const { code, out } = await migrate();
    expect(code).toBe(0);
    expect(out).toContain("  users that the export does not have: they have no password until they get one: 2: bob, dave\n");
    expect(out).toContain("  users of the export that are gone from the server, not taken over: bob\n");
    expect(out).toContain("  clients whose secret is another than in the export, the server's is taken: shop\n");
    expect(out).not.toContain(value);
    const { users, clients } = (await arrived()) as { users: readonly Json[]; clients: readonly Json[] };
    const named = (username: string): Json => users.find((user) => user["username"] === username) ?? {};
    expect(named("alice")).toMatchObject({ firstName: "Alice", email: "alice@acme.example", credentials: [{ type: "password" }] });
    expect(named("bob")).toMatchObject({ credentials: [] });
    expect(clients.find(({ clientId }) => clientId === "shop")).toMatchObject({ secret: value });
  });

  test("has the consents that are at the server now, where some client needs consent", async () => {
    const consent = {
      clientId: "asks",
      grantedClientScopes: ["email"],
      createdDate: 1_700_000_000_000,
      lastUpdatedDate: 1_700_000_000_001,
    };
    const people = {
      alice: { id: "alice-id", username: "alice", enabled: true },
      dora: { id: "dora-id", username: "dora", enabled: true },
    };
    const clients = [{ clientId: "asks", publicClient: true, consentRequired: true }];
    const askers = { id: "askers-id", realm: "askers", enabled: true, clients };
    const users = [people.alice, { ...people.dora, clientConsents: [consent] }];
    expect((await admin.post("", { ...askers, users })).statusCode).toBe(201);
    // Since the export alice has taken hers back, and dora has given hers.
    writeFileSync(at("askers.json"), JSON.stringify({ ...askers, users: [{ ...people.alice, clientConsents: [consent] }, people.dora] }));
    expect((await migrate([`--export=${at("askers.json")}`])).code).toBe(0);
    const { users: after } = (await arrived(at("data"), "askers")) as { users: readonly Json[] };
    const consentsOf = (name: string) => after.find(({ username }) => username === name)?.["clientConsents"] ?? [];
    expect(consentsOf("alice")).toEqual([]);
    expect(consentsOf("dora")).toEqual([consent]);
  });

  test("keeps the consents of the export where no client needs any: nobody is asked for them", async () => {
    const consent = { clientId: "shop", grantedClientScopes: ["email"], createdDate: 1_700_000_000_000 };
    const exported = JSON.parse(readFileSync(at("acme-realm.json"), "utf8")) as { users: Json[] };
    const users = exported.users.map((user) => (user["username"] === "alice" ? { ...user, clientConsents: [consent] } : user));
    writeFileSync(at("acme-realm.json"), JSON.stringify({ ...exported, users }));
    expect((await migrate()).code).toBe(0);
    const alice = ((await arrived()) as { users: readonly Json[] }).users.find(({ username }) => username === "alice");
    expect(alice?.["clientConsents"]).toEqual([expect.objectContaining(consent)]);
  });

  test("gets a new key, and that is said, where the export has none", async () => {
    const exported = JSON.parse(readFileSync(at("acme-realm.json"), "utf8")) as { components: Record<string, Json[]> };
    const providers = exported.components["org.keycloak.keys.KeyProvider"] ?? [];
    const bare = providers.map((provider) => ({ ...provider, config: { priority: ["100"] } }));
    const components = { ...exported.components, "org.keycloak.keys.KeyProvider": bare };
    writeFileSync(at("acme-realm.json"), JSON.stringify({ ...exported, components }));
    const { code, out } = await migrate();
    expect(out).toMatch(/keys that the export does not have: new ones are made, and tokens of the old ones end: .*rsa-generated/);
    expect(code).toBe(0);
  });

  test("replaces one that is there, or leaves it with --override=false", async () => {
    await migrate();
    expect((await migrate(["--override=false"])).out).toContain("Realm acme exists and stays as it is");
    expect((await migrate()).out).toContain("Realm acme replaced from acme-realm.json");
  });

  test("signs in as a client too, with the flags that kcadm has", async () => {
    const id = await admin.create("/master/clients", { clientId: "mover", secret: "movers", serviceAccountsEnabled: true });
    const account = (await admin.get(`/master/clients/${id}/service-account-user`)).json<{ id: string }>().id;
    await admin.post(`/master/users/${account}/role-mappings/realm`, [(await admin.get("/master/roles/admin")).json()]);
    expect((await migrate(["--client=mover", "--secret=movers"], {})).code).toBe(0);
    expect((await migrate(["--client=mover"], { KC_CLI_CLIENT_SECRET: "movers" })).code).toBe(0);
  });
});

/** What is said of one difference: its line and the two below it. */
const said = (out: string, id: string): string | undefined => {
  const lines = out.split("\n");
  const index = lines.findIndex((line) => line.startsWith(`    ${id}: `));
  return index === -1 ? undefined : lines.slice(index, index + 3).join("\n");
};
const idsIn = (out: string): readonly string[] => [...out.matchAll(/^ {4}([\w-]+): /gm)].map(([, id]) => id ?? "");

describe("what will be different", () => {
  test("is said before anything is stored, with whom it concerns, why, and what to change", async () => {
    const { out, err } = await migrate();
    const report = out.slice(out.indexOf("what will be different"), out.indexOf("\nRealm acme imported"));
    expect(said(report, "identity-providers")).toBe(
      [
        "    identity-providers: identity provider partner (oidc)",
        "      Nobody signs in through them, and their tokens are not exchanged. Tokens of other issuers are not taken yet; links of users are kept.",
        "      Change: Leave what needs them at the old server.",
      ].join("\n"),
    );
    expect(report).toContain("    sign-in-pages: clients shop, web\n");
    expect(report).toContain("    event-listeners: extension kafka\n");
    expect(report).toContain("    mail: setting mail.example.com\n");
    expect(report).toContain(
      "    mappers: mapper home-made (oidc-home-made-mapper of client odd: mappers of this type are not supported)\n",
    );
    expect(out).toContain("  critical redirect-wildcard: web takes redirect URIs of any site: https://*.");
    expect(out).not.toMatch(/^ +hint +mapper-ignored/m); // said above
    expect(err).toBe("");
  });

  test("--dry-run says all of it and changes nothing", async () => {
    const { code, out } = await migrate(["--dry-run"]);
    expect(code).toBe(0);
    expect(out).toContain("Rehearsal: Realm acme imported from acme-realm.json: 9 clients, 4 users");
    expect(out).toContain("redirect-wildcard: web takes redirect URIs of any site");
    expect(said(out, "mappers")).toContain("client odd");
    expect(out).toMatch(/Dry run: nothing was changed in \S+\n$/);
    expect(existsSync(at("data"))).toBe(false);
  });

  test("--dry-run names realms that would be replaced", async () => {
    await migrate();
    const before = readFileSync(at("data/cambist.db"));
    const { out } = await migrate(["--dry-run"]);
    expect(out).toContain(`Realm "acme" exists in ${at("data")} and would be replaced`);
    expect(readFileSync(at("data/cambist.db")).equals(before)).toBe(true);
  });

  test("is told from permissions, roles and accounts of the realm, not of realms in general", async () => {
    expect(idsIn((await migrate(["--dry-run"])).out)).toEqual([
      "sign-in-pages",
      "identity-providers",
      "mappers",
      "mail",
      "event-listeners",
    ]);
    const idOf = async (clientId: string) =>
      (await admin.get(`/acme/clients?clientId=${clientId}`)).json<readonly { id: string }[]>()[0]?.id ?? "";
    const [shop, odd, adminClient] = [await idOf("shop"), await idOf("odd"), await idOf("realm-management")];
    const authz = `/acme/clients/${adminClient}/authz/resource-server`;
    const enabled = (await admin.put(`/acme/clients/${odd}/management/permissions`, { enabled: true })).json<{
      scopePermissions: Record<string, string>;
    }>();
    const policy = (await admin.post(`${authz}/policy/client`, { name: "the shop", clients: [shop] })).json<{ id: string }>();
    const permission = `${authz}/permission/scope/${enabled.scopePermissions["token-exchange"]}`;
    await admin.put(permission, { ...(await admin.get(permission)).json<Json>(), policies: [policy.id] });
    const account = (await admin.get(`/acme/clients/${shop}/service-account-user`)).json<{ id: string }>().id;
    const impersonation = (await admin.get(`/acme/clients/${adminClient}/roles/impersonation`)).json<Json>();
    await admin.post(`/acme/users/${account}/role-mappings/clients/${adminClient}`, [impersonation]);
    const { out } = await migrate(["--dry-run"]);
    expect(said(out, "refresh-token")).toContain("client shop\n");
    expect(said(out, "act")).toContain("client odd\n");
    expect(said(out, "impersonation-account")).toContain("client shop\n");
    expect(said(out, "impersonate-disabled")).toContain("user carol\n");
  });

  test("takes what the server tells of its use: sessions, exchanges, features", async () => {
    await admin.put("/acme", { eventsEnabled: true });
    const id = await admin.create("/acme/clients", {
      clientId: "desk",
      secret: "desks",
      directAccessGrantsEnabled: true,
      fullScopeAllowed: false,
    });
    const clerk = (await admin.get("/acme/users?username=alice&exact=true")).json<readonly { id: string }[]>()[0]?.id ?? "";
    await admin.put(`/acme/users/${clerk}`, { firstName: "Alice", lastName: "Example", email: "alice@example.com" });
    const form = { client_id: "desk", client_secret: "desks" };
    const answer = await server.post("/realms/acme/protocol/openid-connect/token", {
      ...form,
      grant_type: "password",
      username: "alice",
      password: PASSWORD,
    });
    const { access_token } = answer.json<{ access_token: string }>();
    const exchange = await server.post("/realms/acme/protocol/openid-connect/token", {
      ...form,
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: access_token,
      requested_token_type: "urn:ietf:params:oauth:token-type:refresh_token",
    });
    expect(exchange.statusCode).toBe(200);
    expect(id).not.toBe("");
    const { out } = await migrate(["--dry-run"]);
    expect(said(out, "sessions")).toContain("client desk (1 online, 0 offline)");
    expect(said(out, "refresh-token")).toContain("client desk (1 of 1 exchange on record gave one)");
    expect(said(out, "answer")).toContain("client desk\n");
    expect(said(out, "history")).toContain("realm acme\n");
  });

  test("as far as the administrator may see it; what he may not is said", async () => {
    const mover = await admin.create("/master/clients", { clientId: "mover", secret: "movers", serviceAccountsEnabled: true });
    const account = (await admin.get(`/master/clients/${mover}/service-account-user`)).json<{ id: string }>().id;
    const acme = (await admin.get("/master/clients?clientId=acme-realm")).json<readonly { id: string }[]>()[0]?.id ?? "";
    const roles = (await admin.get(`/master/clients/${acme}/roles`)).json<readonly { name: string }[]>();
    const some = roles.filter(({ name }) => name !== "view-events" && name !== "manage-events" && name !== "admin");
    await admin.post(`/master/users/${account}/role-mappings/clients/${acme}`, some);
    const { code, out } = await migrate(["--client=mover", "--secret=movers", "--dry-run"], {});
    expect(code).toBe(0);
    expect(out).toContain('Realm "acme": the server did not show events (403); what follows from it is not said\n');
  });

  test("--json is one object, and nothing else is on standard output", async () => {
    const { code, out, err } = await migrate(["--dry-run", "--json"]);
    expect(code).toBe(0);
    const { realms, dryRun, failures } = JSON.parse(out) as { realms: readonly Json[]; dryRun: boolean; failures: readonly string[] };
    expect({ dryRun, failures }).toEqual({ dryRun: true, failures: [] });
    expect(realms).toHaveLength(1);
    expect(realms[0]).toMatchObject({ realm: "acme", clients: 9, users: 3, changes: [], notShown: [] });
    expect(realms[0]?.["differences"]).toContainEqual({
      id: "identity-providers",
      dialect: "both",
      what: expect.any(String) as string,
      why: expect.any(String) as string,
      change: expect.any(String) as string,
      objects: [{ type: "identity provider", name: "partner", detail: "oidc" }],
      count: 1,
    });
    expect(realms[0]?.["findings"]).toContainEqual(expect.objectContaining({ check: "redirect-wildcard" }));
    expect(err).toContain("Dry run: nothing was changed");
  });
});

describe("ends with exit code 2 and leaves nothing behind", () => {
  const cases: readonly (readonly [string, readonly string[], Readonly<Record<string, string>>, string | RegExp])[] = [
    [
      "a wrong password",
      [],
      { KC_CLI_PASSWORD: "smtp-secret" },
      "The server refused to sign in at realm master through admin-cli: 400 invalid_grant",
    ],
    ["no credentials", [], {}, "--from needs an administrator: set KC_CLI_PASSWORD"],
    ["an address that is none", ["--from=sso.example.com"], {}, "--from: must be the base address of a server"],
    ["a server that is not there", ["--from=http://127.0.0.1:1"], { KC_CLI_PASSWORD: "x" }, /cannot be reached: (ECONNREFUSED|bad port)/],
    [
      "a realm that the export does not have",
      ["--realm=acme", "--realm=nowhere"],
      { KC_CLI_PASSWORD: "x" },
      'The export has no realm "nowhere"; it has "acme"',
    ],
    ["an export that is not there", ["--export=/nowhere"], { KC_CLI_PASSWORD: "x" }, "there is no such file or folder"],
  ];
  test.each(cases)("%s", async (_title, args, env, message) => {
    const { code, err } = await migrate(args, env);
    expect([code, err]).toEqual([2, typeof message === "string" ? expect.stringContaining(message) : expect.stringMatching(message)]);
    expect(existsSync(at("data"))).toBe(false);
  });

  test("a realm that the server does not have", async () => {
    expect((await admin.delete("/acme")).statusCode).toBe(204);
    const { code, err } = await migrate();
    expect([code, err]).toEqual([2, `There is no realm "acme" at ${url}`]);
    expect(existsSync(at("data"))).toBe(false);
  });

  test("a second realm that cannot be read: the first one is not stored either", async () => {
    mkdirSync(at("two"));
    const exported = JSON.parse(readFileSync(at("acme-realm.json"), "utf8")) as Json;
    writeFileSync(at("two/acme-realm.json"), JSON.stringify(exported));
    writeFileSync(at("two/gone-realm.json"), JSON.stringify({ ...exported, id: "gone", realm: "gone" }));
    const { code, err } = await migrate([`--export=${at("two")}`]);
    expect([code, err]).toEqual([2, `There is no realm "gone" at ${url}`]);
    expect(existsSync(at("data"))).toBe(false);
  });

  test("an export of another realm of that name: its hashes are not for these users", async () => {
    const exported = JSON.parse(readFileSync(at("acme-realm.json"), "utf8")) as Json;
    writeFileSync(at("acme-realm.json"), JSON.stringify({ ...exported, id: "another" }));
    const { code, err } = await migrate();
    expect([code, err]).toEqual([2, expect.stringContaining('acme-realm.json is an export of another realm "acme" than the one at')]);
    expect(existsSync(at("data"))).toBe(false);
  });

  test("an administrator who may not read the realm", async () => {
    await admin.create("/master/users", { username: "clerk", enabled: true, credentials: [{ type: "password", value: "clerks" }] });
    const { code, err } = await migrate(["--user=clerk"], { KC_CLI_PASSWORD: "clerks" });
    expect([code, err]).toEqual([2, 'The server refused to show the realm "acme": 403 HTTP 403 Forbidden']);
  });
});

test("a realm that cannot be imported ends with exit code 1, and what was there stays", async () => {
  await migrate();
  const before = await arrived();
  const exported = JSON.parse(readFileSync(at("acme-realm.json"), "utf8")) as { users: Json[] };
  const users = exported.users.map((user) => ({
    ...user,
    credentials: [{ type: "password", secretData: "no JSON", credentialData: "{}" }],
  }));
  writeFileSync(at("acme-realm.json"), JSON.stringify({ ...exported, users }));
  const { code, err } = await migrate();
  expect([code, err]).toEqual([1, expect.stringMatching(/acme-users-0\.json: users\[0\]\.credentials\[0\]\.secretData: a JSON object/)]);
  expect(sorted(await arrived())).toEqual(sorted(before));
});

test("several realms are taken over at once, master only when it is named", async () => {
  mkdirSync(at("all"));
  await admin.put("/master", { smtpServer: { host: "mail.example.org" } });
  const source = { store: server.store.reader.admin, secrets: server.services.secrets };
  for (const name of ["acme", "master"]) writeFileSync(at(`all/${name}-realm.json`), JSON.stringify(await whole(source, name)));
  const first = await migrate([`--export=${at("all")}`]);
  expect(first.out).not.toMatch(/Realm master/);
  const second = await migrate([`--export=${at("all")}`, "--realm=master", "--realm=acme"]);
  expect(second.out).toMatch(/^Realm master imported/m);
  expect(second.out).toMatch(/^Realm acme replaced/m);
  // What both have is explained once.
  expect(said(second.out, "mail")).toContain("setting mail.example.org\n      It sends what administrators ask for");
  expect(second.out).toContain("    mail (as above): setting mail.example.com\n");
});
