import { describe, expect, test } from "vitest";
import type { CredentialRow } from "../config-ports.ts";
import type { CurrentEngine } from "../contract.ts";
import type { LoginFailures } from "../ports.ts";
import { clientRow, NOW, REALM, realmWith, userRow } from "./rows.ts";

const credential = (id: string, priority: number, type = "password"): CredentialRow => ({
  id,
  type,
  secretData: `{"value":"${id}"}`,
  credentialData: '{"algorithm":"argon2"}',
  createdDate: NOW * 1000,
  priority,
});

/** Users as an import leaves them, and what happens to them afterwards. */
export function usersContract(engine: CurrentEngine): void {
  const reads = () => engine().store.reader.state;

  describe("users", () => {
    test("are found by id, user name and e-mail address, whatever the case of the question", async () => {
      const user = userRow({
        username: "alice",
        email: "alice@example.com",
        emailVerified: true,
        firstName: "Alice",
        lastName: "Ångström",
        createdTimestamp: NOW * 1000,
        notBefore: NOW,
      });
      await engine().store.imports.importing(realmWith((sink) => sink.users(REALM, [user])));
      const found = await reads().findUserById(REALM, user.id);
      expect(found).toMatchObject({
        username: "alice",
        email: "alice@example.com",
        emailVerified: true,
        firstName: "Alice",
        lastName: "Ångström",
      });
      expect(found).toMatchObject({ createdTimestamp: NOW * 1000, notBefore: NOW, enabled: true });
      expect(await reads().findUserByUsername(REALM, "ALICE")).toEqual(found);
      expect(await reads().findUserByEmail(REALM, "Alice@Example.com")).toEqual(found);
      expect(await reads().findUserById("realm-2", user.id)).toBeUndefined();
      expect(await reads().findUserByUsername("realm-2", "alice")).toBeUndefined();
    });

    test("have their direct roles and groups", async () => {
      const user = userRow({ roleIds: ["role-1", "role-2"], groupIds: ["group-1"] });
      await engine().store.imports.importing(
        realmWith(async (sink) => {
          await sink.users(REALM, [user]);
          await sink.roles(REALM, [
            { id: "role-1", name: "one", representation: {} },
            { id: "role-2", name: "two", representation: {} },
          ]);
          await sink.groups(REALM, [{ id: "group-1", name: "staff", representation: {}, roleIds: ["role-1"] }]);
        }),
      );
      const found = await reads().findUserById(REALM, user.id);
      expect(found?.roleIds.toSorted()).toEqual(["role-1", "role-2"]);
      expect(found?.groupIds).toEqual(["group-1"]);
    });

    test("names with strange letters stay what they are", async () => {
      const names = ["straße", "strasse", "a'b\"c;--", "日本語", "😀", "a%b", "a_b", "a\\b"];
      await engine().store.imports.importing(
        realmWith((sink) =>
          sink.users(
            REALM,
            names.map((username) => userRow({ username })),
          ),
        ),
      );
      for (const name of names) expect((await reads().findUserByUsername(REALM, name))?.username).toBe(name);
    });

    test("of several with one e-mail address always the same is found", async () => {
      const email = "shared@example.com";
      const users = ["zoe", "adam", "mia"].map((username) => userRow({ username, email }));
      await engine().store.imports.importing(realmWith((sink) => sink.users(REALM, users)));
      expect((await reads().findUserByEmail(REALM, email))?.username).toBe("adam");
    });

    test("a service account is found by its client", async () => {
      const client = clientRow();
      const user = userRow({ username: "service-account-orders", serviceAccountClientUuid: client.id });
      await engine().store.imports.importing(
        realmWith(async (sink) => {
          await sink.users(REALM, [user]);
          await sink.clients(REALM, [client]);
        }),
      );
      expect(await reads().findServiceAccount(REALM, client.id)).toMatchObject({ id: user.id, serviceAccountClientId: client.id });
      expect(await reads().findServiceAccount("realm-2", client.id)).toBeUndefined();
    });

    test("have their passwords by priority and nothing else", async () => {
      const user = userRow({ credentials: [credential("late", 20), credential("early", 10), credential("code", 5, "otp")] });
      await engine().store.imports.importing(realmWith((sink) => sink.users(REALM, [user])));
      const found = await reads().passwordCredentials(REALM, user.id);
      expect(found.map(({ id }) => id)).toEqual(["early", "late"]);
      expect(found[0]).toEqual({
        id: "early",
        type: "password",
        secretData: '{"value":"early"}',
        credentialData: '{"algorithm":"argon2"}',
        createdDate: NOW * 1000,
      });
      expect(await reads().passwordCredentials("realm-2", user.id)).toEqual([]);
    });

    test("have a password hashed anew only if it is still the one that was read", async () => {
      const user = userRow({ credentials: [credential("one", 10)] });
      await engine().store.imports.importing(realmWith((sink) => sink.users(REALM, [user])));
      const rehash = (seen: string, realmId = REALM) =>
        engine().store.writer.write({
          commands: [{ do: "rehashPassword", realmId, credentialId: "one", seen, secretData: "new", credentialData: "how" }],
        });
      await rehash('{"value":"other"}');
      await rehash('{"value":"one"}', "realm-2");
      expect((await reads().passwordCredentials(REALM, user.id))[0]?.secretData).toBe('{"value":"one"}');
      await rehash('{"value":"one"}');
      expect(await reads().passwordCredentials(REALM, user.id)).toEqual([
        { id: "one", type: "password", secretData: "new", credentialData: "how", createdDate: NOW * 1000 },
      ]);
    });

    test("have consents", async () => {
      const client = clientRow();
      const user = userRow({ consents: [{ clientUuid: client.id, scopes: ["openid", "profile"], representation: { createdDate: 1 } }] });
      await engine().store.imports.importing(
        realmWith(async (sink) => {
          await sink.clients(REALM, [client]);
          await sink.users(REALM, [user]);
        }),
      );
      expect(await reads().consentedScopes(REALM, user.id, client.id)).toEqual(new Set(["openid", "profile"]));
      expect(await reads().consentedScopes(REALM, user.id, "other")).toBeUndefined();
      expect(await reads().consentedScopes("realm-2", user.id, client.id)).toBeUndefined();
    });

    test("are disabled, which is a change that readers follow", async () => {
      const user = userRow();
      await engine().store.imports.importing(realmWith((sink) => sink.users(REALM, [user])));
      const before = await engine().store.reader.changes.latest();
      const disable = { commands: [{ do: "disableUser", realmId: REALM, userId: user.id }] } as const;
      await engine().store.writer.write(disable);
      expect((await reads().findUserById(REALM, user.id))?.enabled).toBe(false);
      expect(await engine().store.reader.changes.since(before)).toEqual([
        { version: before + 1, realmId: REALM, kind: "user", id: user.id },
      ]);
      expect(engine().store.core.changeVersion).toBe(before + 1);
      await engine().store.writer.write(disable);
      expect(engine().store.core.changeVersion).toBe(before + 1);
    });

    test("have login failures that are saved, replaced and cleared", async () => {
      const failures: LoginFailures = {
        numFailures: 3,
        numTemporaryLockouts: 1,
        lastFailure: NOW * 1000 + 7,
        failedLoginNotBefore: NOW + 60,
        lastIpFailure: "192.0.2.7",
      };
      const save = (value: LoginFailures) =>
        engine().store.writer.write({ commands: [{ do: "saveLoginFailures", realmId: REALM, userId: "user-1", failures: value }] });
      expect(await reads().loginFailures(REALM, "user-1")).toBeUndefined();
      await save(failures);
      expect(await reads().loginFailures(REALM, "user-1")).toEqual(failures);
      await save({ ...failures, numFailures: 4 });
      expect(await reads().loginFailures(REALM, "user-1")).toEqual({ ...failures, numFailures: 4 });
      expect(await reads().loginFailures("realm-2", "user-1")).toBeUndefined();
      await engine().store.writer.write({ commands: [{ do: "clearLoginFailures", realmId: REALM, userId: "user-1" }] });
      expect(await reads().loginFailures(REALM, "user-1")).toBeUndefined();
    });
  });
}
