import type { SourceExchanges, SourceFacts } from "@cambist/core/migration/facts.ts";
import type { Json } from "@cambist/store/config-ports.ts";
import { isJsonObject, jsonObjects } from "../realms/json-object.ts";
import { type AdminConnection, readAnswer } from "../remote/admin-connection.ts";
import { realmPath } from "./realm-frame.ts";

/** Events of one answer, and answers that are read: enough to see who exchanges. */
const EVENTS = 1000;
const ANSWERS = 10;

/** What a server tells about itself and about the use of a realm, and what it did not want to tell. */
export interface SourceReading {
  readonly facts: SourceFacts;
  /** In words. */
  readonly refused: readonly string[];
}

/**
 * Looks at what is not part of the realm itself. An administrator who may not see some of it can migrate all the same, so nothing here is an error.
 * @throws {CommandFailure} the server is away
 */
export async function readSource(api: AdminConnection, realm: string): Promise<SourceReading> {
  const refused: string[] = [];
  const ask = async <T>(path: string, what: string, hasShape: (value: unknown) => boolean): Promise<T | undefined> => {
    const answer = await api.send("GET", path);
    if (answer.status === 200) return readAnswer<T>(answer, `to show ${what}`, hasShape);
    await answer.body?.cancel();
    refused.push(`${what} (${answer.status})`);
    return undefined;
  };
  const base = realmPath(realm);
  const info = await ask<Json>("/admin/serverinfo", "its version and features", isJsonObject);
  const sessions = await ask<readonly Json[]>(`${base}/client-session-stats`, "sessions", Array.isArray);
  const initial = await ask<readonly Json[]>(`${base}/clients-initial-access`, "initial access tokens", Array.isArray);
  const exchanges = await readExchanges((first) =>
    ask(`${base}/events?type=TOKEN_EXCHANGE&first=${first}&max=${EVENTS}`, "events", Array.isArray),
  );
  const facts: SourceFacts = {
    ...serverFacts(info),
    ...(exchanges && { exchanges }),
    ...(sessions && {
      sessions: sessions.map(({ clientId, active, offline }) => ({
        clientId: String(clientId),
        active: Number(active),
        offline: Number(offline),
      })),
    }),
    ...(initial && { initialAccessTokens: initial.filter(({ remainingCount }) => remainingCount !== 0).length }),
  };
  return { facts, refused };
}

function serverFacts(info: Json | undefined): Pick<SourceFacts, "version" | "features"> {
  const { systemInfo, features } = info ?? {};
  const version = isJsonObject(systemInfo) ? systemInfo["version"] : undefined;
  const listed = jsonObjects(features);
  return {
    ...(typeof version === "string" && { version }),
    ...(listed.length > 0 && { features: new Map(listed.map(({ name, enabled }) => [String(name), enabled === true])) }),
  };
}

type Writable<T> = { -readonly [Member in keyof T]: T[Member] };

/** Counts the newest exchanges by requester and target. */
async function readExchanges(
  page: (first: number) => Promise<readonly Json[] | undefined>,
): Promise<readonly SourceExchanges[] | undefined> {
  const found = new Map<string, Writable<SourceExchanges>>();
  for (let number = 0; number < ANSWERS; number += 1) {
    const events = await page(number * EVENTS);
    if (!events) return undefined;
    for (const { clientId, details, time } of events) {
      if (typeof clientId !== "string" || !isJsonObject(details)) continue;
      const target = typeof details["audience"] === "string" ? details["audience"] : clientId;
      const key = JSON.stringify([clientId, target]);
      const one = found.get(key) ?? { requester: clientId, target, count: 0, withRefreshToken: 0, last: 0 };
      found.set(key, one);
      one.count += 1;
      one.last = Math.max(one.last, Math.floor(Number(time) / 1000));
      if (details["refresh_token_id"] !== undefined) one.withRefreshToken += 1;
    }
    if (events.length < EVENTS) break;
  }
  return [...found.values()];
}
