import { randomUUID } from "node:crypto";
import { openReader } from "@cambist/store/reader.ts";
import { createLogger } from "../log/console.ts";
import { lineSink } from "../log/line-sink.ts";
import { createMetricsRecorder } from "../metrics/recorder.ts";
import { PasswordClient } from "../passwords/port.ts";
import type { LoadedRealm } from "../realms/compile-realm.ts";
import { RealmCache } from "../realms/realm-cache.ts";
import { matchesRegex } from "../realms/regex.ts";
import { sealedComponent } from "../realms/sealed-component.ts";
import { SecretBox } from "../secrets/secret-box.ts";
import { exchangeFeatures, type Services } from "../services.ts";
import { VerifiedTokens } from "../remembered/verified-tokens.ts";
import { ChangeCounter } from "./change-counter.ts";
import type { HttpThreadData } from "./thread-protocol.ts";
import { rememberedState } from "../remembered/remembered-state.ts";
import { StateStamps } from "../remembered/state-stamps.ts";
import { ThreadWriter } from "./thread-writer.ts";

/** Everything one HTTP worker serves with, and how to let go of it. */
export async function buildServices(data: HttpThreadData) {
  const { config } = data;
  const reader = await openReader(config.dataDirectory);
  const secrets = new SecretBox(Buffer.from(data.secretKey));
  const counter = new ChangeCounter(data.counter);
  const writer = new ThreadWriter(data.writer);
  const passwords = new PasswordClient(data.passwords);
  const realms = new RealmCache({
    reads: reader.config,
    changes: reader.changes,
    secrets,
    features: exchangeFeatures(config),
    dialect: config.compatibility,
    counter,
  });
  const sink = lineSink(process.stdout);
  const log = createLogger({
    levels: config.logLevel,
    output: config.logConsoleOutput,
    now: Date.now,
    write: sink.write,
    thread: data.name,
    eventLevels: config.eventLogLevels,
  });
  const metrics = createMetricsRecorder({ eventMetrics: config.eventMetrics, droppedLines: sink.droppedLines });
  const services: Services = {
    config,
    realms,
    verifiedTokens: new VerifiedTokens(config.verifiedTokens),
    state: rememberedState(reader.state, new StateStamps(data.stamps)),
    admin: reader.admin,
    audit: reader.audit,
    secrets,
    writer,
    storeImport: (recorded) => writer.storeImport(recorded),
    passwords,
    metrics,
    log,
    clock: Date.now,
    // Lower case it is already, but not in one piece: Node puts it together from twenty, and JSON writes an object with such a text at half the speed.
    newId: () => randomUUID().toLowerCase(),
    matchesRegex,
    findClientsByResource: (realmId, resource) => reader.config.findClientIdsByResource(realmId, resource),
    makeKey,
  };

  async function makeKey(realm: LoadedRealm, algorithm: string) {
    const { id, name } = realm.view.realm;
    const { fallbackKey } = await import("../keys/generate.ts");
    const component = await fallbackKey(algorithm, { realm: name, now: Date.now() });
    await writer.write({ commands: [{ do: "addComponent", realmId: id, component: sealedComponent(component, id, secrets) }] });
    const key = (await realms.get(name))?.keys.active(algorithm);
    if (!key) throw new Error(`No key for ${algorithm} could be made in realm ${name}`);
    return key;
  }

  return {
    services,
    sink,
    async close() {
      writer.close();
      await passwords.close();
      await reader.close();
    },
  };
}
