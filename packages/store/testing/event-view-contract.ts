import { describe, expect, test } from "vitest";
import type { EventFilter } from "../admin-ports.ts";
import type { CurrentEngine } from "../contract.ts";
import type { AuditRecord } from "../ports.ts";
import { administration, command } from "./admin-realm.ts";
import { auditRecord, NOW, REALM } from "./rows.ts";

const T = NOW * 1000;
const DAY = 86_400_000;

const adminEvent = (id: string, change: Partial<AuditRecord> = {}, details: Readonly<Record<string, string>> = {}): AuditRecord =>
  auditRecord({
    id,
    type: "ADMIN_UPDATE",
    details: {
      resourceType: "CLIENT",
      resourcePath: "clients/42",
      operationType: "UPDATE",
      authRealm: "master",
      authClient: "cli",
      authUser: "root",
      authIpAddress: "192.0.2.9",
      ...details,
    },
    ...change,
  });

/** The views over the audit log: events of users and of administrators, newest first. */
export function eventViewContract(engine: CurrentEngine): void {
  const { reads, write, begin } = administration(engine);
  const record = (...audit: AuditRecord[]) => engine().store.writer.write({ audit });
  const found = async (filter: Partial<EventFilter> = {}, realmId = REALM) =>
    (await reads().events(realmId, { kind: "events", ...filter })).map(({ id }) => id).join(" ");

  const some = () =>
    record(
      auditRecord({ id: "1", time: T }),
      auditRecord({ id: "2", time: T + 1, type: "LOGIN", clientId: "portal", userId: "user-2", ipAddress: "192.0.2.2" }),
      auditRecord({ id: "3", time: T + 2, shown: false }),
      adminEvent("4", { time: T + 3 }),
      auditRecord({ id: "5", time: T + 4, realmId: "realm-2" }),
      adminEvent("6", { time: T + 5, type: "ADMIN_CREATE" }, { resourceType: "USER", resourcePath: "users/7/role-mappings/realm" }),
      auditRecord({ id: "7", time: T + 6, type: "LOGIN_ERROR", details: { reason: '"userId":"user-2"' } }),
      adminEvent("8", { time: T + 7, shown: false }),
    );

  describe("event views", () => {
    test.each<[string, Partial<EventFilter>, string]>([
      ["events, newest first", {}, "7 2 1"],
      ["events, oldest first", { oldestFirst: true }, "1 2 7"],
      ["admin events apart", { kind: "admin-events" }, "6 4"],
      ["a page", { first: 1, max: 1 }, "2"],
      ["a page beyond the end", { first: 3, max: 5 }, ""],
      ["no record", { max: 0 }, ""],
      ["one type", { types: ["LOGIN"] }, "2"],
      ["several types", { types: ["LOGIN", "LOGIN_ERROR", "LOGOUT"] }, "7 2"],
      ["no type in particular", { types: [] }, "7 2 1"],
      ["a type of the other view", { types: ["ADMIN_UPDATE"] }, ""],
      ["an operation", { kind: "admin-events", types: ["ADMIN_CREATE"] }, "6"],
      ["a client", { clientId: "portal" }, "2"],
      ["a user, and not what only says so", { userId: "user-2" }, "2"],
      ["an address", { ipAddress: "192.0.2.2" }, "2"],
      ["from a time on, inclusive", { dateFrom: T + 1 }, "7 2"],
      ["up to a time, inclusive", { dateTo: T + 1 }, "2 1"],
      ["a resource type", { kind: "admin-events", details: { resourceType: ["USER", "GROUP"] } }, "6"],
      ["who did it", { kind: "admin-events", details: { authUser: ["root"], authClient: ["cli"] } }, "6 4"],
      ["who did not do it", { kind: "admin-events", details: { authUser: ["root"], authIpAddress: ["192.0.2.1"] } }, ""],
      ["no detail in particular", { kind: "admin-events", details: { authUser: [] } }, "6 4"],
      ["a detail that no record has", { details: { constructor: ["x"] } }, ""],
      ["a path", { kind: "admin-events", resourcePath: "clients/42" }, "4"],
      ["a path with a wildcard", { kind: "admin-events", resourcePath: "users/*/realm" }, "6"],
      ["a path with a wildcard at its end", { kind: "admin-events", resourcePath: "users/*" }, "6"],
      ["not a part of a path", { kind: "admin-events", resourcePath: "users" }, ""],
      ["SEC-DB-08 a path with SQL's wildcards", { kind: "admin-events", resourcePath: "clients/__" }, ""],
      ["SEC-DB-08 a user with SQL's wildcards", { userId: "user-%" }, ""],
    ])("show %s", async (_title, filter, expected) => {
      await some();
      expect(await found(filter)).toBe(expected);
    });

    test("show records as they were written, with their place in the log", async () => {
      const written = auditRecord({ id: "1" });
      await record(written);
      const [event] = await reads().events(REALM, { kind: "events" });
      expect(event).toEqual({ ...written, sequence: 1, hash: event?.hash });
    });

    test("go through all segments, in pages that fit together", async () => {
      const count = 1_000;
      for (let start = 0; start < count; start += 100) {
        const records = Array.from({ length: 100 }, (_, index) => {
          const number = start + index;
          return auditRecord({ id: `e${number}`, time: T + number * 1000, userId: `user-${number % 3}` });
        });
        await record(...records);
      }
      const pages: string[] = [];
      for (let first = 0; first < 400; first += 90) pages.push(await found({ userId: "user-1", first, max: 90 }));
      const all = pages.join(" ").trim().split(" ");
      expect(all).toEqual(Array.from({ length: 333 }, (_, index) => `e${997 - 3 * index}`));
      expect(await found({ dateFrom: T + 500_000, dateTo: T + 502_000 })).toBe("e502 e501 e500");
      expect(await found({ dateTo: T + 1000, oldestFirst: true })).toBe("e0 e1");
    });

    test("find what was recorded with a clock that was set back", async () => {
      const segments = Array.from({ length: 12 }, (_, index) =>
        auditRecord({ id: `a${index}`, time: T + DAY / 2, details: { x: "y".repeat(900) } }),
      );
      for (const one of segments) await record(one);
      await record(auditRecord({ id: "late", time: T }));
      expect(await found({ dateTo: T })).toBe("late");
    });

    test("forget dropped segments", async () => {
      await record(auditRecord({ id: "old", time: T - 3 * DAY }));
      await record(auditRecord({ id: "new", time: T }));
      await engine().store.pruneAudit({ olderThan: T - DAY });
      expect(await found()).toBe("new");
    });

    test("begin anew when they are cleared, each by itself; the audit log keeps everything", async () => {
      await begin();
      await some();
      await write(command("clearEventView", { kind: "events" }));
      expect(await found()).toBe("");
      expect(await found({ kind: "admin-events" })).toBe("6 4");
      expect(await found({}, "realm-2")).toBe("5");
      await engine().store.writer.write({
        commands: [command("clearEventView", { kind: "admin-events" })],
        audit: [adminEvent("cleared"), auditRecord({ id: "after" })],
      });
      expect(await found()).toBe("after");
      expect(await found({ kind: "admin-events" })).toBe("cleared");
      await write(command("clearEventView", { kind: "events" }));
      expect(await found()).toBe("");
      expect(await engine().store.reader.audit.list({ limit: 100 })).toHaveLength(10);
    });

    test("clearing counts what the same batch recorded before it", async () => {
      await Promise.all([
        record(auditRecord({ id: "before" })),
        write(command("clearEventView", { kind: "events" })),
        record(auditRecord({ id: "after" })),
      ]);
      expect(await found()).toBe("after");
    });

    test("clearing an empty log shows what comes", async () => {
      await write(command("clearEventView", { kind: "events" }));
      await record(auditRecord({ id: "1" }));
      expect(await found()).toBe("1");
    });

    test("of a realm that is made again with its old id begin empty", async () => {
      await begin();
      await some();
      await write(command("deleteRealm", {}));
      await begin2();
      expect(await found()).toBe("");
      expect(await found({ kind: "admin-events" })).toBe("");
      expect(await found({}, "realm-2")).toBe("5");
    });
  });

  const begin2 = () => write(command("saveRealm", { row: { id: REALM, name: "platform", enabled: true, representation: {} } }));
}
