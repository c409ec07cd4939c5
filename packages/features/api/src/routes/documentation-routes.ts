import type { FastifyInstance } from "fastify";
import { CONTENT_POLICY, documentationPage } from "../documentation-page.ts";
import type { OpenApi } from "../openapi.ts";

export function documentationRoutes(app: FastifyInstance, openApi: OpenApi): void {
  app.get("/api/v1/openapi.json", async () => openApi.document);
  app.get("/api/v1/docs", async (_, reply) =>
    reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", CONTENT_POLICY)
      .header("x-content-type-options", "nosniff")
      .send(documentationPage(openApi.operations)),
  );
}
