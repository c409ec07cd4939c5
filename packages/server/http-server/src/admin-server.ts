import { type FastifyInstance, type FastifyPluginCallback, fastify } from "fastify";
import { type AdminHostOptions, refuseForeignHosts } from "./admin-hosts.ts";
import { type RequestFaultsOptions, reportRequestFaults } from "./request-faults.ts";

/**
 * More than all who look after a server have open. Any user of the machine can connect, and each connection holds a descriptor
 * that peers may need.
 */
export const MAX_ADMIN_CONNECTIONS = 256;

export interface AdminServerOptions extends AdminHostOptions, RequestFaultsOptions {
  /** The features' routes. */
  readonly routes: readonly FastifyPluginCallback[];
}

/** The HTTP server for operators, not for clients. It logs nothing: URLs may hold secrets. */
export function createAdminServer(options: AdminServerOptions): FastifyInstance {
  const server = fastify({
    // A monitor's keep-alive connections must not delay the end of the process.
    forceCloseConnections: true,
    return503OnClosing: false,
    requestTimeout: 10_000,
    bodyLimit: 64 * 1024,
  });
  server.server.maxConnections = MAX_ADMIN_CONNECTIONS;
  server.setReplySerializer((payload) => asciiJson(payload));
  refuseForeignHosts(server, options);
  reportRequestFaults(server, options);
  for (const routes of options.routes) server.register(routes);
  return server;
}

/** Streams have the names that peers give them: in a terminal, some characters change how other text is shown. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
