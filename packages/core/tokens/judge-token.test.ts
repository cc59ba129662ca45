import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Lineage, Realm, User, UserSession } from "../model.ts";
import { DEVELOPER, ISSUER, userSession } from "../testing/exchange.ts";
import { NOW } from "../testing/policies.ts";
import { testRealm, uuid, type ClientSketch } from "../testing/realm.ts";
import { talkPlatform } from "../testing/talk-platform.ts";
import { judgeAccessToken, type JudgedToken, type KnownState } from "./judge-token.ts";

const LINEAGE: Lineage = {
  jti: "jti-1",
  requesters: ["portal"],
  targets: ["orders"],
  droppedScopes: ["email"],
  chainStart: NOW - 10,
  decision: "decision-1",
};

interface Change {
  readonly realm?: Partial<Realm>;
  readonly holder?: Partial<ClientSketch> | null;
  readonly user?: Partial<User> | null;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly state?: Partial<KnownState>;
  readonly issuer?: string;
}

/** A token of the browser client in an online session; each test changes one thing. */
function judge(change: Change = {}): JudgedToken {
  const platform = talkPlatform();
  const clients = (platform.clients ?? []).map((client) => (client.clientId === "frontend" ? { ...client, ...change.holder } : client));
  const view = testRealm({ ...platform, clients, realm: { ...platform.realm, ...change.realm } });
  const user: User = { ...view.user(DEVELOPER), ...change.user };
  return judgeAccessToken({
    claims: {
      iss: ISSUER,
      typ: "Bearer",
      jti: "jti-1",
      azp: "frontend",
      sub: user.id,
      sid: "session-1",
      iat: NOW - 10,
      exp: NOW + 290,
      ...change.claims,
    },
    issuer: change.issuer ?? ISSUER,
    view,
    now: NOW,
    state: {
      revoked: false,
      session: userSession(user.id),
      offlineSession: undefined,
      user: change.user === null ? undefined : user,
      clientStarts: new Map([[uuid("frontend"), NOW - 10]]),
      offlineClientStarts: new Map(),
      lineage: undefined,
      ...change.state,
    },
    holder: change.holder === null ? undefined : view.client("frontend"),
  });
}
const problem = (judged: JudgedToken): string => (judged.ok ? "good" : judged.problem);
const offline = (change: Partial<UserSession> = {}): UserSession =>
  userSession(testRealm(talkPlatform()).user(DEVELOPER).id, { offline: true, ...change });
const AGES = { started: NOW - 36_001, lastRefresh: NOW - 10 };
const IDLE = { started: NOW - 3000, lastRefresh: NOW - 1800 };

test("a current token of an active session is good, and comes back with what is known about it", () => {
  const judged = judge({ state: { lineage: LINEAGE } });
  expect(judged).toMatchObject({
    ok: true,
    facts: { user: { username: DEVELOPER }, holder: { clientId: "frontend" }, session: { id: "session-1" }, lineage: LINEAGE },
  });
});

describe("the token itself", () => {
  test.each<readonly [string, Change, string]>([
    ["of another realm of this server", { claims: { iss: "http://id.example/realms/other" } }, "other issuer"],
    ["of this realm under another port", { claims: { iss: "http://id.example:80/realms/apixion" } }, "other issuer"],
    ["of this realm with a slash more", { claims: { iss: `${ISSUER}/` } }, "other issuer"],
    ["of this realm in another case", { claims: { iss: ISSUER.toUpperCase() } }, "other issuer"],
    ["without issuer", { claims: { iss: undefined } }, "other issuer"],
    ["that expired a second ago", { claims: { exp: NOW - 1 } }, "expired"],
    ["that expires this very second", { claims: { exp: NOW } }, "expired"],
    ["that expires in a second", { claims: { exp: NOW + 1 } }, "good"],
    ["that never expires", { claims: { exp: undefined } }, "expired"],
    ["that is not valid yet", { claims: { nbf: NOW + 1 } }, "not yet valid"],
    ["that is valid since now", { claims: { nbf: NOW } }, "good"],
    ["issued in the future", { claims: { iat: NOW + 1 } }, "not yet valid"],
    ["without time of issue", { claims: { iat: undefined } }, "not yet valid"],
    ["that was revoked", { state: { revoked: true } }, "revoked"],
  ])("%s", (_title, change, expected) => expect(problem(judge(change))).toBe(expected));
});

describe("SEC-TX-04 only the kind Bearer is an access token, whatever it was declared as", () => {
  test.each(["ID", "Refresh", "Offline", "DPoP", "Logout", "", "at+jwt", "Bearer "])("%j is not", (typ) =>
    expect(problem(judge({ claims: { typ } }))).toBe("not an access token"),
  );
  test("a token without kind is not", () => expect(problem(judge({ claims: { typ: undefined } }))).toBe("not an access token"));
  test("clients may want the kind in lower case", () => expect(problem(judge({ claims: { typ: "bearer" } }))).toBe("good"));
});

describe("SEC-DB-06 not-before of realm, user and client count, whichever is latest", () => {
  const at = { claims: { iat: NOW - 10 } };
  test.each<readonly [string, Change, string]>([
    ["the realm's", { ...at, realm: { notBefore: NOW - 9 } }, "issued before not-before"],
    ["the user's", { ...at, user: { notBefore: NOW - 9 } }, "issued before not-before"],
    ["the holder's", { ...at, holder: { notBefore: NOW - 9 } }, "issued before not-before"],
    [
      "all of them at the very second of issue",
      { ...at, realm: { notBefore: NOW - 10 }, user: { notBefore: NOW - 10 }, holder: { notBefore: NOW - 10 } },
      "good",
    ],
  ])("%s", (_title, change, expected) => expect(problem(judge(change))).toBe(expected));

  test("in whatever order they lie", () => {
    const second = fc.integer({ min: NOW - 20, max: NOW });
    fc.assert(
      fc.property(second, second, second, second, (realm, user, holder, iat) => {
        const change = {
          claims: { iat },
          realm: { notBefore: realm },
          user: { notBefore: user },
          holder: { notBefore: holder },
          state: { clientStarts: new Map([[uuid("frontend"), NOW - 20]]) },
        };
        expect(problem(judge(change))).toBe(iat < Math.max(realm, user, holder) ? "issued before not-before" : "good");
      }),
    );
  });
});

describe("SEC-INV-8 session, user and holder must be there and active", () => {
  test.each<readonly [string, Change, string]>([
    ["the session was logged out", { state: { session: undefined } }, "session not found"],
    ["the session is past its maximum", { state: { session: offline({ offline: false, ...AGES }) } }, "session expired"],
    ["the session was idle too long", { state: { session: offline({ offline: false, ...IDLE }) } }, "session expired"],
    ["the user was deleted", { user: null }, "user not found"],
    ["the user was disabled", { user: { enabled: false } }, "user disabled"],
    ["the session is another user's", { state: { session: offline({ offline: false, userId: "somebody" }) } }, "user not found"],
    ["the token names another user than the session", { claims: { sub: "somebody" } }, "user not found"],
    ["a token without sub is of the session's user", { claims: { sub: undefined } }, "good"],
    ["the holder was deleted", { holder: null }, "client not found"],
    ["the holder was disabled", { holder: { enabled: false } }, "client disabled"],
    ["the holder was taken out of the session", { state: { clientStarts: new Map() } }, "client session not found"],
    [
      "the holder was taken out of the session and came back",
      { state: { clientStarts: new Map([[uuid("frontend"), NOW - 8]]) } },
      "issued before the client session",
    ],
    ["the holder came within the second", { state: { clientStarts: new Map([[uuid("frontend"), NOW - 9]]) } }, "good"],
    ["a token it was exchanged from has ended", { state: { lineage: LINEAGE, ancestorEnded: true } }, "an ancestor has ended"],
    ["another client is in the session", { state: { clientStarts: new Map([[uuid("portal"), NOW - 10]]) } }, "client session not found"],
    [
      "a standard exchange put no client into the session",
      { state: { clientStarts: new Map(), lineage: { ...LINEAGE, transientClient: true } } },
      "good",
    ],
    [
      "only the server's own lineage says so, no claim",
      { claims: { transientClient: true }, state: { clientStarts: new Map() } },
      "client session not found",
    ],
  ])("%s", (_title, change, expected) => expect(problem(judge(change))).toBe(expected));
});

describe("tokens without a session", () => {
  const alone: Change = { claims: { sid: undefined }, state: { session: undefined, clientStarts: new Map() } };
  test("a service account's token stands alone", () => {
    expect(judge(alone)).toMatchObject({ ok: true, facts: { user: { username: DEVELOPER }, clientStarts: new Map() } });
    expect(judge(alone)).not.toHaveProperty("facts.session", expect.anything());
  });
  test("its user counts all the same", () => expect(problem(judge({ ...alone, user: { enabled: false } }))).toBe("user disabled"));
  test("a session that storage has does not join it", () =>
    expect(judge({ ...alone, state: {} })).not.toHaveProperty("facts.session", expect.anything()));
});

describe("the offline session of the same id stands in", () => {
  const twin = { offlineSession: offline(), offlineClientStarts: new Map([[uuid("frontend"), NOW - 10]]) };
  test("when the online one is gone", () =>
    expect(judge({ state: { session: undefined, ...twin } })).toMatchObject({ ok: true, facts: { session: { offline: true } } }));
  test("when the online one has ended", () =>
    expect(judge({ state: { session: offline({ offline: false, ...AGES }), ...twin } })).toMatchObject({
      ok: true,
      facts: { session: { offline: true } },
    }));
  test("with its own clients", () =>
    expect(problem(judge({ state: { session: undefined, ...twin, offlineClientStarts: new Map() } }))).toBe("client session not found"));
  test("but not past its own end", () =>
    expect(problem(judge({ state: { session: undefined, ...twin, offlineSession: offline({ lastRefresh: NOW - 2_592_000 }) } }))).toBe(
      "session expired",
    ));
  test("a living online session is preferred", () =>
    expect(judge({ state: twin })).toMatchObject({ ok: true, facts: { session: { offline: false } } }));
});

test("aud, scope and act of the token are not judged here", () => {
  const claims = { aud: "nobody", scope: "whatever", act: { sub: "somebody" } };
  expect(problem(judge({ claims }))).toBe("good");
});
