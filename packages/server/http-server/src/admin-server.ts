import { constants } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Socket } from "node:net";
import { type Arrivals, Guard } from "@headgate/transport";
import { type FastifyInstance, type FastifyPluginCallback, fastify } from "fastify";
import { type AdminHostOptions, refuseForeignHosts } from "./admin-hosts.ts";
import type { CompactRequest } from "./compact-request.ts";
import { refuseForeignPages } from "./foreign-pages.ts";
import { HttpConnections } from "./http-connections.ts";
import { CHECK_INTERVAL_MS } from "./limits.ts";
import { type RequestFaultsOptions, reportRequestFaults } from "./request-faults.ts";
import { RequestTurns } from "./request-turns.ts";
import { type CompactServer, TAKES_REQUESTS, takeRequests } from "./take-requests.ts";

/**
 * More than all who look after a server have open. Any user of the machine can connect, and each connection holds a descriptor
 * that peers may need.
 */
export const MAX_ADMIN_CONNECTIONS = 256;

/** A TLS handshake. Milliseconds. */
const HANDSHAKE_MS = 10_000;

export interface AdminServerOptions extends AdminHostOptions, RequestFaultsOptions {
  /** Lets in who may ask for something. Without it, everybody may who reaches the server. */
  readonly authentication?: AdminAuthentication;
  /** The features' routes. */
  readonly routes: readonly FastifyPluginCallback[];
  /** With them it speaks HTTPS alone. */
  readonly certificates?: AdminCertificates;
  /** Connections as they are accepted; without it, those that flood do not wait for them. */
  readonly arrivals?: Arrivals;
}

/** In PEM form. With `ca`, clients are asked for certificates, and may have none. */
interface AdminCertificates {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

/** Adds what it needs to a server that has no routes yet. */
export type AdminAuthentication = (server: FastifyInstance) => void;

/** The HTTP server for operators, not for clients. It logs nothing: URLs may hold secrets. */
export function createAdminServer(options: AdminServerOptions): FastifyInstance {
  const connections = new HttpConnections<AdminPeer>(options.faults, new RequestTurns(options.arrivals));
  const server = fastify({
    // Called once for each address of the host.
    serverFactory: (route) => serverOf(options, connections, route),
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
  sweepUntilClosed(server, connections, options);
  return server;
}

interface AdminPeer {
  readonly remoteAddress: string;
}

/** Its requests take turns as those of clients do, in turns of their own: neither waits for a flood of the others. */
function serverOf(
  { certificates, faults }: AdminServerOptions,
  connections: HttpConnections<AdminPeer>,
  route: RequestListener,
): CompactServer {
  const server = certificates
    ? createSecureServer<typeof CompactRequest>({
        ...TAKES_REQUESTS,
        ...SECURE_OPTIONS,
        ...certificates,
        requestCert: certificates.ca !== undefined,
      })
    : createServer(TAKES_REQUESTS);
  server.maxConnections = MAX_ADMIN_CONNECTIONS;
  const guard = new Guard(faults, "task", () => {});
  const add = (socket: Socket): void =>
    connections.add(socket, { remoteAddress: socket.remoteAddress ?? "" }, performance.now());
  // After node:http, which has taken the connection by then.
  server.on(certificates ? "secureConnection" : "connection", guard.entry(add));
  takeRequests(server, connections, faults, (_, request, response) => route(request, response));
  return server;
}

function sweepUntilClosed(
  server: FastifyInstance,
  connections: HttpConnections<AdminPeer>,
  { faults }: AdminServerOptions,
): void {
  const guard = new Guard(faults, "task", () => {});
  const sweep = setInterval(
    guard.entry(() => connections.sweep(performance.now())),
    CHECK_INTERVAL_MS,
  ).unref();
  server.addHook("onClose", async () => clearInterval(sweep));
}

/**
 * A client whose certificate is from no authority in `ca` is connected all the same: what it may ask for is decided by request.
 * Sessions are not resumed, because a certificate may have been withdrawn meanwhile.
 */
const SECURE_OPTIONS = {
  rejectUnauthorized: false,
  handshakeTimeout: HANDSHAKE_MS,
  minVersion: "TLSv1.2",
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const;

/** Streams have the names that peers give them: in a terminal, some characters change how other text is shown. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
