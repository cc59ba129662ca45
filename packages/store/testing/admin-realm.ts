import { expect } from "vitest";
import type { UserColumns } from "../admin-ports.ts";
import type { AuthorizationPolicyRow, ClientScopeRow, GroupRow, RoleRow } from "../config-ports.ts";
import type { CurrentEngine } from "../contract.ts";
import type { Command } from "../ports.ts";
import { clientRow, REALM, realmRow, userRow } from "./rows.ts";

export const roleRow = (id: string, change: Partial<RoleRow> = {}): RoleRow => ({ id, name: id, representation: {}, ...change });
export const groupRow = (id: string, change: Partial<GroupRow> = {}): GroupRow => ({
  id,
  name: id,
  representation: {},
  roleIds: [],
  ...change,
});
export const scopeRow = (id: string, change: Partial<ClientScopeRow> = {}): ClientScopeRow => ({
  id,
  name: id,
  protocol: "openid-connect",
  representation: {},
  roleScope: [],
  ...change,
});
export const policyRow = (id: string, change: Partial<AuthorizationPolicyRow> = {}): AuthorizationPolicyRow => ({
  id,
  name: id,
  type: "client",
  logic: "POSITIVE",
  decisionStrategy: "UNANIMOUS",
  representation: {},
  resourceIds: [],
  scopeIds: [],
  policyIds: [],
  ...change,
});

/** A user's own columns; the id is the user name as well. */
export function userColumns(id: string, change: Partial<UserColumns> = {}): UserColumns {
  const { roleIds: _roles, groupIds: _groups, credentials: _c, federatedIdentities: _f, consents: _o, ...own } = userRow();
  return { ...own, id, username: id, ...change };
}

/** Commands of the realm of the tests, written as one unit. */
export const administration = (engine: CurrentEngine) => ({
  reads: () => engine().store.reader.admin,
  write: (...commands: Command[]) => engine().store.writer.write({ commands }),
  /** What a unit leaves in the change log. */
  changesOf: async (...commands: Command[]): Promise<string[]> => {
    const { changes } = engine().store.reader;
    const before = await changes.latest();
    await engine().store.writer.write({ commands });
    return (await changes.since(before)).map(({ realmId, kind, id }) => `${kind} ${realmId === REALM ? "" : `${realmId} `}${id}`);
  },
  /** A realm, and another one whose rows must not be reached from it. */
  begin: async (...commands: Command[]): Promise<void> => {
    const other = "realm-2";
    const written = await engine().store.writer.write({
      commands: [
        { do: "saveRealm", realmId: REALM, row: realmRow() },
        { do: "saveRealm", realmId: other, row: realmRow({ id: other, name: "other" }) },
        { do: "saveClient", realmId: other, row: clientRow({ id: "client-x", clientId: "client-x" }) },
        { do: "saveRole", realmId: other, row: roleRow("role-x") },
        { do: "saveGroup", realmId: other, row: groupRow("group-x") },
        { do: "saveClientScope", realmId: other, row: scopeRow("scope-x") },
        { do: "saveUser", realmId: other, row: userColumns("user-x") },
        ...commands,
      ],
    });
    expect(written).toEqual({ ok: true });
  },
});

type Short<Name extends Command["do"]> = Omit<Command & { readonly do: Name }, "do" | "realmId">;

/** A command of the realm of the tests. */
export const command = <Name extends Command["do"]>(name: Name, members: Short<Name>): Command =>
  ({ do: name, realmId: REALM, ...members }) as unknown as Command; // the members are those of the command of that name

export const client = (id: string, change: Parameters<typeof clientRow>[0] = {}): Command =>
  command("saveClient", { row: clientRow({ id, clientId: id, ...change }) });
export const role = (id: string, change: Partial<RoleRow> = {}): Command => command("saveRole", { row: roleRow(id, change) });
export const group = (id: string, change: Partial<GroupRow> = {}): Command => command("saveGroup", { row: groupRow(id, change) });
export const scope = (id: string, change: Partial<ClientScopeRow> = {}): Command =>
  command("saveClientScope", { row: scopeRow(id, change) });
export const user = (id: string, change: Partial<UserColumns> = {}): Command => command("saveUser", { row: userColumns(id, change) });
