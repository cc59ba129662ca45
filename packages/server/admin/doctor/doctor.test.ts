import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKS } from "@cambist/core/doctor/checks.ts";
import type { AdminRequest } from "@cambist/core/doctor/finding.ts";
import { afterEach, expect, test } from "vitest";
import { adminOf, masterRealm, type TestAdmin } from "../../testing/admin.ts";
import { basic, signIn, testServer, type TestServer } from "../../testing/test-server.ts";
import type { DoctorReport } from "./report.ts";

const json = (...path: readonly string[]) =>
  JSON.parse(readFileSync(join(import.meta.dirname, ...path), "utf8")) as Readonly<Record<string, unknown>>;
const CARELESS = json("..", "..", "doctor", "fixtures", "careless-realm.json");
const APIXION = json("..", "..", "..", "..", "examples", "apixion", "apixion-realm.json");
const EASY = { users: [{ username: "admin", enabled: true, realmRoles: ["admin"], credentials: [{ type: "password", value: "admin" }] }] };
const DAYS = 86_400;

let server: TestServer;
afterEach(() => server.close());

const reportOf = async (admin: TestAdmin, realm: string): Promise<DoctorReport> => {
  const answer = await admin.get(`/${realm}/cambist/doctor`);
  if (answer.statusCode !== 200) throw new Error(answer.body);
  return answer.json();
};
const shortly = ({ findings }: DoctorReport): readonly string[] =>
  findings.map(({ check, severity, object }) => `${severity} ${check} ${object.name}`).toSorted();

/** Dana's token for `web` names no audience; `api` exchanges it all the same. */
async function exchangeOnce(): Promise<void> {
  const { access_token } = await signIn(server, { client_id: "web", username: "dana", password: "dana-password" }, "careless");
  const answer = await server.post(
    "/realms/careless/protocol/openid-connect/token",
    {
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: access_token,
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
      audience: "orders",
    },
    basic("api", "api-secret"),
  );
  if (answer.statusCode !== 200) throw new Error(answer.body);
}

async function carelessServer(): Promise<TestAdmin> {
  server = await testServer([masterRealm(EASY), CARELESS]);
  await signIn(server, { client_id: "web", username: "dana", password: "dana-password" }, "careless"); // the log begins
  server.advance(400 * DAYS);
  await exchangeOnce();
  return adminOf(server, { password: "admin" });
}

test("a realm that breaks each practice is told so, check by check", async () => {
  const admin = await carelessServer();
  const careless = await reportOf(admin, "careless");
  expect(shortly(careless)).toEqual([
    "critical exchange-role-for-all stock/token-exchange",
    "critical impersonation-open admin-impersonating.permission.users",
    "critical permission-open token-exchange.permission.client.billing",
    "critical redirect-wildcard web",
    "hint admin-events-off careless",
    "hint es256 careless",
    "hint impersonation-general boss",
    "hint mapper-ignored web",
    "warning audience-mismatch api",
    "warning audience-missing web",
    "warning audience-unchecked hub",
    "warning events-off careless",
    "warning full-scope web",
    "warning impersonation-general api",
    "warning impersonation-general helper",
    "warning impersonation-lifetime careless",
    "warning key-rotation rsa-generated",
    "warning permission-empty token-exchange.permission.client.stock",
    "warning permission-unused token-exchange.permission.client.billing",
    "warning plane-missing api",
    "warning plane-missing billing",
    "warning plane-missing stock",
    "warning plane-missing web",
    "warning public-requester web",
    "warning token-lifetime billing",
    "warning token-lifetime orders",
    "warning token-lifetime stock",
  ]);
  const master = await reportOf(admin, "master");
  expect(shortly(master)).toContain("critical admin-password admin");
  const seen = new Set([...careless.findings, ...master.findings].map(({ check }) => check));
  expect(CHECKS.map(({ id }) => id).filter((id) => !seen.has(id))).toEqual([]);
});

test("the fixes are calls that the admin API takes, and end what they are for", async () => {
  const admin = await carelessServer();
  const { findings } = await reportOf(admin, "careless");
  const complete = findings.flatMap(({ fix }) => (fix.request && !JSON.stringify(fix.request).includes("<") ? [fix.request] : []));
  expect(complete.length).toBeGreaterThan(15);
  for (const request of complete) {
    const { statusCode, body } = await send(admin, request);
    if (![200, 201, 204].includes(statusCode)) throw new Error(`${request.method} ${request.path}: ${statusCode} ${body}`);
  }
  const left = (await reportOf(admin, "careless")).findings.map(({ check }) => check);
  const ended = [
    "full-scope",
    "exchange-role-for-all",
    "mapper-ignored",
    "permission-empty",
    "permission-unused",
    "public-requester",
    "audience-missing",
    "audience-unchecked",
    "events-off",
    "admin-events-off",
    "token-lifetime",
    "impersonation-lifetime",
    "impersonation-open",
    "key-rotation",
    "es256",
  ];
  expect(ended.filter((check) => left.includes(check))).toEqual([]);
});

const send = (admin: TestAdmin, { method, path, body }: AdminRequest) => {
  const below = path.replace("/admin/realms", "");
  return method === "PUT" ? admin.put(below, body) : method === "POST" ? admin.post(below, body) : admin.delete(below, body);
};

test("the example platform has hints only", async () => {
  server = await testServer([masterRealm(), APIXION]);
  const { findings, notChecked } = await reportOf(await adminOf(server), "apixion");
  expect(findings.filter(({ severity }) => severity !== "hint")).toEqual([]);
  expect(findings.map(({ check }) => check)).toEqual(["admin-events-off", "redirect-wildcard", "es256"]);
  expect(notChecked).toEqual(["permission-unused: the audit log has no record of this realm"]);
});

test("a user who only sees the realm may ask, and does not learn whose password is a bad one", async () => {
  const viewer = {
    username: "viewer",
    enabled: true,
    clientRoles: { "master-realm": ["view-realm"] },
    credentials: [{ type: "password", value: "v" }],
  };
  const nobody = {
    username: "nobody",
    enabled: true,
    clientRoles: { "master-realm": ["view-users"] },
    credentials: [{ type: "password", value: "n" }],
  };
  server = await testServer([masterRealm({ users: [...EASY.users, viewer, nobody] })]);
  const report = await reportOf(await adminOf(server, { username: "viewer", password: "v" }), "master");
  expect(report.findings.map(({ check }) => check)).not.toContain("admin-password");
  expect(report.notChecked).toContain("admin-password: needs the role manage-users of the realm master");
  const refused = await (await adminOf(server, { username: "nobody", password: "n" })).get("/master/cambist/doctor");
  expect(refused.statusCode).toBe(403);
});

test("SEC-LOG-01 a report holds no secret and no token", async () => {
  const admin = await carelessServer();
  const answer = await admin.get("/careless/cambist/doctor");
  expect(answer.body).not.toMatch(/-secret"|eyJ|PRIVATE/);
});
