import { noteChange } from "@headgate/http-server";
import { Type } from "typebox";
import { BAN, BAN_REQUEST, type BanTable } from "../ban-table.ts";
import type { ApiServer } from "../described.ts";
import { envelope, FAILURE, failure, inEnvelope } from "../envelope.ts";

const BY_ID = Type.Object({ id: Type.String({ description: "The ban's id." }) });
const BANS = Type.Array(BAN, { description: "The oldest first." });
const TAGS = ["bans"];

const FAILURES = { full: "tooManyBans", address: "noAddress" } as const;

export function banRoutes(app: ApiServer, bans: BanTable, serverId: string): void {
  const list = {
    schema: { tags: TAGS, summary: "All bans in force", response: { 200: inEnvelope({ bans: BANS }) } },
  };
  app.get("/api/v1/bans", list, async () => ({ ...envelope(serverId), bans: bans.all() }));

  const add = {
    config: { scope: "control" as const },
    schema: {
      tags: TAGS,
      summary: "Ban an address, an identity or a stream, and end what is going on of it",
      body: BAN_REQUEST,
      response: { 200: inEnvelope({ ban: BAN }), 409: FAILURE },
    },
  };
  app.post("/api/v1/bans", add, async (request, reply) => {
    const outcome = bans.add(request.body);
    if (typeof outcome === "object") {
      noteChange(request, { ban: outcome });
      return { ...envelope(serverId), ban: outcome };
    }
    const { status, body } = failure(serverId, FAILURES[outcome]);
    return reply.code(status).send(body);
  });

  const lift = {
    config: { scope: "control" as const },
    schema: {
      tags: TAGS,
      summary: "Lift a ban",
      params: BY_ID,
      response: { 200: inEnvelope({}), 404: FAILURE },
    },
  };
  app.delete("/api/v1/bans/:id", lift, async ({ params }, reply) => {
    if (bans.remove(params.id)) return envelope(serverId);
    const { status, body } = failure(serverId, "noBan");
    return reply.code(status).send(body);
  });
}
