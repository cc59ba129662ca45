import { ImportConflict, type ImportSink } from "@cambist/store/config-ports.ts";
import { defaultRoleName } from "../realm-template/built-in-roles.ts";
import { DEFAULT_HASH_POLICY } from "../passwords/policy.ts";
import { importRealm } from "./import-realm.ts";
import type { RealmStore } from "./import-realms.ts";
import type { ImportTools } from "./import-tools.ts";
import { documentOf } from "./realm-document.ts";
import { MASTER } from "./realm-client.ts";

export interface Administrator {
  readonly username: string;
  readonly password: string;
}

export interface Bootstrapped {
  /** The realm master was made. */
  readonly madeMaster: boolean;
  /** The administrator was made. */
  readonly madeAdministrator: boolean;
}

/** Master cannot have an administrator: it lacks the role. */
export class BootstrapError extends Error {
  override readonly name = "BootstrapError";
}

/**
 * Makes the realm master when there is none, with a client for each realm that is there, and the administrator when master has no user of
 * that name. All in one transaction; does nothing at later starts.
 * @throws {BootstrapError} an imported master has no role `admin`
 */
export async function bootstrapMaster(store: RealmStore, tools: ImportTools, administrator?: Administrator): Promise<Bootstrapped> {
  const names = await store.reader.config.realmNames();
  const madeMaster = !names.includes(MASTER);
  if (!madeMaster && administrator === undefined) return { madeMaster: false, madeAdministrator: false };
  try {
    return await store.imports.importing(async (sink) => {
      if (madeMaster)
        await importRealm({ main: documentOf("the template", { realm: MASTER, enabled: true }), users: [] }, sink, tools, names);
      const madeAdministrator = administrator !== undefined && (await makeAdministrator(sink, tools, administrator));
      return { madeMaster, madeAdministrator };
    });
  } catch (error) {
    if (error instanceof ImportConflict) throw new BootstrapError(`The realm master cannot be made: ${error.message}`, { cause: error });
    throw error;
  }
}

async function makeAdministrator(sink: ImportSink, tools: ImportTools, { username, password }: Administrator): Promise<boolean> {
  const realmId = await sink.findRealmId(MASTER);
  if (realmId === undefined) throw new BootstrapError("There is no realm master");
  const name = username.toLowerCase();
  if ((await sink.findUserId(realmId, name)) !== undefined) return false;
  const admin = await sink.findRoleId(realmId, undefined, "admin");
  if (admin === undefined) throw new BootstrapError("The realm master has no role admin, so no administrator can be made");
  const everybody = await sink.findRoleId(realmId, undefined, defaultRoleName(MASTER));
  const { secretData, credentialData } = await tools.passwords.hash(password, DEFAULT_HASH_POLICY);
  const now = tools.now();
  await sink.users(realmId, [
    {
      id: tools.newId(),
      username: name,
      emailVerified: false,
      enabled: true,
      createdTimestamp: now,
      notBefore: 0,
      attributes: { is_temporary_admin: ["true"] },
      requiredActions: [],
      representation: {},
      roleIds: everybody === undefined ? [admin] : [admin, everybody],
      groupIds: [],
      credentials: [{ id: tools.newId(), type: "password", secretData, credentialData, createdDate: now, priority: 10 }],
      federatedIdentities: [],
      consents: [],
    },
  ]);
  return true;
}
