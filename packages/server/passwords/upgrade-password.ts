import { type StoredCredential, StorageUnavailable } from "@cambist/store/ports.ts";
import type { LoadedRealm } from "../realms/compile-realm.ts";
import type { Services } from "../services.ts";
import { needsRehash } from "./hash.ts";
import { PasswordPoolBusy, PasswordPoolClosed, PasswordThreadLost } from "./passwords.ts";

/** Nothing is lost by these: the next sign-in tries again. */
const PASSING = [PasswordPoolBusy, PasswordPoolClosed, PasswordThreadLost, StorageUnavailable];

/**
 * Stores a password that has just been found right as the realm's policy now wants it hashed, where that differs from how it is. The sign-in
 * does not wait for it, and what becomes of the sign-in does not matter.
 * @see Keycloak 26: hashes anew whenever algorithm or iterations differ, up or down; id, date and label of the credential stay
 */
export function upgradePassword(
  { passwords, writer, log }: Pick<Services, "passwords" | "writer" | "log">,
  { view, hashPolicy }: Pick<LoadedRealm, "view" | "hashPolicy">,
  credential: StoredCredential,
  password: string,
): void {
  if (!needsRehash(credential, hashPolicy)) return;
  const upgrade = async (): Promise<void> => {
    const { secretData, credentialData } = await passwords.hash(password, hashPolicy);
    const { id: credentialId, secretData: seen } = credential;
    await writer.write({
      commands: [{ do: "rehashPassword", realmId: view.realm.id, credentialId, seen, secretData, credentialData }],
    });
  };
  upgrade().catch((error: unknown) => {
    if (!PASSING.some((kind) => error instanceof kind)) log.error("cambist.passwords", "A password could not be hashed anew", error);
  });
}
