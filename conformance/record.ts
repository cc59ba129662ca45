/**
 * Renews a recording: `scripts/with-node node conformance/record.ts http://localhost:8080 > conformance/fixtures/keycloak-<version>/flows.json`
 * against a real Keycloak that has imported `apixion` and `myrealm` from the fixtures.
 */
import { recordAll } from "./cases/exchange.ts";

const [baseUrl] = process.argv.slice(2);
if (baseUrl === undefined) {
  console.error("usage: node conformance/record.ts BASE_URL");
  process.exitCode = 2;
} else {
  console.log(JSON.stringify(await recordAll(baseUrl.replace(/\/$/, "")), null, 1));
}
