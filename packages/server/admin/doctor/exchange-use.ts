import { type ExchangePair, type ExchangeUse, UNUSED_DAYS } from "@cambist/core/doctor/facts.ts";
import type { AuditReads, EpochMillis, StoredAuditRecord } from "@cambist/store/ports.ts";

type Log = Pick<AuditReads, "list">;

const PAGE = 1000;
const DAY_MS = 86_400_000;
/** Changes of configuration, as admin events are recorded. */
const CHANGES = ["ADMIN_CREATE", "ADMIN_UPDATE", "ADMIN_ACTION"] as const;

/** What the realm's audit records of the last days say about its exchanges. Reads page by page; other work of the thread runs between two. */
export async function readExchangeUse(audit: Log, realmId: string, now: EpochMillis): Promise<ExchangeUse> {
  const from = now - UNUSED_DAYS * DAY_MS;
  const [oldest] = await audit.list({ realm: realmId, limit: 1 });
  const usedPermissions = new Set<string>();
  const changed = new Set<string>();
  const pairs = new Map<string, ExchangePair>();
  for await (const record of records(audit, { realm: realmId, type: "TOKEN_EXCHANGE", since: from })) {
    for (const pair of pairsOf(record, usedPermissions)) {
      const key = JSON.stringify([pair.requester, pair.target, pair.subjectClient ?? null, pair.mismatch]);
      const known = pairs.get(key);
      pairs.set(key, known ? { ...known, count: known.count + 1, last: Math.max(known.last, pair.last) } : pair);
    }
  }
  for (const type of CHANGES) {
    for await (const { details } of records(audit, { realm: realmId, type, since: from })) {
      const parts = (details["resourcePath"] ?? "").split("/");
      if (parts.includes("authz") || parts.includes("management")) for (const part of parts) changed.add(part);
    }
  }
  return { since: oldest && Math.floor(oldest.time / 1000), usedPermissions, changed, pairs: [...pairs.values()] };
}

async function* records(audit: Log, filter: { readonly realm: string; readonly type: string; readonly since: number }) {
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
