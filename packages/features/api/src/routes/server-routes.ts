import type { FastifyInstance } from "fastify";
import { envelope, FAILURE, failure, inEnvelope } from "../envelope.ts";
import { PAGE_QUERY, type PageQuery, sendPage } from "../pages.ts";
import { anything, listOf, number, object, text } from "../schema.ts";
import { CERTIFICATE, LISTENER, SUMMARY, VIRTUAL_HOST } from "../server-replies.ts";
import type { ServerView } from "../server-view.ts";
import { Summary } from "../summary.ts";
import { TUNNELS } from "../tunnel-reply.ts";

/** What is the same for as long as the server runs. */
export interface ServerFacts {
  readonly id: string;
  readonly version: string;
  /** The configuration in force, without its secrets. */
  readonly configuration: () => unknown;
}

const TAGS = ["server"];

const VERSION = object({
  version: text("Headgate's."),
  major: number("Its first number."),
  minor: number("Its second."),
  revision: number("Its third."),
});

export function serverRoutes(app: FastifyInstance, view: ServerView, facts: ServerFacts): void {
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

  const names = listOf(text("A feature's name."), "In the order in which they are asked about requests.");
  app.get("/api/v1/features", of("What it can do", { features: names }), async () => ({
    ...envelope(id),
    features: await view.features(),
  }));

  const listeners = listOf(LISTENER, "Where it listens.");
  app.get("/api/v1/listeners", of("Where clients connect", { listeners }), async () => ({
    ...envelope(id),
    listeners: await view.listeners(),
  }));

  const certificates = listOf(CERTIFICATE, "One for each listener with TLS.");
  app.get("/api/v1/certificates", of("When certificates expire", { certificates }), async () => ({
    ...envelope(id),
    certificates: await view.certificates(),
  }));

  tunnelRoutes(app, view, id);

  const inForce = anything("As in the file, with the defaults. Secrets are `***`.");
  const config = of("The configuration in force, without its secrets", { config: inForce });
  app.get("/api/v1/config", { ...config, config: { scope: "config" } }, async () => ({
    ...envelope(id),
    config: configuration(),
  }));

  virtualHostRoutes(app, view, id);
}

function tunnelRoutes(app: FastifyInstance, view: ServerView, id: string): void {
  const schema = {
    tags: TAGS,
    summary: "Sessions through HTTP",
    querystring: PAGE_QUERY,
    response: { 200: inEnvelope(TUNNELS) },
  };
  app.get<{ Querystring: PageQuery }>("/api/v1/tunnels", { schema }, async ({ query }, reply) =>
    sendPage(reply, query, {
      name: "sessions",
      envelope: { ...envelope(id), tunnels: { sessions: (await view.tunnels(0, 0)).total } },
      read: (start, count) => view.tunnels(start, count),
    }),
  );
}

function virtualHostRoutes(app: FastifyInstance, view: ServerView, id: string): void {
  const vhosts = listOf(VIRTUAL_HOST, "Those that have streams, and the default one.");
  app.get("/api/v1/vhosts", of("Virtual hosts", { vhosts }), async () => ({
    ...envelope(id),
    vhosts: await view.virtualHosts(),
  }));

  const one = of("One virtual host", { vhost: VIRTUAL_HOST }, { id: text("Its name.") });
  app.get<{ Params: { readonly id: string } }>("/api/v1/vhosts/:id", one, async ({ params }, reply) => {
    const vhost = (await view.virtualHosts()).find((each) => each.id === params.id);
    if (vhost) return { ...envelope(id), vhost };
    const { status, body } = failure(id, "noVirtualHost");
    return reply.code(status).send(body);
  });
}

function of(summary: string, properties: object, params?: object): { readonly schema: object } {
  const response = { 200: inEnvelope(object(properties)), ...(params && { 404: FAILURE }) };
  return { schema: { tags: TAGS, summary, response, ...(params && { params: object(params) }) } };
}
