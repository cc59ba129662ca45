import { randomBytes, randomUUID } from "node:crypto";
import { openStore, type Store } from "@cambist/store/open.ts";
import { type AuditRecord, type EpochMillis, StorageUnavailable, type WriteUnit } from "@cambist/store/ports.ts";
import type { FastifyInstance, LightMyRequestResponse } from "fastify";
import { VerifiedTokens } from "../remembered/verified-tokens.ts";
import { rememberedState } from "../remembered/remembered-state.ts";
import { StateStamps } from "../remembered/state-stamps.ts";
import { buildApp } from "../http/app.ts";
import { resolveFeatures } from "../config/features.ts";
import { importRealm } from "../imports/import-realm.ts";
import { realTools } from "../imports/import-tools.ts";
import { replayImport } from "../imports/recorded-import.ts";
import { documentOf } from "../imports/realm-document.ts";
import { type CompleteKeyComponent, fallbackKey, newRealmKeys } from "../keys/generate.ts";
import { createLogger } from "../log/console.ts";
import { createMetricsRecorder } from "../metrics/recorder.ts";
import { InThreadPasswords } from "../passwords/passwords.ts";
import { KEY_PROVIDER } from "../realm-template/components.ts";
import { RealmCache } from "../realms/realm-cache.ts";
import { matchesRegex } from "../realms/regex.ts";
import { sealedComponent } from "../realms/sealed-component.ts";
import { SecretBox } from "../secrets/secret-box.ts";
import type { ServedConfig, Services } from "../services.ts";

type Json = Readonly<Record<string, unknown>>;

/** Base URL that the test server's issuers begin with. */
export const BASE = "http://localhost:8080";
/** Where its clock stands at first. */
export const START: EpochMillis = 1_795_333_700_000;

/** A whole server in this thread: in-memory store, real keys, a clock that stands until it is moved. */
export interface TestServer {
  readonly app: FastifyInstance;
  readonly services: Services;
  readonly store: Store;
  /** Every event that was emitted, oldest first. */
  readonly events: readonly AuditRecord[];
  /** Its log. */
  readonly lines: readonly string[];
  /** Moves the clock. */
  advance(seconds: number): void;
  /** From now on (until `false`) nothing can be stored. */
  breakStorage(broken: boolean): void;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<LightMyRequestResponse>;
  post(
    path: string,
    form: Readonly<Record<string, string>> | string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<LightMyRequestResponse>;
  close(): Promise<void>;
}

/** Realm keys take a while to make: those of a realm name serve every test of a file. */
const keysOf = new Map<string, Promise<readonly CompleteKeyComponent[]>>();

/** Starts a server over these realm representations; what they leave out is as in a new realm of Keycloak. */
export async function testServer(realms: readonly Json[], config: Partial<ServedConfig> = {}): Promise<TestServer> {
  let now = START;
  let broken = false;
  const store = await openStore(":memory:");
  const box = new SecretBox(randomBytes(32));
  const passwords = new InThreadPasswords();
  for (const realm of realms) {
    const main = documentOf("test.json", { ...(await withKeys(realm)) });
    await store.imports.importing((sink) => importRealm({ main, users: [] }, sink, { ...realTools(box, passwords), now: () => now }));
  }

  let version = await store.reader.changes.latest();
  const stamps = new StateStamps();
  const writer = {
    async write(unit: WriteUnit) {
      if (broken) throw new StorageUnavailable("no space is left");
      const outcome = await store.writer.write(unit);
      for (const command of unit.commands ?? []) stamps.raise(command);
      version = await store.reader.changes.latest();
      return outcome;
    },
  };
  const served: ServedConfig = {
    relativePath: "",
    hostname: { kind: "url", url: BASE },
    hostnameStrict: true,
    proxyHeaders: undefined,
    proxyTrustedAddresses: [],
    mailHosts: undefined,
    features: {
      tokenExchange: true,
      standardTokenExchange: true,
      impersonation: true,
      fineGrainedAdminPermissions: true,
      userEventMetrics: true,
    },
    featureStates: resolveFeatures({ enabled: [], disabled: [], single: new Map() }).states,
    compatibility: "native",
    version: "0.0.0-test",
    eventLogLevels: { success: "debug", error: "warn" },
    ...config,
  };
  const cache = new RealmCache({
    reads: store.reader.config,
    changes: store.reader.changes,
    secrets: box,
    features: served.features,
    dialect: served.compatibility,
    counter: { read: () => version },
  });
  const lines: string[] = [];
  const events: AuditRecord[] = [];
  const log = createLogger({
    levels: { root: "all", categories: {} },
    output: "default",
    now: () => now,
    write: (line) => void lines.push(line),
    eventLevels: served.eventLogLevels,
  });
  const services: Services = {
    config: served,
    realms: cache,
    verifiedTokens: new VerifiedTokens(100),
    state: rememberedState(store.reader.state, stamps),
    admin: store.reader.admin,
    audit: store.reader.audit,
    secrets: box,
    writer,
    async storeImport(recorded) {
      if (broken) throw new StorageUnavailable("no space is left");
      await replayImport(store.imports, recorded);
      version = await store.reader.changes.latest();
      stamps.raiseAll();
    },
    passwords,
    metrics: createMetricsRecorder({ eventMetrics: undefined }),
    log: {
      ...log,
      event(record) {
        events.push(record);
        log.event(record);
      },
    },
    clock: () => now,
    newId: randomUUID,
    matchesRegex,
    findClientsByResource: (realmId, resource) => store.reader.config.findClientIdsByResource(realmId, resource),
    async makeKey(realm, algorithm) {
      const { id, name } = realm.view.realm;
      const component = await fallbackKey(algorithm, { realm: name, now });
      await writer.write({ commands: [{ do: "addComponent", realmId: id, component: sealedComponent(component, id, box) }] });
      const key = (await cache.get(name))?.keys.active(algorithm);
      if (!key) throw new Error(`No key for ${algorithm} could be made`);
      return key;
    },
  };
  const app = buildApp(services);
  return {
    app,
    services,
    store,
    events,
    lines,
    advance: (seconds) => void (now += seconds * 1000),
    breakStorage: (value) => void (broken = value),
    get: (url, headers = {}) => app.inject({ method: "GET", url, headers }),
    post: (url, form, headers = {}) =>
      app.inject({
        method: "POST",
        url,
        headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
        payload: typeof form === "string" ? form : new URLSearchParams(form).toString(),
      }),
    async close() {
      await app.close();
      await store.close();
    },
  };
}

async function withKeys(realm: Json): Promise<Json> {
  const name = String(realm["realm"]);
  let keys = keysOf.get(name);
  if (!keys) keysOf.set(name, (keys = newRealmKeys({ realm: name, now: START })));
  return { ...realm, components: { [KEY_PROVIDER]: await keys } };
}

/** `Authorization: Basic` of a client. */
export const basic = (clientId: string, secret: string): { readonly authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`).toString("base64")}`,
});

/** The claims of a token, unverified. */
export const claimsOf = (token: string): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")) as Readonly<Record<string, unknown>>;

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token: string;
}

/** Tokens of a direct grant of `alice` for a public client of the realm `walk`. */
export async function signIn(server: TestServer, form: Readonly<Record<string, string>> = {}, realm = "walk"): Promise<Tokens> {
  const answer = await server.post(`/realms/${realm}/protocol/openid-connect/token`, {
    grant_type: "password",
    client_id: "app",
    username: "alice",
    password: "password",
    scope: "openid",
    ...form,
  });
  if (answer.statusCode !== 200) throw new Error(answer.body);
  return answer.json();
}
