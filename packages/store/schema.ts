/**
 * The tables as Kysely sees them. Booleans are integers 0 and 1, JSON is text, identifiers compare byte by byte, times are integers: the
 * same on every engine.
 */
export interface Schema {
  schema_version: SchemaVersionTable;
  change_log: ChangeLogTable;
  realm: RealmTable;
  role: RoleTable;
  role_composite: RoleCompositeTable;
  realm_group: RealmGroupTable;
  group_role: GroupRoleTable;
  client_scope: ClientScopeTable;
  client_scope_role: ClientScopeRoleTable;
  client: ClientTable;
  client_scope_client: ClientScopeClientTable;
  client_role_scope: ClientRoleScopeTable;
  component: ComponentTable;
  identity_provider: IdentityProviderTable;
  identity_provider_mapper: IdentityProviderMapperTable;
  authz_server: AuthzServerTable;
  authz_scope: AuthzNamedTable;
  authz_resource: AuthzNamedTable;
  authz_resource_scope: AuthzResourceScopeTable;
  authz_policy: AuthzPolicyTable;
  authz_policy_resource: AuthzPolicyResourceTable;
  authz_policy_scope: AuthzPolicyScopeTable;
  authz_policy_policy: AuthzPolicyPolicyTable;
  realm_user: UserTable;
  user_role: UserRoleTable;
  user_group: UserGroupTable;
  credential: CredentialTable;
  federated_identity: FederatedIdentityTable;
  user_consent: UserConsentTable;
  organization_member: OrganizationMemberTable;
  user_session: UserSessionTable;
  client_session: ClientSessionTable;
  login_failure: LoginFailureTable;
  once_claim: OnceClaimTable;
  refresh_family: RefreshFamilyTable;
  revoked_token: RevokedTokenTable;
  lineage: LineageTable;
  audit: AuditTable;
  audit_segment: AuditSegmentTable;
  event_view: EventViewTable;
}

type Flag = 0 | 1;

/** One row per migration that was applied. */
interface SchemaVersionTable {
  version: number;
  name: string;
}
interface ChangeLogTable {
  version: number;
  realm_id: string;
  kind: "realm" | "client" | "user";
  id: string;
}
interface RealmTable {
  id: string;
  name: string;
  enabled: Flag;
  representation: string;
}
interface RoleTable {
  id: string;
  realm_id: string;
  client_uuid: string | null;
  name: string;
  representation: string;
}
interface RoleCompositeTable {
  role_id: string;
  child_id: string;
}
interface RealmGroupTable {
  id: string;
  realm_id: string;
  parent_id: string | null;
  name: string;
  representation: string;
}
interface GroupRoleTable {
  group_id: string;
  role_id: string;
}
interface ClientScopeTable {
  id: string;
  realm_id: string;
  name: string;
  protocol: string;
  representation: string;
}
interface ClientScopeRoleTable {
  scope_id: string;
  role_id: string;
}
interface ClientTable {
  id: string;
  realm_id: string;
  client_id: string;
  enabled: Flag;
  sealed_secret: string | null;
  secret_hash: string | null;
  /** The attribute `cambist.resource`, for look-ups. */
  resource: string | null;
  representation: string;
}
interface ClientScopeClientTable {
  client_uuid: string;
  scope_id: string;
  optional: Flag;
  position: number;
}
interface ClientRoleScopeTable {
  client_uuid: string;
  role_id: string;
}
interface ComponentTable {
  id: string;
  realm_id: string;
  provider_type: string;
  /** `name` of the representation, for look-ups. */
  name: string;
  sealed_config: string | null;
  representation: string;
}
interface IdentityProviderTable {
  internal_id: string;
  realm_id: string;
  alias: string;
  enabled: Flag;
  sealed_secret: string | null;
  representation: string;
}
interface IdentityProviderMapperTable {
  id: string;
  realm_id: string;
  alias: string;
  name: string;
  representation: string;
}
interface AuthzServerTable {
  client_uuid: string;
  realm_id: string;
  settings: string;
}
interface AuthzNamedTable {
  id: string;
  client_uuid: string;
  name: string;
  position: number;
  representation: string;
}
interface AuthzResourceScopeTable {
  resource_id: string;
  scope_id: string;
  position: number;
}
interface AuthzPolicyTable extends AuthzNamedTable {
  type: string;
  logic: string;
  decision_strategy: string;
}
interface AuthzPolicyResourceTable {
  policy_id: string;
  resource_id: string;
  position: number;
}
interface AuthzPolicyScopeTable {
  policy_id: string;
  scope_id: string;
  position: number;
}
interface AuthzPolicyPolicyTable {
  policy_id: string;
  applied_id: string;
  position: number;
}
interface UserTable {
  id: string;
  realm_id: string;
  username: string;
  email: string | null;
  email_verified: Flag;
  first_name: string | null;
  last_name: string | null;
  enabled: Flag;
  created_timestamp: number | null;
  not_before: number;
  service_account_client_uuid: string | null;
  attributes: string;
  required_actions: string;
  representation: string;
}
interface UserRoleTable {
  user_id: string;
  role_id: string;
}
interface UserGroupTable {
  user_id: string;
  group_id: string;
}
interface CredentialTable {
  id: string;
  user_id: string;
  type: string;
  secret_data: string;
  credential_data: string;
  created_date: number | null;
  user_label: string | null;
  priority: number;
}
interface FederatedIdentityTable {
  user_id: string;
  alias: string;
  external_id: string;
  external_name: string | null;
}
interface UserConsentTable {
  user_id: string;
  client_uuid: string;
  /** JSON array of scope names. */
  scopes: string;
  representation: string;
}
interface OrganizationMemberTable {
  realm_id: string;
  /** Of an organization in the realm's row. */
  organization_id: string;
  user_id: string;
  membership_type: string;
}
interface UserSessionTable {
  realm_id: string;
  id: string;
  offline: Flag;
  user_id: string;
  remember_me: Flag;
  started: number;
  last_refresh: number;
  auth_method: string;
  ip_address: string;
  notes: string;
  expires_at: number;
}
interface ClientSessionTable {
  realm_id: string;
  session_id: string;
  offline: Flag;
  client_uuid: string;
  started: number;
  last_refresh: number;
  scope: string;
}
interface LoginFailureTable {
  realm_id: string;
  user_id: string;
  num_failures: number;
  num_temporary_lockouts: number;
  last_failure: number;
  failed_login_not_before: number;
  last_ip_failure: string;
}
interface OnceClaimTable {
  realm_id: string;
  kind: string;
  claim_key: string;
  expires_at: number;
}
interface RefreshFamilyTable {
  realm_id: string;
  family: string;
  generation: number;
  uses: number;
  expires_at: number;
}
interface RevokedTokenTable {
  realm_id: string;
  jti: string;
  expires_at: number;
}
interface LineageTable {
  realm_id: string;
  jti: string;
  expires_at: number;
  /** The lineage as JSON. */
  body: string;
}
interface AuditTable {
  sequence: number;
  time: number;
  realm_id: string;
  type: string;
  client_id: string | null;
  hash: Uint8Array;
  /** The other members as JSON, byte for byte what was hashed. */
  body: string;
}
/** A run of the audit log that is dropped as a whole. The newest one is also the head of the chain. */
interface AuditSegmentTable {
  number: number;
  first_sequence: number;
  /** `first_sequence - 1` while it is empty. */
  last_sequence: number;
  start_time: number;
  max_time: number;
  start_hash: Uint8Array;
  end_hash: Uint8Array;
  bytes: number;
  /** 1: its records are gone or going; the newest dropped one stays as the anchor of the chain. */
  dropped: Flag;
}
/** Where a realm's view of its events begins. */
interface EventViewTable {
  realm_id: string;
  kind: "events" | "admin-events";
  /** Records up to and with this one are not shown. */
  start_sequence: number;
}
