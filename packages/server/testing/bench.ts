import type { Dialect } from "@cambist/core/model.ts";
import { refusalRow, type Refusal } from "@cambist/core/refusals.ts";
import type { StoredAuditRecord } from "@cambist/store/ports.ts";
import type { LightMyRequestResponse } from "fastify";
import { expect } from "vitest";
import { headerPart, sign, type SigningKey } from "../keys/signing-key.ts";
import { BASE, signIn, type TestServer, type Tokens } from "./test-server.ts";

export type Parameters = Readonly<Record<string, string>>;
export type Headers = Readonly<Record<string, string>>;

export const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
export const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
export const REFRESH_TOKEN = "urn:ietf:params:oauth:token-type:refresh_token";
export const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** One realm of a test server, seen from the token endpoint. */
export interface Bench {
  readonly server: TestServer;
  readonly dialect: Dialect;
  readonly issuer: string;
  readonly path: string;
  readonly token: (form: Parameters | string, headers?: Headers) => Promise<LightMyRequestResponse>;
  /** Tokens of a user for the browser client, or what `form` says. */
  readonly signIn: (username?: string, form?: Parameters) => Promise<Tokens>;
  /** A confidential client's credentials in the form. */
  readonly as: (clientId: string, form?: Parameters) => Parameters;
  /** An exchange by `portal` to `orders`, unless `form` says otherwise; the empty text takes a parameter away. */
  readonly exchange: (subjectToken: string, form?: Parameters) => Promise<LightMyRequestResponse>;
  /** Everything in the audit log, as storage has it. */
  readonly audit: () => Promise<readonly StoredAuditRecord[]>;
  /** The realm's active key, to make tokens that only an insider could. */
  readonly key: (algorithm?: string) => Promise<SigningKey>;
  /** Signs claims as the realm would. */
  readonly forge: (claims: Readonly<Record<string, unknown>>, algorithm?: string) => Promise<string>;
}

export function bench(server: TestServer, dialect: Dialect, realm = "shop"): Bench {
  const path = `/realms/${realm}/protocol/openid-connect/token`;
  const token = (form: Parameters | string, headers?: Headers): Promise<LightMyRequestResponse> => server.post(path, form, headers);
  const key = async (algorithm = "RS256"): Promise<SigningKey> => {
    const found = (await server.services.realms.get(realm))?.keys.active(algorithm);
    if (!found) throw new Error(`the realm has no active ${algorithm} key`);
    return found;
  };
  return {
    server,
    dialect,
    issuer: `${BASE}/realms/${realm}`,
    path,
    as: credentialsOf,
    token,
    key,
    signIn: (username = "alice", form = {}) => signIn(server, { client_id: "frontend", username, ...form }, realm),
    exchange: (subjectToken, form = {}) =>
      token(
        withoutEmpty({
          grant_type: EXCHANGE,
          subject_token: subjectToken,
          subject_token_type: ACCESS_TOKEN,
          audience: "orders",
          ...credentialsOf(form["client_id"] ?? "portal"),
          ...form,
        }),
      ),
    audit: () => server.store.reader.audit.list({ limit: 100_000 }),
    async forge(claims, algorithm) {
      const signing = await key(algorithm);
      return sign(signing, headerPart(signing, "JWT"), JSON.stringify(claims));
    },
  };
}

const credentialsOf = (clientId: string, form: Parameters = {}): Parameters => ({
  client_id: clientId,
  client_secret: `secret-of-${clientId}`,
  ...form,
});
const withoutEmpty = (form: Parameters): Parameters => Object.fromEntries(Object.entries(form).filter(([, value]) => value !== ""));

/** What a refusal is expected to leave behind. */
export interface ExpectedRefusal {
  /** Keycloak's event type, `_ERROR` included. */
  readonly type: string;
  /** The text in the `keycloak` dialect where the row's has placeholders. */
  readonly text?: string;
}

/**
 * Sends one request and looks at everything its refusal must be: status, body, headers, exactly one audit record, the event where there is
 * one. The row of the table is the expectation; its texts are compared with recordings elsewhere.
 */
export async function expectRefusal(
  bench: Bench,
  refusal: Refusal,
  { type, text }: ExpectedRefusal,
  send: () => Promise<LightMyRequestResponse>,
): Promise<StoredAuditRecord> {
  const { server, dialect } = bench;
  const before = await bench.audit();
  const eventsBefore = server.events.length;
  const answer = await send();
  const row = refusalRow(refusal);
  const [status, error, description] = row[dialect];
  const body: unknown = answer.json();
  const decision = String(answer.headers["cambist-decision"]);
  const records = (await bench.audit()).slice(before.length);

  expect({ refusal: records.map(({ facts }) => facts["refusal"]), status: answer.statusCode }).toEqual({ refusal: [refusal], status });
  const ofTheRealm = refusal === "https_required" || refusal === "realm_disabled";
  if (dialect === "native" && description !== undefined && !ofTheRealm) {
    expect(body).toEqual({ error, error_description: expect.stringMatching(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/) });
    expect((body as Record<string, string>)["error_description"]).toMatch(new RegExp(` Decision ${decision}\\.$`));
    const text = description.endsWith(".") ? description : `${description}.`;
    if (!description.includes("{")) expect(body).toMatchObject({ error_description: `${text} Decision ${decision}.` });
  } else expect(body).toEqual({ error, ...(description !== undefined && { error_description: text ?? description }) });
  expect(answer.headers).toMatchObject({ "cache-control": "no-store", pragma: "no-cache", "content-type": "application/json" });

  const [record] = records;
  if (!record) throw new Error("there is no audit record");
  expect(record).toMatchObject({ id: decision, type, error: row.event, issued: [] });
  const events = server.events.slice(eventsBefore);
  const emitted = row.keycloakEvent !== false || (dialect === "native" && record.clientId !== undefined);
  expect(events.map(({ id }) => id)).toEqual(emitted ? [decision] : []);
  return record;
}

type Sender = () => Promise<LightMyRequestResponse>;
/** How a row of the refusal table is met. */
export interface Provocation extends ExpectedRefusal {
  /** Prepares, and answers with what sends the request that is refused. */
  readonly provoke: (bench: Bench) => Sender | Promise<Sender>;
  /** Only there can the row be met. */
  readonly only?: Dialect;
}
