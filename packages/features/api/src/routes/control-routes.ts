import type { FastifyInstance } from "fastify";
import { envelope, failure, inEnvelope } from "../envelope.ts";
import { listOf, number, object, oneOf, type Schema, text } from "../schema.ts";
import type { ChangeReply, ServerControl } from "../server-control.ts";

const TAGS = ["server"];

const CHANGE: Schema<ChangeReply> = object<ChangeReply>({
  key: text("As applications.live.pull."),
  in_force: oneOf(
    ["now", "new sessions", "after a restart"],
    "What has the new value: everything, sessions that begin from now on, or nothing before the server is started again.",
  ),
});

const CHANGES = object<{ changes: readonly ChangeReply[] }>({
  changes: listOf(CHANGE, "The keys that have another value."),
});

const MISTAKES: Schema<object> = inEnvelope(
  object<{ error: string; problems: readonly string[] }>({
    error: text("A sentence."),
    problems: listOf(text("With its place in the file."), "All mistakes."),
  }),
);

export function controlRoutes(app: FastifyInstance, control: ServerControl, serverId: string): void {
  const drain = {
    config: { scope: "control" as const },
    schema: {
      tags: TAGS,
      summary: "Take no more clients, ask those that can to connect again, and end",
      response: {
        200: inEnvelope(
          object<{ timeout_ms: number }>({ timeout_ms: number("The server ends then at the latest.") }),
        ),
      },
    },
  };
  const reload = {
    config: { scope: "config" as const },
    schema: {
      tags: TAGS,
      summary: "Read the configuration again; with a mistake in it, nothing changes",
      response: { 200: inEnvelope(CHANGES), 409: MISTAKES },
    },
  };
  app.post("/api/v1/reload", reload, async (_, reply) => {
    const { problems, ...outcome } = await control.reload();
    if (!problems) return { ...envelope(serverId), ...outcome };
    return reply.code(409).send({ ...failure(serverId, "notReloaded").body, problems });
  });

  app.post("/api/v1/drain", drain, async () => ({ ...envelope(serverId), timeout_ms: control.drain() }));
}
