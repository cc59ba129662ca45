import type { FastifyInstance } from "fastify";
import { actionLinks } from "../actions/endpoint.ts";
import { callerReader } from "../http/caller.ts";
import { type Closing, newApp } from "../http/new-app.ts";
import { openApi } from "../openapi/openapi.ts";
import type { Services } from "../services.ts";
import { adminApi } from "./admin-api.ts";
import { clientRegistrations } from "./clients/registration/endpoint.ts";

/** Admin API, client registration, the links in mails and the description of all endpoints: an application that is handed its requests. */
export function buildAdministration(services: Services, closing: Closing): FastifyInstance {
  const app = newApp(services, { closing });
  const callerOf = callerReader(services.config);
  adminApi(app, services, callerOf);
  openApi(app, services, callerOf);
  clientRegistrations(app, services, callerOf);
  actionLinks(app, services, callerOf);
  return app;
}
