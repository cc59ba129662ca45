import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decode, readAnswer, realmClient, secretOf, tokensOf } from "./client.ts";
import { APIXION, MYREALM, type RunningServer, startServer, WORKSHOP } from "./server.ts";

/** What operators see of an exchange: the log lines and the counter of the talk, in both dialects. */

const EVENTS_AT_DEBUG = "--log-level=INFO,org.keycloak.events:debug";
const PREFIX = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} `;
/** Details of our own come after all of Keycloak's. */
const OURS = '(?:, (?:exchange_right|subject_audience)="[^"]*")*';
const GRANT = `grant_type="urn:ietf:params:oauth:grant-type:token-exchange"`;
const APIXION_ID = "6cb11d10-d2d6-4155-93bb-daa15119e06c";

/** A whole line of the log; what matches varies. */
const line = (level: string, message: string): RegExp =>
  new RegExp(`^${PREFIX}${level} \\[org\\.keycloak\\.events\\] \\([\\w-]+\\) ${message}$`, "m");
const REFUSED_LINE = `type="TOKEN_EXCHANGE_ERROR", realmId="${APIXION_ID}", realmName="apixion", clientId="frontend", userId="null", ipAddress="127\\.0\\.0\\.1", error="not_allowed", reason="client not allowed to exchange to audience", auth_method="token_exchange", audience="backend", ${GRANT}, client_auth_method="client-secret"`;
const allowedLine = (claims: Readonly<Record<string, unknown>>, scope: unknown): string =>
  `type="TOKEN_EXCHANGE", realmId="${APIXION_ID}", realmName="apixion", clientId="portal", userId="${String(claims["sub"])}", sessionId="${String(claims["sid"])}", ipAddress="127\\.0\\.0\\.1", auth_method="token_exchange", audience="some-backend-service", token_id="${String(claims["jti"])}", ${GRANT}, scope="${String(scope)}", client_auth_method="client-secret"`;

/** What the counter of the talk says. */
const counted = (text: string, clientId: string, error: string): number => {
  const labels = `client_id="${clientId}",error="${error}",event="token_exchange",idp="",realm="apixion"`;
  return Number(new RegExp(`^keycloak_user_events_total\\{${labels}\\} (\\d+\\.\\d+)$`, "m").exec(text)?.[1] ?? 0);
};

/** The talk's two exchanges: the one that is refused and the one that is not. */
async function talkExchanges(server: RunningServer) {
  const talk = realmClient(server.baseUrl, "apixion");
  const { access_token } = await talk.signIn({ client_id: "frontend" }, "developer-123@apixion");
  const refused = await talk.exchange(access_token, { client_id: "frontend", audience: "backend" });
  const allowed = await talk.exchange(access_token, {
    ...secretOf("portal"),
    audience: "some-backend-service",
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
  });
  return { refused, allowed, claims: decode(tokensOf(allowed).access_token).claims };
}

describe("in the keycloak dialect", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer({ realms: [APIXION], flags: ["--compatibility=keycloak", EVENTS_AT_DEBUG] });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  test("the log has the talk's two lines, detail by detail", async () => {
    const { allowed, claims } = await talkExchanges(server);
    expect(await server.printed(line("WARN ", REFUSED_LINE + OURS))).toBeTruthy();
    expect(await server.printed(line("DEBUG", allowedLine(claims, allowed.body["scope"]) + OURS))).toBeTruthy();
  });

  test("metrics and health are off, as Keycloak's are", () => {
    expect(server.managementUrl).toMatch(/:undefined$/);
  });
});

describe("in the native dialect", () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer({ realms: [APIXION, MYREALM, WORKSHOP], flags: [EVENTS_AT_DEBUG] });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  const metrics = async (accept = "*/*"): Promise<string> =>
    (await fetch(`${server.managementUrl}/metrics`, { headers: { accept } })).text();

  test("the same lines, and after Keycloak's details why it was allowed and the decision's id", async () => {
    const { refused, allowed, claims } = await talkExchanges(server);
    expect(await server.printed(line("WARN ", `${REFUSED_LINE}, decision="${refused.headers.get("cambist-decision")}"`))).toBeTruthy();
    expect(
      await server.printed(
        line(
          "DEBUG",
          `${allowedLine(claims, allowed.body["scope"])}, exchange_right="permission", decision="${allowed.headers.get("cambist-decision")}"`,
        ),
      ),
    ).toBeTruthy();
  });

  test("successes are silent at the default level", async () => {
    await using quiet = await startServer({ realms: [APIXION] });
    await talkExchanges(quiet);
    expect(await quiet.printed(/type="TOKEN_EXCHANGE_ERROR"/)).toBeTruthy();
    expect(quiet.stdout()).not.toMatch(/type="TOKEN_EXCHANGE"/);
  });

  test("the line of an impersonation names both users and the right", async () => {
    const workshop = realmClient(server.baseUrl, "workshop");
    const { access_token } = await workshop.signIn(secretOf("helpdesk"), "agent");
    const answer = await workshop.exchange(access_token, { ...secretOf("helpdesk"), requested_subject: "ben" });
    const { sub } = decode(tokensOf(answer).access_token).claims;
    expect(
      await server.printed(
        new RegExp(
          `type="TOKEN_EXCHANGE", .*userId="${String(sub)}".* impersonator="agent", requested_subject="ben", client_auth_method="client-secret", .*impersonation_right="user"`,
        ),
      ),
    ).toBeTruthy();
  });

  test("SEC-LOG-02 neither tokens nor secrets nor passwords are printed", async () => {
    const { allowed } = await talkExchanges(server);
    const talk = realmClient(server.baseUrl, "apixion");
    const [header = ""] = tokensOf(allowed).access_token.split(".");
    await talk.exchange(tokensOf(allowed).access_token, {
      client_id: "portal",
      client_secret: "canary-secret",
      audience: "canary-audience",
    });
    await talk.token({ grant_type: "password", client_id: "frontend", username: "operator", password: "canary-password" });
    expect(await server.printed(/invalid_user_credentials/)).toBeTruthy();
    const output = server.stdout() + server.stderr();
    const canaries = [header, "portal-secret", "canary-secret", "canary-password", "developer-123@apixion-password"];
    expect(canaries.filter((canary) => output.includes(canary))).toEqual([]);
  });

  test("SEC-LOG-01 no value can forge a line", async () => {
    const forged = 'x", error="none"\n2026-01-01 00:00:00,000 INFO  [org.keycloak.events] (main) type="TOKEN_EXCHANGE';
    await realmClient(server.baseUrl, "apixion").exchange("x", { client_id: forged, client_secret: "x", audience: forged });
    expect(await server.printed(/clientId="x\\", error=\\"none\\" 2026-01-01/)).toBeTruthy();
    expect(server.stdout()).not.toMatch(/^2026-01-01 00:00:00,000/m);
  });

  test("the counter of the talk: a line for successes, a line for refusals, by client, error and realm", async () => {
    const talk = realmClient(server.baseUrl, "apixion");
    const { access_token } = await talk.signIn({ client_id: "frontend" }, "developer-123@apixion");
    const before = await metrics();
    for (let count = 0; count < 3; count += 1)
      await talk.exchange(access_token, { ...secretOf("portal"), audience: "some-backend-service" });
    for (let count = 0; count < 2; count += 1) await talk.exchange(access_token, { ...secretOf("portal"), audience: "backend" });
    const after = await metrics();
    expect(counted(after, "portal", "") - counted(before, "portal", "")).toBe(3);
    expect(counted(after, "portal", "not_allowed") - counted(before, "portal", "not_allowed")).toBe(2);
  });

  test("in Prometheus' text format for whoever asks for it", async () => {
    expect(await metrics("text/plain")).toMatch(/^# HELP keycloak_user_events_total .+\n# TYPE keycloak_user_events_total counter$/m);
  });

  test("SEC-LOG-06 clients nobody knows are one label", async () => {
    const talk = realmClient(server.baseUrl, "apixion");
    const before = await metrics();
    for (let count = 0; count < 5; count += 1) await talk.exchange("x", { client_id: `made-up-${count}`, client_secret: "x" });
    const after = await metrics();
    expect(after).not.toContain("made-up");
    expect(counted(after, "unknown", "client_not_found") - counted(before, "unknown", "client_not_found")).toBe(5);
  });

  test.each(["", "/live", "/ready", "/started"])("health%s says UP", async (path) => {
    const { status, body } = await readAnswer(await fetch(`${server.managementUrl}/health${path}`));
    expect({ status, said: body["status"] }).toEqual({ status: 200, said: "UP" });
  });
});
