import { createServer } from "node:http";
import type { Socket } from "node:net";
import { type Arrivals, Guard } from "@headgate/transport";
import { type FastifyInstance, type FastifyPluginCallback, fastify } from "fastify";
import { AdminConnections, type AdminPeer, type Secure } from "./admin-connections.ts";
import { type AdminHostOptions, refuseForeignHosts } from "./admin-hosts.ts";
import { refuseForeignPages } from "./foreign-pages.ts";
import { HttpConnections } from "./http-connections.ts";
import { CHECK_INTERVAL_MS } from "./limits.ts";
import { type RequestFaultsOptions, reportRequestFaults } from "./request-faults.ts";
import { RequestTurns } from "./request-turns.ts";
import { type CompactServer, TAKES_REQUESTS, takeRequests } from "./take-requests.ts";

export interface AdminServerOptions extends AdminHostOptions, RequestFaultsOptions {
  /** Lets in who may ask for something. Without it, everybody may who reaches the server. */
  readonly authentication?: AdminAuthentication;
  /** The features' routes. */
  readonly routes: readonly FastifyPluginCallback[];
  /** With it, it speaks HTTPS alone. */
  readonly secure?: Secure;
  /** Connections as they are accepted; without it, those that flood do not wait for them. */
  readonly arrivals?: Arrivals;
}

/** Adds what it needs to a server that has no routes yet. */
export type AdminAuthentication = (server: FastifyInstance) => void;

/** The HTTP server for operators, not for clients. It logs nothing: URLs may hold secrets. */
export function createAdminServer(options: AdminServerOptions): FastifyInstance {
  // In turns of their own: neither they nor requests of clients wait for a flood of the others.
  const requests = new HttpConnections<AdminPeer>(options.faults, new RequestTurns(options.arrivals));
  const connections = new AdminConnections(requests, options);
  const server = fastify({
    // Called once for each address of the host.
    serverFactory: (route) => {
      const listening = createServer(TAKES_REQUESTS);
      acceptBy(connections, listening, options);
      takeRequests(listening, requests, options.faults, (_, request, response) => route(request, response));
      return listening;
    },
    // A monitor's keep-alive connections must not delay the end of the process.
    forceCloseConnections: true,
    return503OnClosing: false,
    bodyLimit: 64 * 1024,
    routerOptions: { ignoreTrailingSlash: true },
  });
  // Bytes that are not HTTP are answered by node:http, which does not cut into a reply under way, as fastify would.
  server.server.removeAllListeners("clientError");
  server.setReplySerializer((payload) => asciiJson(payload));
  refuseForeignHosts(server, options);
  refuseForeignPages(server);
  options.authentication?.(server);
  reportRequestFaults(server, options);
  for (const routes of options.routes) server.register(routes);
  sweepUntilClosed(server, requests, options);
  // Those that have not shaken hands yet, which node:http does not know.
  server.addHook("preClose", async () => connections.end());
  return server;
}

/** Puts the connections between the server and the listener that would take each of them. */
function acceptBy(
  connections: AdminConnections,
  server: CompactServer,
  { faults }: Pick<AdminServerOptions, "faults">,
): void {
  const [take] = server.listeners("connection") as [(socket: Socket) => void];
  const guard = new Guard(faults, "task", () => {});
  const accept = (socket: Socket): void => connections.accept(socket, (taken) => take.call(server, taken));
  server.off("connection", take);
  server.on("connection", guard.entry(accept));
}

function sweepUntilClosed(
  server: FastifyInstance,
  requests: HttpConnections<AdminPeer>,
  { faults }: AdminServerOptions,
): void {
  const guard = new Guard(faults, "task", () => {});
  const sweep = setInterval(
    guard.entry(() => requests.sweep(performance.now())),
    CHECK_INTERVAL_MS,
  ).unref();
  server.addHook("onClose", async () => clearInterval(sweep));
}

/** Streams have the names that peers give them: in a terminal, some characters change how other text is shown. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
