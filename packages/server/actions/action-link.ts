import type { ClientRow, RealmRow, UserRow } from "@cambist/store/config-ports.ts";
import type { Guard } from "@cambist/store/ports.ts";
import { type Organization, readOrganizations } from "../realms/organizations.ts";
import type { LoadedRealm } from "../realms/compile-realm.ts";
import type { Services } from "../services.ts";
import { type ActionToken, verifyActionToken } from "./action-token.ts";

interface ProblemRow {
  /** Keycloak's error and reason of the event. */
  readonly error: string;
  readonly reason?: string;
  /** What the reader of the page is told. */
  readonly text: string;
  /** There is nothing left to do, which is no fault. */
  readonly done?: true;
  /** It is the token, not what it is for: the event is about action tokens. */
  readonly ofToken?: true;
}

/** Why a link does nothing. */
export const PROBLEMS = {
  incomplete: {
    error: "not_allowed",
    reason: "invalidRequestMessage",
    text: "This address is not complete. Open the link from the mail once more.",
    ofToken: true,
  },
  invalid: { error: "invalid_code", text: "This link is not valid. Open the link from the mail once more.", ofToken: true },
  over: {
    error: "expired_code",
    reason: "Token is not active",
    text: "This link has expired. Ask your administrator for a new one.",
    ofToken: true,
  },
  used: { error: "expired_code", reason: "expiredActionMessage", text: "This link has been used. Ask your administrator for a new one." },
  userGone: {
    error: "user_not_found",
    reason: "invalidUserMessage",
    text: "The account that this link was made for is not there any more.",
  },
  userDisabled: {
    error: "user_disabled",
    reason: "accountDisabledMessage",
    text: "This account is disabled. Contact your administrator.",
  },
  otherEmail: {
    error: "invalid_email",
    reason: "invalidEmailMessage",
    text: "The email address of this account has changed since the link was sent. Ask your administrator for a new one.",
  },
  clientGone: {
    error: "client_not_found",
    reason: "unknownLoginRequesterMessage",
    text: "The application that this link was made for is not there any more.",
  },
  clientDisabled: {
    error: "client_not_found",
    reason: "loginRequesterNotEnabledMessage",
    text: "The application that this link was made for is disabled.",
  },
  alreadyVerified: { error: "email_already_verified", text: "Your email address has been verified already.", done: true },
  organizationGone: { error: "org_not_found", text: "The organization that this link was made for is not there any more." },
  alreadyMember: { error: "user_org_member_already", text: "You are a member of the organization already.", done: true },
} as const satisfies Record<string, ProblemRow>;
export type Problem = keyof typeof PROBLEMS;
/** The same table, typed by row. */
export const problemRow = (problem: Problem): ProblemRow => PROBLEMS[problem];

/** A link that can be followed, and whom and what it is about, as of now. */
export interface ActionLink {
  readonly token: ActionToken;
  readonly realm: RealmRow;
  readonly user: UserRow;
  readonly client: ClientRow;
  /** Whose invitation it is. */
  readonly organization: Organization | undefined;
}
export type JudgedLink =
  | { readonly ok: true; readonly link: ActionLink }
  /** `token`: one of ours, so that the event may say what it says. */
  | { readonly ok: false; readonly problem: Problem; readonly token?: ActionToken };

/** Single use hangs on realm, kind and id (SEC-JOSE-18), and is remembered as long as the token would live. */
export const singleUse = (realmId: string, { jti, expires }: ActionToken): Extract<Guard, { readonly claim: "once" }> => ({
  claim: "once",
  realmId,
  kind: "action_token",
  key: jti,
  expiresAt: expires,
});

interface Question {
  readonly services: Pick<Services, "admin" | "state">;
  readonly realm: LoadedRealm;
  readonly issuer: string;
  /** Seconds since 1970. */
  readonly now: number;
}

/** Looks at everything a link hangs on, in Keycloak's order. Changes nothing: mail scanners open links. */
export async function judgeLink({ services, realm: loaded, issuer, now }: Question, key: string | undefined): Promise<JudgedLink> {
  if (key === undefined || key === "") return { ok: false, problem: "incomplete" };
  const token = verifyActionToken(loaded, issuer, key, now);
  if (!token) return { ok: false, problem: "invalid" };
  const no = (problem: Problem): JudgedLink => ({ ok: false, problem, token });
  const { id: realmId, name } = loaded.view.realm;
  const realm = await services.admin.realmByName(name);
  if (!realm?.enabled || token.expires <= now || token.issuedAt < notBeforeOf(realm)) return no("over");
  const user = await services.admin.user(realmId, token.userId);
  if (!user) return no("userGone");
  if (!user.enabled) return no("userDisabled");
  if (user.email !== token.email) return no("otherEmail");
  const client = await services.admin.clientByClientId(realmId, token.clientId);
  if (!client) return no("clientGone");
  if (!client.enabled) return no("clientDisabled");
  if (token.issuedAt < Math.max(user.notBefore, notBeforeOf(client))) return no("over");
  if (token.kind === "verify-email" && user.emailVerified) return no("alreadyVerified");
  const organization = token.organizationId === undefined ? undefined : organizationOf(realm, token.organizationId);
  if (token.organizationId !== undefined && !organization) return no("organizationGone");
  if (organization && (await services.admin.organizationMember(realmId, organization.id, user.id))) return no("alreadyMember");
  if (await services.state.isSpent(singleUse(realmId, token))) return no("used");
  return { ok: true, link: { token, realm, user, client, organization } };
}

function organizationOf(realm: RealmRow, id: string): Organization | undefined {
  if (realm.representation["organizationsEnabled"] !== true) return undefined;
  return readOrganizations(realm).find((one) => one.id === id && one.enabled);
}

function notBeforeOf({ representation: { notBefore } }: RealmRow | ClientRow): number {
  return typeof notBefore === "number" ? notBefore : 0;
}
