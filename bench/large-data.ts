import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONNECTIONS, type Pace } from "./exchange-speed.ts";
import { type Addressed, type Load, orderTo } from "./load.ts";
import { type Measure, median } from "./measure.ts";
import { realmWith } from "./realm.ts";
import { Server } from "./server.ts";
import { exchangeRequests, subjectTokens } from "./subject-tokens.ts";

const USERS = 100_000;
const CLIENTS = 10_000;
const REALMS = 1_000;

type Json = Record<string, unknown>;

/** What much data costs: exchanges in a realm of many users and clients, beside many realms, against the realm as it was. */
export async function measureLargeData(load: Load, pace: Pace, say: (line: string) => void): Promise<readonly Measure[]> {
  const folder = mkdtempSync(join(tmpdir(), "cambist-bench-large-"));
  const realms = join(folder, "realms");
  mkdirSync(realms);
  const realm = realmWith("RS256", "RS256");
  writeFileSync(join(realms, "large-realm.json"), JSON.stringify(large(realm)));
  for (let number = 1; number < REALMS; number += 1)
    writeFileSync(join(realms, `r${number}-realm.json`), JSON.stringify(small(realm, number)));
  const data = join(folder, "data");
  say(`importing ${USERS} users, ${CLIENTS} clients, ${REALMS} realms`);
  {
    await using _first = await Server.start({ data, flags: [`--import-realm=${realms}`] });
  }
  const ready: number[] = [];
  for (let round = 1; round < pace.rounds; round += 1) {
    await using again = await Server.start({ data });
    ready.push(again.readyMs);
  }
  await using much = await Server.start({ data, flags: ["--workers=1"] });
  await using little = await Server.start({ realm, flags: ["--workers=1"] });
  ready.push(much.readyMs);
  const subjects: (Addressed & { readonly rates: number[] })[] = [];
  for (const server of [little, much])
    subjects.push({ server, requests: exchangeRequests(server.base, await subjectTokens(server.base, pace.tokens)), rates: [] });
  for (const subject of subjects) await load.run(orderTo(subject, CONNECTIONS, pace.warmUpSeconds));
  for (let round = 0; round < pace.rounds; round += 1)
    for (const subject of subjects) subject.rates.push((await load.run(orderTo(subject, CONNECTIONS, pace.seconds))).perSecond);
  const [small_, large_] = subjects.map(({ rates }) => median(rates));
  rmSync(folder, { recursive: true, force: true });
  const lost = 100 * (1 - (large_ ?? 0) / (small_ ?? 1));
  const note = `${large_?.toFixed(0)}/s instead of ${small_?.toFixed(0)}/s`;
  return [
    { name: "exchanges lost with much data", value: lost, unit: "%", must: 10, aim: 3, better: "less", note },
    { name: "ready, much data", value: median(ready), unit: "ms", must: 1000, aim: 500, better: "less" },
    { name: "resident under load, much data", value: much.residentMb(), unit: "MB", must: 150, aim: 110, better: "less" },
  ];
}

function uuid(kind: string, number: number): string {
  const hex = createHash("sha256").update(`${kind} ${number}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function large(realm: Json): Json {
  const users = realm["users"] as readonly Json[];
  const clients = realm["clients"] as readonly Json[];
  const pattern = clients.find(({ clientId }) => clientId === "portal");
  return {
    ...realm,
    users: [
      ...users,
      ...Array.from({ length: USERS - users.length }, (_, number) => ({
        id: uuid("user", number),
        username: `user-${number}`,
        email: `user-${number}@example.com`,
        firstName: "User",
        lastName: String(number),
        enabled: true,
        realmRoles: [`default-roles-${String(realm["realm"])}`],
      })),
    ],
    clients: [
      ...clients,
      ...Array.from({ length: CLIENTS - clients.length }, (_, number) => ({
        ...pattern,
        id: uuid("client", number),
        clientId: `service-${number}`,
        protocolMappers: [],
      })),
    ],
  };
}

/** A realm of its own with the same keys: making a thousand pairs would take minutes. */
function small({ components }: Json, number: number): Json {
  const keys = (components as Record<string, readonly Json[]>)["org.keycloak.keys.KeyProvider"] ?? [];
  const own = keys.map((key, index) => ({ ...key, id: uuid(`key ${index}`, number) }));
  return { realm: `r${number}`, enabled: true, components: { "org.keycloak.keys.KeyProvider": own } };
}
