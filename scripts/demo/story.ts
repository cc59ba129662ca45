import type { Checks } from "./checks.ts";
import { type Answer, claimsOf, isSignedByRealm, type Json, post } from "./http.ts";
import {
  ACCESS_TOKEN,
  DEVELOPER,
  exchange,
  EXCHANGED_CLAIMS,
  EXCHANGED_LIFETIME,
  GRANT,
  signIn,
  SUBJECT_CLAIMS,
  UNTOLD_ROLES,
} from "./platform.ts";
import type { DemoServer } from "./server.ts";
import { actors, claimRows, showSideBySide } from "./side-by-side.ts";
import { cut, type Terminal, WIDTH, wrap } from "./terminal.ts";

const TOKEN_PATH = "/realms/apixion/protocol/openid-connect/token";

/** Tells the story of the talk's platform: every line is what the server just answered, and every fact is checked. */
export async function tellStory(server: DemoServer, terminal: Terminal, checks: Checks): Promise<void> {
  const tokenUrl = `${server.url}${TOKEN_PATH}`;

  terminal.title(1, "The developer signs in at the frontend");
  const login = await post(tokenUrl, signIn);
  const subjectToken = String(login.body["access_token"]);
  const subject = claimsOf(subjectToken);
  checks.equal("status of the sign-in", login.status, 200);
  checkClaims(checks, "subject token", subject, SUBJECT_CLAIMS);
  terminal.text(
    `${DEVELOPER} gets a token for the frontend and for the portal behind it. The frontend sends it to the portal, and the portal ` +
      "needs data from some-backend-service. It could forward the token as it is; then every service behind it could use it everywhere.",
  );

  terminal.title(2, "The portal exchanges the token for one that is meant for some-backend-service");
  const exchanged = await post(tokenUrl, exchange(subjectToken, "portal", "some-backend-service"));
  const claims = claimsOf(exchanged.body["access_token"]);
  showRequest(terminal, server.url, subjectToken);
  showAnswer(terminal, exchanged);
  checks.equal("status of the exchange", exchanged.status, 200);
  checks.equal("members of the answer", Object.keys(exchanged.body), [
    "access_token",
    "expires_in",
    "token_type",
    "scope",
    "issued_token_type",
  ]);
  checks.equal("issued_token_type", exchanged.body["issued_token_type"], ACCESS_TOKEN);
  checks.equal("expires_in", exchanged.body["expires_in"], EXCHANGED_LIFETIME);

  terminal.title(3, "The two tokens");
  showSideBySide(terminal, ["what the portal received", "what the portal got"], claimRows(subject, claims));
  terminal.line();
  terminal.text(`The developer has more rights than that (${UNTOLD_ROLES.join(", ")}); neither token tells.`);
  checkClaims(checks, "exchanged token", claims, EXCHANGED_CLAIMS);
  checks.equal("sub of the exchanged token", claims["sub"], subject["sub"]);
  checks.equal("actors", actors(claims["act"]), ["portal"]);
  checks.holds("the exchanged token has an e-mail address", claims["email"] === undefined);
  for (const [title, token] of [["subject", subjectToken] as const, ["exchanged", exchanged.body["access_token"]] as const]) {
    checks.holds(`the ${title} token's signature does not verify`, await isSignedByRealm(token, `${server.url}/realms/apixion`));
  }

  terminal.title(4, "Who is not let through is told why");
  const refused = await post(tokenUrl, exchange(subjectToken, "frontend", "backend"));
  showRefusal(terminal, "The frontend asks for a token for backend, whose permission names the portal only:", refused);
  const refusedPortal = await post(tokenUrl, exchange(subjectToken, "portal", "some-service"));
  terminal.line();
  showRefusal(terminal, "The portal asks for some-service, which lets some-backend-service through only:", refusedPortal);
  for (const { status, body, decision } of [refused, refusedPortal]) {
    checks.equal("status of a refusal", status, 400);
    checks.equal("error of a refusal", body["error"], "not_allowed");
    checks.holds("a refusal does not say what to change", /add a client policy that names it/.test(String(body["error_description"])));
    checks.holds("a refusal does not name its decision", decision !== "" && String(body["error_description"]).includes(decision));
  }

  terminal.title(5, "Each decision is on the record before its answer leaves");
  const toBackend = await post(tokenUrl, exchange(subjectToken, "portal", "backend"));
  checks.equal("status of the exchange to backend", toBackend.status, 200);
  terminal.text("The server's log, in the shape that log shippers for Keycloak know:");
  await showLogLine(server, terminal, checks, refused.decision, [
    "WARN ",
    'type="TOKEN_EXCHANGE_ERROR"',
    'clientId="frontend", userId="null"',
    'error="not_allowed", reason="client not allowed to exchange to audience"',
    'auth_method="token_exchange", audience="backend"',
    `grant_type="${GRANT}"`,
    'client_auth_method="client-secret"',
  ]);
  await showLogLine(server, terminal, checks, toBackend.decision, [
    "DEBUG",
    'type="TOKEN_EXCHANGE"',
    'clientId="portal"',
    `userId="${String(subject["sub"])}"`,
    `sessionId="${String(subject["sid"])}"`,
    'auth_method="token_exchange", audience="backend"',
  ]);
  await showVerification(server, terminal, checks);

  terminal.title(6, "And it is counted");
  await showMetrics(server, terminal, checks);
}

function checkClaims(checks: Checks, token: string, claims: Json, wanted: Json): void {
  for (const [name, value] of Object.entries(wanted)) checks.equal(`${name} of the ${token}`, claims[name], value);
}

function showRequest(terminal: Terminal, url: string, subjectToken: string): void {
  const quiet = (text: string): string => terminal.paint("dim", text);
  terminal.line(`   POST ${TOKEN_PATH} HTTP/1.1`);
  terminal.line(quiet(`   Host: ${new URL(url).host}`));
  terminal.line(quiet("   Content-Type: application/x-www-form-urlencoded"));
  terminal.line(quiet("   Authorization: Basic BASE64(portal:portal-secret)"));
  terminal.line();
  const [first = "", ...others] = [
    `grant_type=${GRANT}`,
    `subject_token=${cut(subjectToken, 40)}`,
    `subject_token_type=${ACCESS_TOKEN}`,
    `requested_token_type=${ACCESS_TOKEN}`,
  ].map((field) => field.replace(/^(\w+)=(.*)$/, (_all, name: string, value: string) => `${name}=${terminal.paint("cyan", value)}`));
  terminal.line(`   ${first}`);
  for (const field of others) terminal.line(`  &${field}`);
  terminal.line(`  &audience=${terminal.paint(["bold", "cyan"], "some-backend-service")}\n`);
}

function showAnswer(terminal: Terminal, { status, body, milliseconds, decision }: Answer): void {
  const verdict = terminal.paint(status === 200 ? "green" : "red", String(status));
  terminal.line(`   ${verdict} in ${milliseconds.toFixed(0)} ms   ${terminal.paint("dim", `Cambist-Decision: ${decision}`)}`);
  for (const [name, value] of Object.entries(body)) terminal.line(`   ${name}: ${cut(String(value), 60)}`);
}

function showRefusal(terminal: Terminal, story: string, { status, body }: Answer): void {
  terminal.text(story);
  const description = String(body["error_description"]);
  const [why = "", ...fix] = description.replace(/ Decision [\w-]+\.$/, "").split(": ");
  terminal.line(`     ${terminal.paint("red", `${status} ${String(body["error"])}`)}`);
  terminal.text(`why  ${why}.`, 5);
  terminal.text(`fix  ${fix.join(": ")}`, 5, "green");
}

/** An event line broken between its details, as on a slide. */
async function showLogLine(
  server: DemoServer,
  terminal: Terminal,
  checks: Checks,
  decision: string,
  parts: readonly string[],
): Promise<void> {
  const [line = ""] = decision === "" ? [] : await server.findLines(`decision="${decision}"`);
  for (const part of parts) checks.holds(`the log line of decision ${decision} lacks ${part}`, line.includes(part));
  const start = line.indexOf("type=");
  terminal.line();
  terminal.line(`   ${terminal.paint(line.includes(" WARN ") ? "yellow" : "blue", line.slice(0, Math.max(0, start)).trimEnd())}`);
  for (const part of wrap(line.slice(start).split(", "), ", ", WIDTH - 5)) terminal.line(`     ${part}`);
}

async function showVerification(server: DemoServer, terminal: Terminal, checks: Checks): Promise<void> {
  const { code, output } = await server.run("verify-audit");
  const [verdict = ""] = output.split("\n");
  checks.equal("exit code of verify-audit", code, 0);
  checks.holds(`verify-audit says: ${output}`, /is intact: \d+ records/.test(verdict));
  terminal.line();
  terminal.text("The same decisions are in a hash-chained log on disk, which a later change would break:");
  terminal.line(`     bin/cambist verify-audit`);
  terminal.line(`     ${terminal.paint("green", verdict)}`);
}

async function showMetrics(server: DemoServer, terminal: Terminal, checks: Checks): Promise<void> {
  const reply = await fetch(`${server.managementUrl}/metrics`);
  const lines = (await reply.text()).split("\n").filter((line) => line.includes('event="token_exchange"'));
  terminal.line(`   curl -s ${server.managementUrl}/metrics | grep 'event="token_exchange"'\n`);
  for (const line of lines.toSorted((one, other) => (one < other ? -1 : 1))) {
    const [series = "", value = ""] = line.split("} ");
    const [name = "", labels = ""] = series.split("{");
    terminal.line(`     ${name}{`);
    terminal.line(`       ${labels}} ${terminal.paint("bold", value)}`);
  }
  const counted = (client: string, error: string): string | undefined =>
    lines
      .find((line) => line.includes(`{client_id="${client}",error="${error}",event="token_exchange",idp="",realm="apixion"}`))
      ?.split(" ")[1];
  checks.equal("exchanges of the portal", counted("portal", ""), "2.0");
  checks.equal("refused exchanges of the portal", counted("portal", "not_allowed"), "1.0");
  checks.equal("refused exchanges of the frontend", counted("frontend", "not_allowed"), "1.0");
}
