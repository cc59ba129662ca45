import type { FastifyInstance } from "fastify";
import type { callerReader } from "../http/caller.ts";
import type { Services } from "../services.ts";
import { openApiDocument } from "./document.ts";
import { operationsPage, PAGE_POLICY } from "./page.ts";

/** `/openapi.json` and the page `/docs`: public, since they say nothing that the routes do not show. */
export function openApi(app: FastifyInstance, { config }: Services, callerOf: ReturnType<typeof callerReader>): void {
  app.get(`${config.relativePath}/openapi.json`, (http, reply) => {
    void reply.header("cache-control", "no-cache").send(openApiDocument(config.version, callerOf(http).baseUrl));
  });
  app.get(`${config.relativePath}/docs`, (_http, reply) => {
    void reply
      .header("content-security-policy", PAGE_POLICY)
      .header("cache-control", "no-cache")
      .type("text/html; charset=utf-8")
      .send(operationsPage(config.version));
  });
}
