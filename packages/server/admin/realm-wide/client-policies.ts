import type { Json } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { objectBody } from "../read-json.ts";
import { flagOf } from "../read-query.ts";
import { readPolicies, readProfiles } from "../realms/client-policies.ts";
import { GLOBAL_PROFILES } from "../realms/global-profiles.ts";

const stored = (call: AdminCall, member: string, list: string): Json => (call.realm.representation[member] ?? { [list]: [] }) as Json;

export async function getProfiles(call: AdminCall): Promise<AdminAnswer> {
  const withGlobal = flagOf(call.query, "include-global-profiles") ?? false;
  return ok({ ...stored(call, "clientProfiles", "profiles"), ...(withGlobal && { globalProfiles: GLOBAL_PROFILES }) });
}

export const getPolicies = async (call: AdminCall): Promise<AdminAnswer> => ok(stored(call, "clientPolicies", "policies"));

export async function putProfiles(call: AdminCall): Promise<AdminAnswer> {
  const clientProfiles = readProfiles(objectBody(call.body));
  return save(call, "profiles", () => ({ clientProfiles }));
}

export async function putPolicies(call: AdminCall): Promise<AdminAnswer> {
  const body = objectBody(call.body);
  return save(call, "policies", (was) => ({ clientPolicies: readPolicies(body, was["clientProfiles"]) }));
}

async function save(call: AdminCall, part: string, change: (was: Json) => Json): Promise<AdminAnswer> {
  await call.changeRealm((was) => ({
    row: { ...was, representation: { ...was.representation, ...change(was.representation) } },
    event: { operation: "UPDATE", resourceType: "REALM", resourcePath: `client-policies/${part}`, representation: call.body, hidden: true },
  }));
  return noContent;
}
