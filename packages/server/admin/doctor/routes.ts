import { type AdminAnswer, type AdminCall, type AdminRoute, ok } from "../admin-call.ts";
import { notFound } from "../admin-error.ts";
import { NEEDS } from "../admin-roles.ts";
import { gatherFacts } from "./gather-facts.ts";
import { reportOn } from "./report.ts";

/** `GET A/cambist/doctor`: what of the realm does not follow good practice, with the smallest fix of each. Ours, not Keycloak's. */
async function examine(call: AdminCall): Promise<AdminAnswer> {
  const { services, store, realm, now } = call;
  const loaded = await services.realms.get(realm.name);
  if (!loaded) throw notFound("Realm not found.");
  const { state, audit, passwords, matchesRegex } = services;
  const facts = await gatherFacts(
    { store, state, audit, passwords, matchesRegex, now },
    // Whoever only reads shall not learn whose password to try.
    { row: realm, loaded, mayTryPasswords: call.has("manage-users") },
  );
  return ok(reportOn(facts));
}

export const doctorRoutes: readonly AdminRoute[] = [{ method: "GET", path: "/cambist/doctor", needs: NEEDS.viewRealm, handle: examine }];
