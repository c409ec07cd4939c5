import { type FastifyInstance, fastify } from "fastify";
import { type AdminHostOptions, refuseForeignHosts } from "./admin-hosts.ts";
import { type HealthOptions, health } from "./health.ts";
import { type MetricsOptions, metrics } from "./metrics.ts";
import { printable } from "./printable.ts";
import { type RelaysOptions, relayStatus } from "./relay-status.ts";
import { type RequestFaultsOptions, reportRequestFaults } from "./request-faults.ts";

/**
 * More than all who look after a server have open. Any user of the machine can connect, and each connection holds a descriptor
 * that peers may need.
 */
export const MAX_ADMIN_CONNECTIONS = 256;

type AdminServerOptions = AdminHostOptions &
  HealthOptions &
  MetricsOptions &
  RelaysOptions &
  RequestFaultsOptions;

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
  // Streams have the names that peers give them.
  server.setReplySerializer((payload) => printable(JSON.stringify(payload)));
  refuseForeignHosts(server, options);
  reportRequestFaults(server, options);
  server.register(health, options);
  server.register(metrics, options);
  server.register(relayStatus, options);
  return server;
}
