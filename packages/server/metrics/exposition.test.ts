import { expect, test } from "vitest";
import { negotiateFormat } from "./exposition.ts";

const PROMETHEUS_3 =
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5," +
  "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

test.each([
  [undefined, "openmetrics"],
  ["", "openmetrics"],
  ["*/*", "openmetrics"],
  ["application/openmetrics-text; version=1.0.0", "openmetrics"],
  ["text/plain", "plain"],
  ["text/plain; version=0.0.4; charset=utf-8", "plain"],
  ["TEXT/*", "plain"],
  ["text/plain;q=0.5, */*;q=0.1", "plain"],
  ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "openmetrics"],
  [PROMETHEUS_3, "openmetrics"],
  ["application/json", undefined],
  ["text/plain;q=0", undefined],
  ["text/plain;q=2", undefined],
  ["constructor, __proto__", undefined],
] as const)("Accept: %s is answered with %s", (accept, format) => {
  expect(negotiateFormat(accept)).toBe(format);
});
