import type { Case } from "./case.ts";

export type { Case } from "./case.ts";
import { ENDPOINTS } from "./endpoints.ts";
import { KEYCLOAK_V1 } from "./keycloak-v1.ts";
import { KEYCLOAK_V2 } from "./keycloak-v2.ts";
import { NATIVE } from "./native.ts";
import { REFUSALS } from "./refusals.ts";
import { TALK_AND_GUIDE } from "./talk-and-guide.ts";

/** The cases by topic, in the order of the matrix. */
export const TOPICS: readonly { readonly title: string; readonly cases: readonly Case[] }[] = [
  { title: "The talk and the guide", cases: TALK_AND_GUIDE },
  { title: "Keycloak's refusals", cases: REFUSALS },
  { title: "Keycloak's own tests: legacy exchange and impersonation", cases: KEYCLOAK_V1 },
  { title: "Keycloak's own tests: standard exchange", cases: KEYCLOAK_V2 },
  { title: "The endpoints around an exchange", cases: ENDPOINTS },
  { title: "The native dialect's own refusals", cases: NATIVE },
];

export const CASES: readonly Case[] = TOPICS.flatMap(({ cases }) => cases);
