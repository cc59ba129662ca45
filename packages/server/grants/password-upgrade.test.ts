import { afterEach, describe, expect, test, vi } from "vitest";
import { bench, type Bench } from "../testing/bench.ts";
import { exchangeRealm, person } from "../testing/exchange-realm.ts";
import { testServer, type TestServer } from "../testing/test-server.ts";

/** Users' passwords are stored with one iteration; the realm wants two. */
const POLICY = "length(4) and hashAlgorithm(pbkdf2-sha512) and hashIterations(2)";

let server: TestServer;
let shop: Bench;
afterEach(() => server.close());
const start = async (passwordPolicy: string): Promise<void> => {
  const users = [person("pending", { requiredActions: ["UPDATE_PASSWORD"] })];
  server = await testServer([exchangeRealm("keycloak", { more: { passwordPolicy }, users })]);
  shop = bench(server, "keycloak");
};
const stored = async (username = "alice") => {
  const realmId = (await server.services.realms.get("shop"))?.view.realm.id ?? "";
  const user = await server.services.state.findUserByUsername(realmId, username);
  const [credential] = await server.services.state.passwordCredentials(realmId, user?.id ?? "");
  if (!credential) throw new Error("the user has no password");
  const { algorithm, hashIterations } = JSON.parse(credential.credentialData) as Readonly<Record<string, unknown>>;
  return { ...credential, how: `${String(algorithm)} ${String(hashIterations)}` };
};
const attempt = (username: string, password: string) => shop.token({ grant_type: "password", client_id: "frontend", username, password });

describe("a password is hashed as the realm wants it at the next sign-in, as in Keycloak", () => {
  test("behind the answer; id and date stay, and it is still the same password", async () => {
    await start(POLICY);
    const before = await stored();
    expect(before.how).toBe("pbkdf2-sha256 1");
    const hashed = Promise.withResolvers<void>();
    const hash = server.services.passwords.hash.bind(server.services.passwords);
    vi.spyOn(server.services.passwords, "hash").mockImplementation(async (...given) => {
      await hashed.promise;
      return hash(...given);
    });
    expect((await attempt("alice", "password")).statusCode).toBe(200);
    expect(await stored()).toEqual(before);
    hashed.resolve();
    await expect.poll(async () => (await stored()).how).toBe("pbkdf2-sha512 2");
    const after = await stored();
    expect([after.id, after.createdDate]).toEqual([before.id, before.createdDate]);
    expect((await attempt("alice", "password")).statusCode).toBe(200);
    expect((await attempt("alice", "Password")).statusCode).toBe(401);
    expect(await stored()).toEqual(after);
  });

  test("whatever else the account lacks", async () => {
    await start(POLICY);
    expect((await attempt("pending", "password")).statusCode).toBe(400);
    await expect.poll(async () => (await stored("pending")).how).toBe("pbkdf2-sha512 2");
  });

  test("never by a wrong password, and never where it is as it should be", async () => {
    await start(POLICY);
    const hash = vi.spyOn(server.services.passwords, "hash");
    await attempt("alice", "wrong");
    await server.close();
    await start("hashAlgorithm(pbkdf2-sha256) and hashIterations(1)");
    const again = vi.spyOn(server.services.passwords, "hash");
    await attempt("alice", "password");
    expect([hash.mock.calls, again.mock.calls]).toEqual([[], []]);
  });

  test("a password that was changed meanwhile is not brought back", async () => {
    await start(POLICY);
    const before = await stored();
    const hashed = Promise.withResolvers<void>();
    const hash = server.services.passwords.hash.bind(server.services.passwords);
    vi.spyOn(server.services.passwords, "hash").mockImplementation(async (...given) => {
      await hashed.promise;
      return hash(...given);
    });
    const write = vi.spyOn(server.services.writer, "write");
    await attempt("alice", "password");
    const { id: realmId } = (await server.services.realms.get("shop"))?.view.realm ?? { id: "" };
    const changed = { secretData: '{"value":"bmV3","salt":"bmV3"}', credentialData: before.credentialData };
    await server.services.writer.write({
      commands: [{ do: "rehashPassword", realmId, credentialId: before.id, seen: before.secretData, ...changed }],
    });
    hashed.resolve();
    await expect.poll(() => write.mock.results.length).toBe(3);
    await Promise.all(write.mock.results.map(({ value }) => value));
    expect((await stored()).secretData).toBe(changed.secretData);
  });

  test("storage that fails costs nothing but the upgrade, and says nothing of passwords", async () => {
    await start(POLICY);
    const write = server.services.writer.write.bind(server.services.writer);
    const failing = vi.spyOn(server.services.writer, "write").mockImplementation((unit) => {
      if (unit.commands?.some((command) => command.do === "rehashPassword")) throw new Error("no such table");
      return write(unit);
    });
    expect((await attempt("alice", "password")).statusCode).toBe(200);
    await expect.poll(() => server.lines.some((line) => line.includes("could not be hashed anew"))).toBe(true);
    expect(JSON.stringify(server.lines)).not.toContain('"password"');
    failing.mockRestore();
    await attempt("alice", "password");
    await expect.poll(async () => (await stored()).how).toBe("pbkdf2-sha512 2");
  });
});
