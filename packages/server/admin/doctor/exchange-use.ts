import { type ExchangePair, type ExchangeUse, UNUSED_DAYS } from "@cambist/core/doctor/facts.ts";
import type { AuditFilter, AuditReads, EpochMillis, StoredAuditRecord } from "@cambist/store/ports.ts";

type Log = Pick<AuditReads, "list">;

const PAGE = 1000;
const DAY_MS = 86_400_000;
/** Records that are looked at: about a second's work. On a busier server the answer reaches less far back, and says so. */
const NEWEST = 1_000_000;
const EXCHANGE = "TOKEN_EXCHANGE";
/** Changes of configuration, as admin events are recorded. */
const CHANGES = ["ADMIN_CREATE", "ADMIN_UPDATE", "ADMIN_ACTION"] as const;

/**
 * What the realm's audit records of the last days say about its exchanges, as far as `newest` records of the log reach. Reads once, page by
 * page; other work of the thread runs between two.
 */
export async function readExchangeUse(audit: Log, realmId: string, now: EpochMillis, newest = NEWEST): Promise<ExchangeUse> {
  const since = now - UNUSED_DAYS * DAY_MS;
  const [oldest] = await audit.list({ realm: realmId, newest, limit: 1 });
  const usedPermissions = new Set<string>();
  const changed = new Set<string>();
  const pairs = new Map<string, ExchangePair>();
  for await (const record of records(audit, { realm: realmId, types: [EXCHANGE, ...CHANGES], since, newest })) {
    if (record.type !== EXCHANGE) {
      const parts = (record.details["resourcePath"] ?? "").split("/");
      if (parts.includes("authz") || parts.includes("management")) for (const part of parts) changed.add(part);
      continue;
    }
    for (const pair of pairsOf(record, usedPermissions)) {
      const key = JSON.stringify([pair.requester, pair.target, pair.subjectClient ?? null, pair.mismatch]);
      const known = pairs.get(key);
      pairs.set(key, known ? { ...known, count: known.count + 1, last: Math.max(known.last, pair.last) } : pair);
    }
  }
  return { since: oldest && Math.floor(oldest.time / 1000), usedPermissions, changed, pairs: [...pairs.values()] };
}

async function* records(audit: Log, filter: Omit<AuditFilter, "after" | "limit">) {
  for (let after: number | undefined; ;) {
    const page = await audit.list({ ...filter, ...(after !== undefined && { after }), limit: PAGE });
    yield* page;
    after = page.at(-1)?.sequence;
    if (page.length < PAGE) return;
  }
}

interface Right {
  readonly target?: unknown;
  readonly permission?: { readonly permission?: unknown };
}

/** One per target of the exchange, as the record's facts name them; an exchange to oneself has no right to name. */
function pairsOf({ clientId = "", time, details, facts }: StoredAuditRecord, usedPermissions: Set<string>): readonly ExchangePair[] {
  const rights = (Array.isArray(facts["rights"]) ? facts["rights"] : []) as readonly Right[];
  const targets: string[] = [];
  for (const { target, permission } of rights) {
    if (typeof target === "string") targets.push(target);
    if (typeof permission?.permission === "string") usedPermissions.add(permission.permission);
  }
  const subjectClient = facts["subject_client"];
  const common = {
    requester: clientId,
    ...(typeof subjectClient === "string" && { subjectClient }),
    mismatch: details["subject_audience"] === "mismatch",
    count: 1,
    last: Math.floor(time / 1000),
  };
  const named = targets.length > 0 ? targets : [details["audience"] ?? clientId];
  return named.map((target) => ({ ...common, target }));
}
