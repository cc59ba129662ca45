import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ADMIN, administrator, person } from "./admin.ts";
import { expectIntactAudit } from "./audit.ts";
import { realmClient } from "./client.ts";
import { race, tally } from "./race.ts";
import { type RunningServer, startServer, temporaryFolder } from "./server.ts";

/** A mail server of a few words (RFC 5321) that keeps the messages. */
function mailServer() {
  const messages: string[] = [];
  const server = createServer((socket: Socket) => {
    let message: string | undefined;
    let input = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      input += chunk.toString("latin1");
      for (let end = input.indexOf("\r\n"); end >= 0; end = input.indexOf("\r\n")) {
        const line = input.slice(0, end);
        input = input.slice(end + 2);
        if (message === undefined) {
          if (line === "DATA") message = "";
          socket.write(line === "DATA" ? "354 go on\r\n" : line === "QUIT" ? "221 bye\r\n" : "250 ok\r\n");
        } else if (line === ".") {
          messages.push(message);
          message = undefined;
          socket.write("250 ok\r\n");
        } else message += `${line}\r\n`;
      }
    });
    socket.write("220 ready\r\n");
  });
  return { server, messages };
}

// Links begin with it; a port of its own would be another one after a restart.
const SERVER = { environment: ADMIN, flags: ["--workers=2", "--hostname=http://sso.example.com", "--log-level=error"] };
const folder = temporaryFolder();
const data = join(folder, "data");
const { server: smtp, messages } = mailServer();
let server: RunningServer;
let user = "";
beforeAll(async () => {
  smtp.listen(0, "127.0.0.1");
  await once(smtp, "listening");
  const { port } = smtp.address() as AddressInfo;
  server = await startServer({ ...SERVER, data });
  const admin = await administrator(server.baseUrl);
  const clients = [{ clientId: "till", publicClient: true, directAccessGrantsEnabled: true }];
  const smtpServer = { host: "127.0.0.1", port: String(port), from: "sso@example.com" };
  await admin.create("", { realm: "mailed", enabled: true, clients, smtpServer });
  user = await admin.create("/mailed/users", person("ada", { emailVerified: false, requiredActions: ["UPDATE_PASSWORD"] }));
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  smtp.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Asks for a link. @returns the token in it */
async function link(actions: readonly string[]): Promise<string> {
  const { status, text } = await (await administrator(server.baseUrl)).send("PUT", `/mailed/users/${user}/execute-actions-email`, actions);
  expect([status, text]).toEqual([204, ""]);
  const message = (messages.at(-1) ?? "").replaceAll("=\r\n", "").replaceAll("=3D", "=");
  const key = /http:\/\/sso\.example\.com\/realms\/mailed\/login-actions\/action-token\?key=([\w.-]+)/.exec(message)?.[1];
  if (key === undefined) throw new Error(message);
  return key;
}
const at = (): string => `${server.baseUrl}/realms/mailed/login-actions/action-token`;
const follow = (key: string, password: string) => ({
  method: "POST",
  url: at(),
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams({ key, "password-new": password, "password-confirm": password }).toString(),
});
const signIn = async (password: string): Promise<number> =>
  (await realmClient(server.baseUrl, "mailed").token({ grant_type: "password", client_id: "till", username: "ada", password })).status;

test("SEC-DB-01 H3 a link works once, on whichever thread its form arrives, and not again after a restart", async () => {
  const [key, later] = [await link(["UPDATE_PASSWORD", "VERIFY_EMAIL"]), await link(["UPDATE_PASSWORD"])];
  for (let time = 0; time < 4; time += 1) expect((await fetch(`${at()}?key=${key}`)).status).toBe(200);
  const words = ["one", "two", "three", "four", "five", "six"].map((word) => `password-${word}`);
  const answers = await race(words.map((word) => follow(key, word)));
  expect(tally(answers)).toEqual({ 200: 1, 400: words.length - 1 });
  const worked = [];
  for (const word of words) worked.push(await signIn(word));
  expect(worked).toEqual(answers.map(({ status }) => status));

  await server.stop();
  server = await startServer({ ...SERVER, data });
  const [again] = await race([follow(key, "once-more")]);
  expect([again?.status, await signIn("once-more")]).toEqual([400, 400]);
  const [other] = await race([follow(later, "once-more")]);
  expect([other?.status, await signIn("once-more")]).toEqual([200, 200]);
  await expectIntactAudit(server.data);
});
