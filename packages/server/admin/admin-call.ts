import type { AdminReads } from "@cambist/store/admin-ports.ts";
import type { RealmRow } from "@cambist/store/config-ports.ts";
import type { AuditRecord, Command, EpochMillis, Guard } from "@cambist/store/ports.ts";
import type { SecretBox } from "../secrets/secret-box.ts";
import type { Services } from "../services.ts";
import type { AdminCaller } from "./authenticate-admin.ts";
import type { AdminRole, Needs } from "./admin-roles.ts";

/** Keycloak's operation types of admin events. */
export type Operation = "CREATE" | "UPDATE" | "DELETE" | "ACTION";

/** What a write changes, and the admin event it leaves. `resourcePath` is relative to the realm; `representation` holds no secret. */
export interface AdminChange {
  readonly commands: readonly Command[];
  /** Rows that the change was worked out from. When one has changed meanwhile nothing is written and the handler runs again. */
  readonly guards?: readonly Guard[];
  readonly event?: {
    readonly operation: Operation;
    /** Keycloak's resource type: `CLIENT`, `REALM_ROLE_MAPPING`, … */
    readonly resourceType: string;
    readonly resourcePath: string;
    readonly representation?: unknown;
    /** Keycloak's details of the event, such as whose membership it is. */
    readonly details?: Readonly<Record<string, string>>;
    /** Whose event it is; the realm of the path unless given. */
    readonly realm?: RealmRow;
    /** For the audit log alone: Keycloak lists no event of this. */
    readonly hidden?: true;
  };
  /** Further events of the same change. */
  readonly events?: readonly NonNullable<AdminChange["event"]>[];
}

/** A change of the realm's row, and what commits with it. */
export interface RealmChange {
  readonly row: RealmRow;
  readonly commands?: readonly Command[];
  /** Other rows that it was worked out from, as those of {@link AdminChange}. */
  readonly guards?: readonly Guard[];
  readonly event?: NonNullable<AdminChange["event"]>;
}

/** One authorised request to the admin API. */
export interface AdminCall {
  readonly services: Services;
  /** Committed configuration, as of each call. */
  readonly store: AdminReads;
  readonly secrets: SecretBox;
  /** The realm of the path. Routes outside a realm have the caller's own. */
  readonly realm: RealmRow;
  readonly caller: AdminCaller;
  /** Path parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The JSON body; undefined when there is none. Of any JSON type: readers check. */
  readonly body: unknown;
  /** The body as it came, for routes that take other types. */
  readonly rawBody: Buffer;
  readonly contentType: string;
  readonly accept: string;
  /** `{base}/admin/realms/{realm}` of the request, for `Location`. */
  readonly url: string;
  /** Base URL of the server, for issuers and links. */
  readonly baseUrl: string;
  readonly now: EpochMillis;
  readonly newId: () => string;
  /** The caller effectively holds one of these roles for this realm. */
  has(...roles: readonly AdminRole[]): boolean;
  /** @throws {AdminError} 403 */
  need(needs: Needs): void;
  /** One transaction: the commands, the admin event, the change-log entries. @throws {AdminError} 409 a name is taken, 503 nothing can be stored */
  commit(change: AdminChange): Promise<void>;
  /**
   * Changes the realm's own row, which many endpoints keep parts of: of two changes at once the later is worked out anew on what the
   * earlier left. `change` may be called more than once. @throws {AdminError} as {@link commit}; 404 when the realm is gone
   */
  changeRealm(change: (row: RealmRow) => RealmChange | Promise<RealmChange>): Promise<void>;
  /** The audit record of an event, for writes that go another way than {@link commit}. */
  record(event: NonNullable<AdminChange["event"]>): AuditRecord;
}

/** An answer; 200 with JSON unless it says otherwise. */
export interface AdminAnswer {
  readonly status?: number;
  /** JSON, or text when `type` says so. Undefined: no body. */
  readonly body?: unknown;
  /** Absolute. */
  readonly location?: string;
  /** Content type; `application/json;charset=UTF-8` unless given. */
  readonly type?: string;
}

export const ok = (body: unknown): AdminAnswer => ({ body });
export const noContent: AdminAnswer = { status: 204 };
/** 201 with `Location` under the realm: `created(call, "/clients/" + id)`. */
export const created = (call: AdminCall, path: string): AdminAnswer => ({ status: 201, location: `${call.url}${path}` });

/** One line of the route table: verb, path, who may, what happens. */
export interface AdminRoute {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below `/admin/realms/:realm`, with `:name` parameters; empty for the realm itself. */
  readonly path: string;
  /** Checked before anything is read. */
  readonly needs: Needs;
  readonly handle: (call: AdminCall) => Promise<AdminAnswer>;
  /** Content types the body may have beside JSON; the handler then reads `rawBody`. */
  readonly takes?: readonly string[];
  /** The answer is marked as not to be cached, as Keycloak marks it; by default that to `GET`. */
  readonly noCache?: boolean;
  /** `/admin` instead of `/admin/realms/:realm`: the route is about no realm. */
  readonly global?: true;
}
