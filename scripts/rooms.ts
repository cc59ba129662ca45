/**
 * The rooms of this repository and what each may import. The architecture is this table: `scripts/check-rooms.ts` compares every
 * import with it. A new package needs a row here and an ADR.
 */

/** `types`: only `import type` from there, so that nothing of it runs. */
export type Access = "values" | "types";

export interface Room {
  /** Name in messages, and the key other rooms list it by. */
  readonly name: string;
  /** Folder from the repository root. */
  readonly folder: string;
  /** The package name others import it by; rooms without one cannot be imported. */
  readonly packageName?: string;
  readonly rooms: Readonly<Record<string, Access>>;
  /** npm packages; `@scope/*` allows the whole scope. They must be in the room's package.json as well. */
  readonly packages: readonly string[];
  /** Built-in modules: none, or all but those named. */
  readonly builtins: "none" | { readonly except: readonly string[] };
  /** Also free of: clock, randomness and waiting (`pure`), functions and classes (`logic`), SQL text (`sql`). */
  readonly freeOf?: readonly ("pure" | "logic" | "sql")[];
  /** Files beside `*.test.ts` and `testing/` that only tests load. */
  readonly testFiles?: readonly string[];
}

/** What test code of every room may import on top: it runs under vitest on Node, whatever the room itself keeps away from. */
export const TEST_PACKAGES: readonly string[] = ["vitest", "fast-check"];

const NETWORK = ["node:http", "node:https", "node:http2", "node:net", "node:tls", "node:dgram", "node:dns", "node:dns/promises"];
const OURS = { protocol: "values", core: "values", store: "values", server: "values", sdk: "values", gateway: "values" } as const;
const TOOLS = ["vitest", "vitest/config", "fast-check", "oxc-parser"];

export const ROOMS: readonly Room[] = [
  {
    name: "protocol",
    folder: "packages/protocol",
    packageName: "@cambist/protocol",
    rooms: {},
    packages: [],
    builtins: "none",
    freeOf: ["pure", "logic"],
  },
  {
    name: "core",
    folder: "packages/core",
    packageName: "@cambist/core",
    rooms: { protocol: "values" },
    packages: [],
    builtins: "none",
    freeOf: ["pure", "sql"],
  },
  {
    name: "store",
    folder: "packages/store",
    packageName: "@cambist/store",
    rooms: { protocol: "values", core: "types" },
    packages: ["kysely"],
    builtins: { except: NETWORK },
    testFiles: ["contract.ts"],
  },
  {
    name: "server",
    folder: "packages/server",
    packageName: "@cambist/server",
    rooms: { protocol: "values", core: "values", store: "values" },
    packages: ["fastify", "@fastify/*", "jose", "nodemailer", "pino", "prom-client", "re2js"],
    builtins: { except: ["node:sqlite"] },
    freeOf: ["sql"],
  },
  {
    name: "sdk",
    folder: "packages/sdk",
    packageName: "@cambist/sdk",
    rooms: { protocol: "values" },
    packages: ["oauth4webapi", "jose"],
    builtins: "none",
  },
  {
    name: "gateway",
    folder: "packages/gateway",
    packageName: "@cambist/gateway",
    rooms: { protocol: "values", sdk: "values" },
    packages: ["jose"],
    builtins: { except: ["node:sqlite"] },
  },
  {
    name: "console",
    folder: "packages/console",
    packageName: "@cambist/console",
    rooms: { protocol: "types" },
    packages: ["react", "react-dom", "@tanstack/*", "@mantine/*", "@xyflow/react", "oidc-client-ts"],
    builtins: "none",
  },
  // The black box: it may not share a constant with us, or a wrong one would agree with itself.
  {
    name: "conformance",
    folder: "conformance",
    rooms: {},
    packages: ["vitest", "jose", "oauth4webapi", "openid-client", "axios", "@keycloak/keycloak-admin-client"],
    builtins: { except: ["node:sqlite"] },
  },
  { name: "scripts", folder: "scripts", rooms: OURS, packages: TOOLS, builtins: { except: [] } },
  { name: "bench", folder: "bench", rooms: OURS, packages: TOOLS, builtins: { except: [] } },
  // Examples are our customers: what they need must be in the packages meant for others.
  {
    name: "examples",
    folder: "examples",
    rooms: { sdk: "values", gateway: "values" },
    packages: ["axios", "jose", "oauth4webapi", "openid-client"],
    builtins: { except: ["node:sqlite"] },
  },
];
