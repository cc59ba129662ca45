import type { RealmRow } from "@cambist/store/config-ports.ts";
import type { Json } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, type AdminRoute, noContent, ok } from "../../admin-call.ts";
import { malformed, notFound } from "../../admin-error.ts";
import { NEEDS } from "../../admin-roles.ts";
import { objectBody } from "../../read-json.ts";
import { signRegistrationToken } from "./registration-tokens.ts";

/** A permission to register so many clients, for so long; times are seconds, an expiration of 0 means none. */
export interface InitialAccess {
  readonly id: string;
  readonly timestamp: number;
  readonly expiration: number;
  readonly count: number;
  readonly remainingCount: number;
}

const MEMBER = "clientInitialAccess";
/** So many at once are enough, and the realm's row stays small. */
const MAX_TOKENS = 1000;
const MAX_NUMBER = 2_147_483_647;

/** Those of the realm that can still be used. */
export const initialAccesses = ({ representation }: RealmRow, now: number): readonly InitialAccess[] =>
  ((representation[MEMBER] ?? []) as readonly InitialAccess[]).filter(
    // so stored
    ({ remainingCount, timestamp, expiration }) => remainingCount > 0 && (expiration === 0 || timestamp + expiration > now),
  );

/** The realm's row with these; those that are over are forgotten. */
export const withInitialAccesses = (realm: RealmRow, list: readonly InitialAccess[]): RealmRow => ({
  ...realm,
  representation: { ...realm.representation, [MEMBER]: list },
});

async function create(call: AdminCall): Promise<AdminAnswer> {
  const body = objectBody(call.body);
  const now = Math.floor(call.now / 1000);
  const count = whole(body, "count", 1);
  const access: InitialAccess = {
    id: call.newId(),
    timestamp: now,
    expiration: whole(body, "expiration", 0),
    count,
    remainingCount: count,
  };
  const realm = await call.services.realms.get(call.realm.name);
  if (!realm) throw notFound("Realm not found.");
  await call.changeRealm((row) => {
    const known = initialAccesses(row, now);
    if (known.length >= MAX_TOKENS) throw malformed();
    return {
      row: withInitialAccesses(row, [...known, access]),
      event: {
        operation: "CREATE",
        resourceType: "CLIENT_INITIAL_ACCESS_MODEL",
        resourcePath: `clients-initial-access/${access.id}`,
        representation: access,
      },
    };
  });
  const expires = access.expiration === 0 ? undefined : now + access.expiration;
  const issuer = `${call.baseUrl}/realms/${encodeURIComponent(call.realm.name)}`;
  const token = await signRegistrationToken(
    { services: call.services, realm, issuer },
    { kind: "InitialAccessToken", jti: access.id, expires },
    now,
  );
  return { body: { ...access, token }, location: `${call.url}/clients-initial-access/${access.id}` };
}

function whole(body: Json, member: string, otherwise: number): number {
  const value = body[member] ?? otherwise;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > MAX_NUMBER) throw malformed();
  return value;
}

const list = async ({ realm, now }: AdminCall): Promise<AdminAnswer> => ok(initialAccesses(realm, Math.floor(now / 1000)));

/** What is not there is gone already. */
async function remove(call: AdminCall): Promise<AdminAnswer> {
  const { id = "" } = call.params;
  await call.changeRealm((row) => ({
    row: withInitialAccesses(
      row,
      initialAccesses(row, Math.floor(call.now / 1000)).filter((access) => access.id !== id),
    ),
    event: { operation: "DELETE", resourceType: "CLIENT_INITIAL_ACCESS_MODEL", resourcePath: `clients-initial-access/${id.slice(0, 100)}` },
  }));
  return noContent;
}

export const initialAccessRoutes: readonly AdminRoute[] = [
  { method: "GET", path: "/clients-initial-access", needs: NEEDS.viewClients, handle: list, noCache: false },
  { method: "POST", path: "/clients-initial-access", needs: NEEDS.manageClients, handle: create },
  { method: "DELETE", path: "/clients-initial-access/:id", needs: NEEDS.manageClients, handle: remove },
];
