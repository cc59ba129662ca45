import type { RealmFacts } from "./facts.ts";
import type { Found } from "./finding.ts";
import { request, shellLine } from "./fix.ts";

/** Administrators of all realms with the password of every tutorial. */
export const guessablePassword = (facts: RealmFacts): readonly Found[] =>
  (facts.guessablePasswords ?? []).map(({ id, username }) => ({
    severity: "critical",
    object: { type: "user", id, name: username },
    problem: `The administrator ${username} has a password that everybody tries first.`,
    fix: request(
      facts,
      "PUT",
      `/users/${encodeURIComponent(id)}/reset-password`,
      { type: "password", temporary: false, value: "<a long random password>" },
      {
        says: "Set a long random one.",
        kcadm: shellLine(["kcadm.sh", "set-password", "-r", facts.view.realm.name, "--userid", id]),
      },
    ),
  }));
