import { randomUUID } from "node:crypto";
import type { Lineage, UserSession } from "@cambist/core/model.ts";
import type { ClientRow, ImportSink, RealmRow, UserRow } from "../config-ports.ts";
import type { AuditRecord } from "../ports.ts";

/** Entries of the change log that the stores of the contract keep. */
export const KEPT_CHANGES = 8;
/** The time of the tests: nothing here reads a clock. */
export const NOW = 1_800_000_000;

export const REALM = "realm-1";

export const realmRow = (change: Partial<RealmRow> = {}): RealmRow => ({
  id: REALM,
  name: "platform",
  enabled: true,
  representation: { accessTokenLifespan: 300 },
  ...change,
});

export const clientRow = (change: Partial<ClientRow> = {}): ClientRow => ({
  id: randomUUID(),
  clientId: `client-${randomUUID()}`,
  enabled: true,
  representation: { attributes: {} },
  defaultScopeIds: [],
  optionalScopeIds: [],
  roleScope: [],
  ...change,
});

export const userRow = (change: Partial<UserRow> = {}): UserRow => ({
  id: randomUUID(),
  username: `user-${randomUUID()}`,
  emailVerified: false,
  enabled: true,
  notBefore: 0,
  attributes: {},
  requiredActions: [],
  representation: {},
  roleIds: [],
  groupIds: [],
  credentials: [],
  federatedIdentities: [],
  consents: [],
  ...change,
});

export const userSession = (change: Partial<UserSession> = {}): UserSession => ({
  id: "session-1",
  userId: "user-1",
  offline: false,
  rememberMe: false,
  started: NOW,
  lastRefresh: NOW,
  authMethod: "openid-connect",
  ipAddress: "192.0.2.1",
  notes: { AUTH_TIME: String(NOW) },
  ...change,
});

export const lineage = (change: Partial<Lineage> = {}): Lineage => ({
  jti: "token-2",
  parent: "token-1",
  requesters: ["portal", "orders"],
  targets: ["orders", "stock"],
  droppedScopes: ["profile"],
  chainStart: NOW,
  act: { sub: "service-account-orders", client_id: "orders", act: { sub: "service-account-portal" } },
  decision: "decision-1",
  ...change,
});

export const auditRecord = (change: Partial<AuditRecord> = {}): AuditRecord => ({
  id: randomUUID(),
  time: NOW * 1000,
  realmId: REALM,
  realmName: "platform",
  type: "TOKEN_EXCHANGE",
  clientId: "orders",
  userId: "user-1",
  sessionId: "session-1",
  ipAddress: "192.0.2.1",
  details: { audience: "stock", grant_type: "urn:ietf:params:oauth:grant-type:token-exchange" },
  facts: { permission: "token-exchange.permission.client.stock", depth: 2 },
  issued: [randomUUID()],
  shown: true,
  ...change,
});

/** Imports the realm of the tests with what `more` adds to it. */
export const realmWith =
  (more: (sink: ImportSink) => Promise<void> = async () => {}) =>
  async (sink: ImportSink): Promise<void> => {
    await sink.realm(realmRow());
    await more(sink);
  };
