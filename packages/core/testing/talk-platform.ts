import type { RealmSketch } from "./realm.ts";
import { audienceMapper, clientPolicy, uuid, type ClientSketch } from "./realm.ts";

const service = (clientId: string, more: Partial<ClientSketch> = {}): ClientSketch => ({
  clientId,
  serviceAccountsEnabled: true,
  webOrigins: ["http://localhost"],
  ...more,
});

/**
 * A small platform: a browser client, a portal behind it, and two services in a row. The portal may exchange to some-backend-service, and
 * that one on to some-service.
 */
export const talkPlatform = (): RealmSketch => ({
  realm: { name: "apixion" },
  roles: { user: [], offline_access: [], "realm-management/impersonation": [] },
  clients: [
    {
      clientId: "frontend",
      publicClient: true,
      directAccessGrantsEnabled: true,
      webOrigins: ["http://localhost"],
      roles: ["user"],
      roleScope: ["user", "frontend/user"],
      mappers: ["frontend", "portal", "reports"].map(audienceMapper),
    },
    service("portal", { roles: ["admin"], roleScope: ["user"] }),
    service("some-service", { roles: ["viewer"] }),
    service("some-backend-service", { roles: ["viewer", "editor"], roleScope: ["user"] }),
    service("backend", { roles: ["viewer"] }),
    service("reports", { roleScope: ["some-backend-service/viewer"], attributes: { "standard.token.exchange.enabled": "true" } }),
    { clientId: "realm-management", bearerOnly: true, roles: ["impersonation"] },
  ],
  users: [
    {
      username: "developer-123@apixion",
      email: "developer-123@apixion.example",
      emailVerified: true,
      firstName: "developer-123@apixion",
      lastName: "Example",
      roles: ["user", "frontend/user", "portal/admin", "some-service/viewer", "some-backend-service/viewer", "some-backend-service/editor"],
    },
    { username: "operator", emailVerified: true, roles: ["user", "realm-management/impersonation"] },
    { username: "service-account-portal", serviceAccountClientId: uuid("portal") },
  ],
  permissions: {
    [`token-exchange.permission.client.${uuid("some-backend-service")}`]: [clientPolicy("portal")],
    [`token-exchange.permission.client.${uuid("some-service")}`]: [clientPolicy("some-backend-service")],
  },
});
