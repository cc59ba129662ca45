import { ADMIN } from "./admin.ts";
import { adminTokens, createRealms } from "./realms.ts";
import type { Features, Target } from "./run.ts";
import { startServer } from "./server.ts";

/** A column of the matrix: a server, or a way to start Cambist. */
export interface Column {
  readonly name: string;
  readonly title: string;
  readonly speaks: Target["speaks"];
  /** The recording it has to agree with. */
  readonly recording?: "keycloak-26.1.3" | "keycloak-26.7.4";
}

export const RECORDED: readonly Column[] = [
  { name: "keycloak-26.1.3", title: "Keycloak 26.1.3", speaks: "keycloak 26.1" },
  { name: "keycloak-26.7.4", title: "Keycloak 26.7.4", speaks: "keycloak 26.7" },
];
export const OURS: readonly Column[] = [
  { name: "cambist-as-26.1", title: "Cambist without V2", speaks: "cambist as 26.1", recording: "keycloak-26.1.3" },
  { name: "cambist-as-26.7", title: "Cambist, `keycloak`", speaks: "cambist as 26.7", recording: "keycloak-26.7.4" },
  { name: "native", title: "Cambist, `native`", speaks: "native" },
];
export const COLUMNS: readonly Column[] = [...RECORDED, ...OURS];

export const ALL_FEATURES: readonly Features[] = ["all", "only the standard exchange", "no exchange"];

/** Starts Cambist as this column has it, with the realms of the cases. */
export async function startTarget({ speaks }: Column, features: Features): Promise<Target & AsyncDisposable> {
  const disabled = [
    ...(features === "all" ? [] : ["token-exchange"]),
    ...(features === "no exchange" || speaks === "cambist as 26.1" ? ["token-exchange-standard"] : []),
  ];
  const server = await startServer({
    flags: [
      "--log-level=error",
      ...(speaks === "native" ? [] : ["--compatibility=keycloak"]),
      ...(disabled.length > 0 ? [`--features-disabled=${disabled.join(",")}`] : []),
    ],
    environment: ADMIN,
  });
  const { baseUrl } = server;
  const adminToken = adminTokens(baseUrl, ADMIN.KC_BOOTSTRAP_ADMIN_USERNAME, ADMIN.KC_BOOTSTRAP_ADMIN_PASSWORD);
  try {
    await createRealms(baseUrl, adminToken, speaks);
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return { baseUrl, speaks, features, adminToken, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
