import { writeSync } from "node:fs";
import { openStore } from "../open.ts";
import { auditRecord, NOW, REALM, userSession } from "./rows.ts";

/**
 * A server under load, as a process of its own that a test may kill: writes without end and tells each acknowledged record on its standard
 * output. Argument: the data folder.
 */
const STDOUT = 1;
const store = await openStore(process.argv[2] ?? "");
writeSync(STDOUT, "ready\n");

async function client(name: string): Promise<void> {
  for (let index = 0; ; index += 1) {
    const id = `${name}-${index}`;
    await store.writer.write({
      guards: [{ claim: "once", realmId: REALM, kind: "jti", key: id, expiresAt: NOW + 60 }],
      commands: [{ do: "createSession", realmId: REALM, session: userSession({ id }), expiresAt: NOW + 60 }],
      audit: [auditRecord({ id })],
    });
    writeSync(STDOUT, `${id}\n`);
  }
}
await Promise.all(Array.from({ length: 8 }, (_, index) => client(`${process.pid}-${index}`)));
