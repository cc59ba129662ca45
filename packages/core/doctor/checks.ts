import { adminEventsOff, eventsOff } from "./events.ts";
import type { RealmFacts } from "./facts.ts";
import { type Finding, type Found, type Practice, SEVERITIES } from "./finding.ts";
import { generalImpersonator, impersonationOpen } from "./impersonation.ts";
import { es256, keyRotation } from "./keys.ts";
import { exchangedTokenLifetime, impersonationLifetime } from "./lifetimes.ts";
import { guessablePassword } from "./passwords.ts";
import { exchangeRoleForAll, permissionEmpty, permissionOpen, permissionUnused } from "./permissions.ts";
import { planeMissing } from "./planes.ts";
import { audienceUnchecked } from "./providers.ts";
import { wildcardRedirect } from "./redirects.ts";
import { audienceMismatch, publicRequester } from "./requesters.ts";
import { audienceMissing, fullScope, ignoredMapper } from "./scopes.ts";

export interface Check {
  readonly id: string;
  readonly practice: Practice;
  /** What can happen where the practice is not followed. */
  readonly why: string;
  readonly examine: (facts: RealmFacts) => readonly Found[];
}

/** Every check. The guide's table is this table. */
export const CHECKS: readonly Check[] = [
  {
    id: "full-scope",
    practice: "Full Scope off",
    why: "A service that receives such a token can use every right of its user, at every other service.",
    examine: fullScope,
  },
  {
    id: "permission-open",
    practice: "permissions name their requesters",
    why: "One stolen client secret, whichever, is enough to act as any user at this service.",
    examine: permissionOpen,
  },
  {
    id: "permission-empty",
    practice: "permissions name their requesters",
    why: "It looks like a restriction and is none: without policies a permission counts as not set.",
    examine: permissionEmpty,
  },
  {
    id: "exchange-role-for-all",
    practice: "permissions name their requesters",
    why: "The role stands in for a permission, so every client with a service account may exchange.",
    examine: exchangeRoleForAll,
  },
  {
    id: "permission-unused",
    practice: "few clients exchange",
    why: "A way nobody takes is watched by nobody, and still open to whoever gets hold of the requester's secret.",
    examine: permissionUnused,
  },
  {
    id: "public-requester",
    practice: "few clients exchange",
    why: "A public client has no secret: whoever holds a token of its users can exchange in its name.",
    examine: publicRequester,
  },
  {
    id: "audience-missing",
    practice: "one audience per token",
    why: "A token for nobody in particular is taken by every service that does not look at its audience.",
    examine: audienceMissing,
  },
  {
    id: "audience-mismatch",
    practice: "one audience per token",
    why: "A service that exchanges tokens that were not meant for it may have found or stolen them.",
    examine: audienceMismatch,
  },
  {
    id: "audience-unchecked",
    practice: "one audience per token",
    why: "A token that the provider made for any other application signs its user in here.",
    examine: audienceUnchecked,
  },
  {
    id: "plane-missing",
    practice: "trust boundaries",
    why: "Rules between planes say nothing about a client that is on none.",
    examine: planeMissing,
  },
  {
    id: "events-off",
    practice: "watch what is exchanged",
    why: "Unexpected exchanges are the first sign of a stolen credential, and the tools that read events see none.",
    examine: eventsOff,
  },
  {
    id: "admin-events-off",
    practice: "watch what is exchanged",
    why: "When a permission is wider than it was, the first question is who changed it.",
    examine: adminEventsOff,
  },
  {
    id: "token-lifetime",
    practice: "short-lived tokens",
    why: "An exchanged token is used at once; what it lives longer is time for a thief.",
    examine: exchangedTokenLifetime,
  },
  {
    id: "impersonation-lifetime",
    practice: "short-lived tokens",
    why: "The token stands for a person who does not know of it.",
    examine: impersonationLifetime,
  },
  {
    id: "impersonation-general",
    practice: "a dedicated impersonator",
    why: "Whoever takes over this account can become anybody, and in the audit trail it is hard to tell which use was meant.",
    examine: generalImpersonator,
  },
  {
    id: "impersonation-open",
    practice: "a dedicated impersonator",
    why: "One stolen client secret, whichever, is enough to become any user.",
    examine: impersonationOpen,
  },
  {
    id: "admin-password",
    practice: "keys and passwords",
    why: "It is the first password of every scan, and it opens all realms.",
    examine: guessablePassword,
  },
  {
    id: "redirect-wildcard",
    practice: "keys and passwords",
    why: "Codes and tokens go to whoever can name an address that fits.",
    examine: wildcardRedirect,
  },
  {
    id: "key-rotation",
    practice: "keys and passwords",
    why: "A key that leaked unnoticed goes on signing; rotation is the only thing that ends it.",
    examine: keyRotation,
  },
  {
    id: "mapper-ignored",
    practice: "one audience per token",
    why: "Somebody counts on a claim that no token has.",
    examine: ignoredMapper,
  },
  {
    id: "es256",
    practice: "keys and passwords",
    why: "Signing is most of the work of an exchange.",
    examine: es256,
  },
];

/** Runs every check; worst first, then in the order of the table. */
export function examineRealm(facts: RealmFacts): readonly Finding[] {
  const found = CHECKS.flatMap(({ id, practice, why, examine }) =>
    examine(facts).map((one): Finding => ({ check: id, practice, why, ...one })),
  );
  return SEVERITIES.flatMap((severity) => found.filter((finding) => finding.severity === severity));
}

/** Whether a pipeline should stop. */
export const needsWork = (findings: readonly Pick<Finding, "severity">[]): boolean => findings.some(({ severity }) => severity !== "hint");
