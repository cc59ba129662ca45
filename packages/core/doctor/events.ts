import type { RealmFacts } from "./facts.ts";
import type { Found } from "./finding.ts";
import { changeRealm, realmObject } from "./fix.ts";

/** Types of the event view that an exchange leaves. */
const NEEDED = ["TOKEN_EXCHANGE", "TOKEN_EXCHANGE_ERROR"] as const;

/** The event view that the admin API shows. The audit log keeps everything all the same. */
export const eventsOff = (facts: RealmFacts): readonly Found[] => {
  const { enabled, types } = facts.view.realm.events;
  const object = realmObject(facts);
  if (!enabled) {
    return [
      {
        severity: "warning",
        object,
        problem: "Events are off: the admin API shows no exchange, allowed or refused.",
        fix: changeRealm(facts, { eventsEnabled: true }, { says: "Turn events on.", safe: true }),
      },
    ];
  }
  const missing = types.size > 0 ? NEEDED.filter((type) => !types.has(type)) : [];
  if (missing.length === 0) return [];
  return [
    {
      severity: "warning",
      object,
      problem: `Events of the types ${missing.join(", ")} are not kept.`,
      fix: changeRealm(facts, { enabledEventTypes: [...types, ...missing] }, { says: "Keep them.", safe: true }),
    },
  ];
};

export const adminEventsOff = (facts: RealmFacts): readonly Found[] =>
  facts.adminEventsEnabled
    ? []
    : [
        {
          severity: "hint",
          object: realmObject(facts),
          problem: "Admin events are off: the admin API does not show who changed a permission.",
          fix: changeRealm(facts, { adminEventsEnabled: true }, { says: "Turn admin events on.", safe: true }),
        },
      ];
