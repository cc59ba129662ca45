import { examineRealm } from "@cambist/core/doctor/checks.ts";
import { type RealmFacts, UNUSED_DAYS } from "@cambist/core/doctor/facts.ts";
import type { Finding } from "@cambist/core/doctor/finding.ts";

/** What the endpoint answers and the command prints. */
export interface DoctorReport {
  readonly realm: string;
  /** ISO 8601, UTC. */
  readonly checkedAt: string;
  /** Worst first. */
  readonly findings: readonly Finding[];
  /** What could not be looked at, and why. */
  readonly notChecked: readonly string[];
}

export function reportOn(facts: RealmFacts): DoctorReport {
  return {
    realm: facts.view.realm.name,
    checkedAt: new Date(facts.now * 1000).toISOString(),
    findings: examineRealm(facts),
    notChecked: notChecked(facts),
  };
}

function notChecked({ view, guessablePasswords, use, now }: RealmFacts): readonly string[] {
  const missing: string[] = [];
  if (view.realm.name === "master" && guessablePasswords === undefined)
    missing.push("admin-password: needs the role manage-users of the realm master");
  if (!view.features.fineGrainedAdminPermissions) missing.push("permission-*: fine-grained permissions are switched off");
  if (use.since === undefined) missing.push("permission-unused: the audit log has no record of this realm");
  else if (use.since > now - UNUSED_DAYS * 86_400)
    missing.push(`permission-unused: the audit log of this realm begins less than ${UNUSED_DAYS} days ago`);
  return missing;
}
