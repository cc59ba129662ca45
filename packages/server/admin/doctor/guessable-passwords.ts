import type { StateReads } from "@cambist/store/ports.ts";
import type { Passwords } from "../../passwords/passwords.ts";
import { holdersOf, type RoleGraph } from "./role-holders.ts";

/** Each takes two hashes of some 20 ms. */
const MAX_USERS = 20;

/** Administrators of all realms whose password is `admin` or their name. Hashes are compared directly, so that no attempt counts as a failed login. */
export async function readGuessablePasswords(
  graph: RoleGraph,
  state: Pick<StateReads, "passwordCredentials">,
  passwords: Pick<Passwords, "verify">,
): Promise<readonly { readonly id: string; readonly username: string }[]> {
  const role = graph.view.realmRole("admin");
  if (!role) return [];
  const holders = (await holdersOf(graph, role.id)).filter(({ user }) => user.enabled && user.serviceAccountClientUuid === undefined);
  const found: { readonly id: string; readonly username: string }[] = [];
  for (const { user } of holders.slice(0, MAX_USERS)) {
    const [credential] = await state.passwordCredentials(graph.realmId, user.id);
    if (!credential) continue;
    for (const guess of new Set(["admin", user.username])) {
      if (!(await passwords.verify(credential, guess))) continue;
      found.push({ id: user.id, username: user.username });
      break;
    }
  }
  return found;
}
