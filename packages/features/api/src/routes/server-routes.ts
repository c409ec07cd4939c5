import { type TProperties, Type } from "typebox";
import type { ApiServer } from "../described.ts";
import { envelope, FAILURE, failure, inEnvelope } from "../envelope.ts";
import { inPage, PAGE_QUERY, sendPage } from "../pages.ts";
import { CERTIFICATE, LISTENER, SUMMARY, VIRTUAL_HOST } from "../server-replies.ts";
import type { ServerView } from "../server-view.ts";
import { Summary } from "../summary.ts";
import { TUNNEL } from "../tunnel-reply.ts";

/** What is the same for as long as the server runs. */
export interface ServerFacts {
  readonly id: string;
  readonly version: string;
  /** The configuration in force, without its secrets. */
  readonly configuration: () => unknown;
}

const TAGS = ["server"];

const VERSION = Type.Object({
  version: Type.String({ description: "Headgate's." }),
  major: Type.Number({ description: "Its first number." }),
  minor: Type.Number({ description: "Its second." }),
  revision: Type.Number({ description: "Its third." }),
});

export function serverRoutes(app: ApiServer, view: ServerView, facts: ServerFacts): void {
  const { id, version, configuration } = facts;
  const summary = new Summary(version);

  app.get("/api/v1/summaries", of("How the server and its machine fare", { data: SUMMARY }), async () => ({
    ...envelope(id),
    data: summary.of(await view.totals()),
  }));

  const [major = 0, minor = 0, revision = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  app.get("/api/v1/versions", of("Its version", { data: VERSION }), async () => ({
    ...envelope(id),
    data: { major, minor, revision, version },
  }));

  const names = Type.Array(Type.String({ description: "A feature's name." }), {
    description: "In the order in which they are asked about requests.",
  });
  app.get("/api/v1/features", of("What it can do", { features: names }), async () => ({
    ...envelope(id),
    features: await view.features(),
  }));

  const listeners = Type.Array(LISTENER, { description: "Where it listens." });
  app.get("/api/v1/listeners", of("Where clients connect", { listeners }), async () => ({
    ...envelope(id),
    listeners: await view.listeners(),
  }));

  const certificates = Type.Array(CERTIFICATE, { description: "One for each listener with TLS." });
  app.get("/api/v1/certificates", of("When certificates expire", { certificates }), async () => ({
    ...envelope(id),
    certificates: await view.certificates(),
  }));

  tunnelRoutes(app, view, id);

  const inForce = Type.Unknown({ description: "As in the file, with the defaults. Secrets are `***`." });
  const config = of("The configuration in force, without its secrets", { config: inForce });
  app.get("/api/v1/config", { ...config, config: { scope: "config" } }, async () => ({
    ...envelope(id),
    config: configuration(),
  }));

  virtualHostRoutes(app, view, id);
}

function tunnelRoutes(app: ApiServer, view: ServerView, id: string): void {
  const schema = {
    tags: TAGS,
    summary: "Sessions through HTTP",
    querystring: PAGE_QUERY,
    response: {
      200: inPage({
        tunnels: Type.Object({ sessions: Type.Number({ description: "Sessions that are open." }) }),
        sessions: Type.Array(TUNNEL, {
          description: "One part of them, in the order in which they were opened.",
        }),
      }),
    },
  };
  app.get("/api/v1/tunnels", { schema }, async ({ query }, reply) =>
    sendPage(reply, query, {
      name: "sessions",
      envelope: { ...envelope(id), tunnels: { sessions: (await view.tunnels(0, 0)).total } },
      read: (start, count) => view.tunnels(start, count),
    }),
  );
}

function virtualHostRoutes(app: ApiServer, view: ServerView, id: string): void {
  const vhosts = Type.Array(VIRTUAL_HOST, { description: "Those that have streams, and the default one." });
  app.get("/api/v1/vhosts", of("Virtual hosts", { vhosts }), async () => ({
    ...envelope(id),
    vhosts: await view.virtualHosts(),
  }));

  const one = {
    schema: {
      tags: TAGS,
      summary: "One virtual host",
      params: Type.Object({ id: Type.String({ description: "Its name." }) }),
      response: { 200: inEnvelope({ vhost: VIRTUAL_HOST }), 404: FAILURE },
    },
  };
  app.get("/api/v1/vhosts/:id", one, async ({ params }, reply) => {
    const vhost = (await view.virtualHosts()).find((each) => each.id === params.id);
    if (vhost) return { ...envelope(id), vhost };
    const { status, body } = failure(id, "noVirtualHost");
    return reply.code(status).send(body);
  });
}

function of<Properties extends TProperties>(summary: string, properties: Properties) {
  return { schema: { tags: TAGS, summary, response: { 200: inEnvelope(properties) } } };
}
