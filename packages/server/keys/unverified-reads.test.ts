import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const SERVER = join(import.meta.dirname, "..");

/** Who may take a token apart before its signature is looked at, and what for. */
const READERS: Readonly<Record<string, string>> = {
  "admin/authenticate-admin.ts": "iss, to find the realm whose keys then verify it",
  "admin/clients/registration/registrar.ts": "whether it is one at all",
  "client-auth/client-assertion.ts": "kid and sub, to find the client whose keys then verify it",
  "grants/gather-exchange.ts": "iss, to tell a token of another issuer, which is then refused",
  "tokens/verify-access-token.ts": "it verifies",
};

test("SEC-JOSE-17 nobody takes a token apart but those who go on to verify or refuse it", () => {
  const sources = readdirSync(SERVER, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !/(^|\/)testing\//.test(name) && !name.includes("node_modules"),
  );
  const readers = sources.filter((name) => /\b(?:parseJws|parseJwsBytes|parseCompact)\b/.test(readFileSync(join(SERVER, name), "utf8")));
  expect(readers.filter((name) => name !== "keys/jws.ts").toSorted()).toEqual(Object.keys(READERS).toSorted());
  // Nor by hand.
  const decoders = sources.filter((name) =>
    /split\("\."\)[^\n]*base64url|base64url[^\n]*split\("\."\)/.test(readFileSync(join(SERVER, name), "utf8")),
  );
  expect(decoders).toEqual([]);
});
