import { type Change, healthyFacts } from "../../doctor/testing/healthy-realm.ts";
import type { MigratedClient, MigrationFacts, SettingFacts, SourceFacts } from "../facts.ts";

type OwnFacts = Pick<MigratedClient, "authorizationServicesEnabled" | "adminUrl" | "ownFlows">;

export interface MigrationChange extends Change {
  /** By clientId, beside what {@link Change.clients} says of it. */
  readonly migrated?: Readonly<Record<string, Partial<OwnFacts>>>;
  readonly settings?: Partial<SettingFacts>;
  readonly source?: SourceFacts;
  readonly users?: Partial<MigrationFacts["users"]>;
  readonly more?: Partial<Pick<MigrationFacts, "permissions" | "accounts" | "administrators" | "imported">>;
}

const NOBODY = { count: 0, first: [] };
const SETTINGS: SettingFacts = {
  themes: [],
  pages: [],
  listeners: [],
  clientPolicies: [],
  flows: [
    {
      alias: "direct grant",
      builtIn: true,
      topLevel: true,
      steps: [{ authenticator: "direct-grant-validate-username" }, { authenticator: "direct-grant-validate-password" }],
    },
  ],
  bindings: [],
  directGrantFlow: "direct grant",
  userStores: [],
  registrationHosts: [],
  extensions: [],
  adminPermissionsEnabled: false,
};

/** A realm of services that nobody signs in at and that do not exchange: it works here as it did there. Each test changes one fact. */
export function quietFacts({ migrated = {}, settings, source = {}, users, more, ...change }: MigrationChange = {}): MigrationFacts {
  const { realm, clients } = change;
  const facts = healthyFacts({
    adminEventsEnabled: false,
    ...change,
    clients: {
      ...clients,
      shop: { standardFlowEnabled: false, directAccessGrantsEnabled: false, ...clients?.["shop"] },
      orders: { roles: [], ...clients?.["orders"] },
    },
    realm: {
      permissions: {},
      ...realm,
      realm: { events: { enabled: false, types: new Set(), expiration: 0 }, ...realm?.realm },
    },
  });
  return {
    ...facts,
    clients: facts.clients.map((client) => ({
      authorizationServicesEnabled: false,
      ownFlows: [],
      ...client,
      ...migrated[client.clientId],
    })),
    permissions: [],
    accounts: new Map(),
    administrators: [],
    users: { disabled: NOBODY, secondFactor: NOBODY, federated: NOBODY, ...users },
    settings: { ...SETTINGS, ...settings },
    source,
    imported: {},
    isAlgorithm: (name) => /^(?:RS|PS|ES|HS)(?:256|384|512)$|^EdDSA$/.test(name),
    ...more,
  };
}
