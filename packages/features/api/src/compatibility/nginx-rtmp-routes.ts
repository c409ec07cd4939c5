import { Readable } from "node:stream";
import { numberOfSession } from "@headgate/gateway";
import type { FastifyReply } from "fastify";
import { Type } from "typebox";
import { allOf } from "../all-of.ts";
import type { ClientReply } from "../client-reply.ts";
import type { ApiServer, Described } from "../described.ts";
import type { ServerView } from "../server-view.ts";
import { applicationOf, type StatFacts, statDocument } from "./nginx-rtmp-stat.ts";

const ROLES = ["publisher", "subscriber", "client"] as const;
type Role = (typeof ROLES)[number];

const SELECTION = Type.Object({
  app: Type.Optional(Type.String({ description: "The application." })),
  name: Type.Optional(
    Type.String({ description: "The stream's name; all streams of the application without it." }),
  ),
  addr: Type.Optional(Type.String({ description: "Only clients with this address." })),
  clientid: Type.Optional(Type.String({ description: "Only the client with this number." })),
  newname: Type.Optional(
    Type.String({ description: "For redirect: the name of the stream to play instead." }),
  ),
});

type Selection = Described<typeof SELECTION>;

const WHAT = Type.Object({
  command: Type.String({ description: "drop, redirect or record." }),
  role: Type.String({ description: "publisher, subscriber or client; of record start or stop." }),
});

const TAGS = ["nginx-rtmp"];

/** nginx-rtmp's `/stat` and `/control`, for dashboards and scripts that know them. */
export function nginxRtmpRoutes(app: ApiServer, view: ServerView, facts: StatFacts): void {
  const about: object = { tags: TAGS, summary: "Streams and clients, as nginx-rtmp tells them, in XML" };
  app.get("/stat", { schema: about }, async (_, reply) =>
    reply.type("text/xml; charset=utf-8").send(Readable.from(statDocument(view, facts))),
  );

  const control = {
    config: { scope: "control" as const },
    schema: {
      tags: TAGS,
      summary: "Drop or redirect clients, start or stop recordings, as nginx-rtmp does",
      params: WHAT,
      querystring: SELECTION,
    },
  };
  app.get("/control/:command/:role", control, async ({ params, query }, reply) => {
    const { command, role } = params;
    if (command === "record") return record(view, role, query, reply);
    const act = command === "drop" ? drop : command === "redirect" ? redirectTo(query) : undefined;
    if (!act || !isRole(role)) return reply.code(404).send();
    // nginx-rtmp would take all applications, which nobody means.
    if (!query.app) return text(reply.code(400), "app is missing");
    let count = 0;
    for await (const client of selected(view, query, role)) if (await act(view, client)) count += 1;
    return text(reply, String(count));
  });
}

type Act = (view: ServerView, client: ClientReply) => Promise<boolean>;

const drop: Act = async (view, { id }) => (await view.kick(id)) === "done";

/** A publisher goes on with its own stream: it cannot be made to publish another one. */
function redirectTo({ app, newname }: Selection): Act | undefined {
  if (newname === undefined) return undefined;
  return async (view, { id, publish }) =>
    !publish && (await view.redirect(id, { stream: `${app}/${newname}` })) === "done";
}

/** All at first, because those that are dropped leave the list that is read. */
async function* selected(view: ServerView, selection: Selection, role: Role): AsyncGenerator<ClientReply> {
  const { addr, clientid } = selection;
  const found = new Map<string, ClientReply>();
  for (const path of await pathsOf(view, selection)) {
    for await (const client of allOf((start, count) => view.clientsOf(path, start, count))) {
      const publishes = client.uses.some(({ stream, publish }) => publish && stream === path);
      if (role !== "client" && publishes !== (role === "publisher")) continue;
      if (addr !== undefined && client.ip !== addr) continue;
      if (clientid !== undefined && String(numberOfSession(client.id)) !== clientid) continue;
      found.set(client.id, client);
    }
  }
  yield* found.values();
}

/** Of the stream with the name, or of all streams of the application. */
async function pathsOf(view: ServerView, { app = "", name }: Selection): Promise<readonly string[]> {
  if (name !== undefined) return [`${app}/${name}`];
  const paths: string[] = [];
  for await (const stream of allOf((start, count) => view.streams(start, count)))
    if (applicationOf(stream) === app) paths.push(stream.id);
  return paths;
}

/** The path of the file is answered, or nothing with 204 where there is nothing to begin or to end. */
async function record(
  view: ServerView,
  what: string,
  { app, name }: Selection,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (what !== "start" && what !== "stop") return reply.code(404).send();
  if (!app || !name) return text(reply.code(400), "app and name are needed");
  const answer = await view.record(`${app}/${name}`, what);
  return answer.kind === "done" ? text(reply, answer.file ?? "") : reply.code(204).send();
}

function isRole(role: string): role is Role {
  return ROLES.some((each) => each === role);
}

function text(reply: FastifyReply, body: string): FastifyReply {
  return reply.type("text/plain; charset=utf-8").send(body);
}
