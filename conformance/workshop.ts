import { type Parameters, type RealmClient, realmClient, secretOf, type Tokens } from "./client.ts";

/** Tokens that the suites of the native dialect start from, all of the realm `workshop` unless named otherwise. */
export interface NativeTokens {
  readonly ada: Tokens;
  readonly adaAtHelpdesk: string;
  readonly adaAtRobot: string;
  readonly agent: string;
  readonly ofAnotherRealm: string;
  readonly throughGate: string;
}

export async function nativeTokens(baseUrl: string): Promise<NativeTokens> {
  const workshop = realmClient(baseUrl, "workshop");
  const ada = await workshop.signIn({ client_id: "storefront" }, "ada");
  return {
    ada,
    adaAtHelpdesk: (await workshop.signIn(secretOf("helpdesk"), "ada")).access_token,
    adaAtRobot: (await workshop.signIn(secretOf("robot"), "ada")).access_token,
    agent: (await workshop.signIn(secretOf("helpdesk"), "agent")).access_token,
    ofAnotherRealm: (await realmClient(baseUrl, "myrealm").signIn({ client_id: "web" }, "alice")).access_token,
    throughGate: await hop(workshop, ada.access_token, "gate", "orders"),
  };
}

/** One exchange that works: the requester's new token for the target. */
export async function hop(realm: RealmClient, subject: string, requester: string, target: string, more: Parameters = {}): Promise<string> {
  const answer = await realm.exchange(subject, { ...secretOf(requester), audience: target, ...more });
  const token = answer.body["access_token"];
  if (answer.status !== 200 || typeof token !== "string") throw new Error(`${requester} to ${target}: ${answer.status} ${answer.text}`);
  return token;
}
