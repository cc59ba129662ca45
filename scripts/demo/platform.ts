import { join } from "node:path";
import type { Form } from "./http.ts";

/** What the demo knows of `examples/`: who is who, and what a right answer looks like. */
const EXAMPLES = join(import.meta.dirname, "..", "..", "examples");

export const REALM_FILES = [join(EXAMPLES, "apixion", "apixion-realm.json"), join(EXAMPLES, "guide", "myrealm-realm.json")] as const;

export const GRANT = "urn:ietf:params:oauth:grant-type:token-exchange";
export const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

/** Secrets are `<clientId>-secret`, passwords `<username>-password`. */
export const DEVELOPER = "developer-123@apixion";

export const signIn: Form = {
  fields: [
    ["grant_type", "password"],
    ["client_id", "frontend"],
    ["username", DEVELOPER],
    ["password", `${DEVELOPER}-password`],
    ["scope", "openid"],
  ],
};

/** The request of the talk; a requester without secret is a public client and names itself in the form. */
export function exchange(subjectToken: string, requester: string, audience: string): Form {
  const isPublic = requester === "frontend";
  return {
    fields: [
      ["grant_type", GRANT],
      ["subject_token", subjectToken],
      ["subject_token_type", ACCESS_TOKEN],
      ["requested_token_type", ACCESS_TOKEN],
      ["audience", audience],
      ...(isPublic ? [["client_id", requester] as const] : []),
    ],
    ...(!isPublic && { basic: [requester, `${requester}-secret`] as const }),
  };
}

/** Claims that the two tokens must have, whatever else they have. */
export const SUBJECT_CLAIMS = {
  azp: "frontend",
  aud: ["frontend", "portal"],
  realm_access: { roles: ["user"] },
  resource_access: { frontend: { roles: ["user"] } },
  scope: "openid profile email",
} as const;
export const EXCHANGED_CLAIMS = {
  azp: "portal",
  aud: "some-backend-service",
  realm_access: { roles: ["user"] },
  resource_access: { "some-backend-service": { roles: ["viewer"] } },
  scope: "openid",
} as const;
/** `access.token.lifespan` of some-backend-service, in seconds. */
export const EXCHANGED_LIFETIME = 120;

/** Roles that the developer has and neither token names. */
export const UNTOLD_ROLES = ["portal: admin", "some-service: viewer", "backend: viewer"] as const;
