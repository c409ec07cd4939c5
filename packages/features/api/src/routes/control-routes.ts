import { Type } from "typebox";
import type { ApiServer } from "../described.ts";
import { envelope, failure, inEnvelope } from "../envelope.ts";
import { CHANGE, type ServerControl } from "../server-control.ts";

const TAGS = ["server"];

const CHANGES = inEnvelope({
  changes: Type.Array(CHANGE, { description: "The keys that have another value." }),
});

const MISTAKES = inEnvelope({
  error: Type.String({ description: "A sentence." }),
  problems: Type.Array(Type.String({ description: "With its place in the file." }), {
    description: "All mistakes.",
  }),
});

export function controlRoutes(app: ApiServer, control: ServerControl, serverId: string): void {
  const drain = {
    config: { scope: "control" as const },
    schema: {
      tags: TAGS,
      summary: "Take no more clients, ask those that can to connect again, and end",
      response: {
        200: inEnvelope({ timeout_ms: Type.Number({ description: "The server ends then at the latest." }) }),
      },
    },
  };
  const reload = {
    config: { scope: "config" as const },
    schema: {
      tags: TAGS,
      summary: "Read the configuration again; with a mistake in it, nothing changes",
      response: { 200: CHANGES, 409: MISTAKES },
    },
  };
  app.post("/api/v1/reload", reload, async (_, reply) => {
    const { problems, changes } = await control.reload();
    if (changes) return { ...envelope(serverId), changes };
    return reply.code(409).send({ ...failure(serverId, "notReloaded").body, problems });
  });

  app.post("/api/v1/drain", drain, async () => ({ ...envelope(serverId), timeout_ms: control.drain() }));
}
