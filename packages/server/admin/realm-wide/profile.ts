import type { Json } from "@cambist/store/config-ports.ts";
import { USER_PROFILE_PROVIDER } from "../../realm-template/components.ts";
import { PROFILE_CONFIG, profileComponent, profileConfig } from "../../user-profile/profile.ts";
import { type AdminAnswer, type AdminCall, ok } from "../admin-call.ts";
import { invalid, malformed } from "../admin-error.ts";
import { objectBody } from "../read-json.ts";
import { unrecognised } from "../read-representation.ts";
import { isProvider } from "../serverinfo/provider-ids.ts";

const MEMBERS: ReadonlySet<string> = new Set(["attributes", "groups", "unmanagedAttributePolicy"]);
const POLICIES: readonly unknown[] = ["ENABLED", "ADMIN_EDIT", "ADMIN_VIEW"];
/** Attributes that every profile has. */
const NEEDED = ["username", "email"] as const;

/** `GET A/users/profile`: what the realm lets users be. */
export async function readUserProfile({ store, realm }: AdminCall): Promise<AdminAnswer> {
  return ok(profileConfig(await store.components(realm.id)));
}

/** `PUT A/users/profile`: replaces it; kept as a component, as Keycloak does, so that exports carry it. */
export async function updateUserProfile(call: AdminCall): Promise<AdminAnswer> {
  const { store, realm } = call;
  const config = readConfig(call);
  const known = profileComponent(await store.components(realm.id));
  const was = known?.representation ?? { providerId: "declarative-user-profile", subComponents: {} };
  const row = {
    id: known?.id ?? call.newId(),
    providerType: USER_PROFILE_PROVIDER,
    representation: { ...was, config: { ...(was["config"] as Json | undefined), [PROFILE_CONFIG]: [JSON.stringify(config)] } },
    ...(known?.sealedConfig !== undefined && { sealedConfig: known.sealedConfig }),
  };
  await call.commit({
    commands: [{ do: "saveComponent", realmId: realm.id, row }],
    event: { operation: "UPDATE", resourceType: "USER_PROFILE", resourcePath: "users/profile", representation: config },
  });
  return { body: config, type: "application/json" };
}

/** @throws {AdminError} 400 a member that is none, an attribute without name or twice, a validation that does not exist */
function readConfig({ body, rawBody }: AdminCall): Json {
  const config = objectBody(body);
  const unknown = Object.keys(config).find((member) => !MEMBERS.has(member));
  if (unknown !== undefined) throw unrecognised("UPConfig", unknown, rawBody);
  const { unmanagedAttributePolicy: policy } = config;
  if (policy !== undefined && policy !== null && !POLICIES.includes(policy)) throw malformed();
  const attributes = objectsIn(config["attributes"]);
  const groups = objectsIn(config["groups"]);
  const names = attributes.map(({ name }) => name);
  const faults: string[] = [];
  if (names.some((name) => typeof name !== "string" || name === "")) faults.push("Attribute configuration without 'name' is not allowed");
  for (const name of new Set(names)) {
    if (names.filter((other) => other === name).length > 1) faults.push(`Duplicate attribute configuration with 'name':'${String(name)}'`);
  }
  for (const name of NEEDED) if (!names.includes(name)) faults.push(`The attribute '${name}' can not be removed`);
  for (const { name, validations, group } of attributes) {
    for (const id of Object.keys(objectIn(validations))) {
      if (!isProvider("org.keycloak.validate.Validator", id))
        faults.push(`Validator '${id}' defined for attribute '${String(name)}' doesn't exist`);
    }
    if (group !== undefined && group !== null && !groups.some((one) => one["name"] === group))
      faults.push(`Attribute '${String(name)}' references unknown group '${typeof group === "string" ? group : "?"}'`);
  }
  if (faults.length > 0) throw invalid(`[${faults.join(", ")}]`);
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
}

const objectIn = (value: unknown): Json => {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw malformed();
  return value as Json;
};
const objectsIn = (value: unknown): readonly Json[] => {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.some((entry) => typeof entry !== "object" || entry === null)) throw malformed();
  return value as readonly Json[];
};
