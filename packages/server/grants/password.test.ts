import { afterEach, describe, expect, test, vi } from "vitest";
import { testServer, type TestServer } from "../testing/test-server.ts";
import { walkRealm } from "../testing/walk-realm.ts";

const TOKEN = "/realms/walk/protocol/openid-connect/token";
const guarded = (more: Readonly<Record<string, unknown>> = {}) =>
  walkRealm("keycloak", {
    bruteForceProtected: true,
    failureFactor: 3,
    waitIncrementSeconds: 60,
    quickLoginCheckMilliSeconds: 0,
    ...more,
  });

let server: TestServer;
afterEach(() => server.close());

const attempt = (password: string) => server.post(TOKEN, { grant_type: "password", client_id: "app", username: "alice", password });
/** Every password is being hashed before the first answer comes, as when they are sent at once. */
function hashTogether(count: number, answers: (secret: string) => boolean): void {
  const waiting: (() => void)[] = [];
  vi.spyOn(server.services.passwords, "verify").mockImplementation(async (_credential, secret) => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length === count) for (const go of waiting) go();
    });
    return answers(secret);
  });
}
const errors = () => server.events.map(({ error }) => error);

describe("brute force protection of guesses sent at once", () => {
  test("they are worth no more than guesses in a row, and each counts", async () => {
    server = await testServer([guarded()]);
    hashTogether(12, () => false);
    await Promise.all(Array.from({ length: 12 }, () => attempt("wrong")));
    expect(errors().filter((error) => error === "invalid_user_credentials")).toHaveLength(3);
    expect(errors().filter((error) => error === "user_temporarily_disabled")).toHaveLength(9);
  });

  test("once the user is locked not even a right one that is under way gets in", async () => {
    server = await testServer([guarded()]);
    const hashed = Promise.withResolvers<boolean>();
    const verify = vi.spyOn(server.services.passwords, "verify").mockReturnValueOnce(hashed.promise);
    const right = attempt("password");
    await vi.waitUntil(() => verify.mock.calls.length === 1);
    for (let guess = 0; guess < 3; guess++) await attempt("wrong");
    hashed.resolve(true);
    expect((await right).statusCode).toBe(401);
    expect(errors()).toEqual([...Array.from({ length: 3 }, () => "invalid_user_credentials"), "user_temporarily_disabled"]);
  });

  test("a permanent lockout ends those that are under way", async () => {
    server = await testServer([guarded({ permanentLockout: true })]);
    hashTogether(12, () => false);
    await Promise.all(Array.from({ length: 12 }, () => attempt("wrong")));
    expect(errors().filter((error) => error === "invalid_user_credentials")).toHaveLength(3);
    expect(errors().filter((error) => error === "user_disabled")).toHaveLength(9);
  });
});
