import type { Feature } from "@headgate/feature";
import type { Gateway } from "@headgate/gateway";
import { type HealthStatus, type HttpServer, health } from "@headgate/http-server";
import { type Relays, relayFeature } from "@headgate/relay";
import { demoFeature } from "./demo.ts";
import { gatewayMetrics } from "./gateway-metrics.ts";
import type { LogOutput } from "./log-output.ts";
import { PROCESS_METRICS } from "./process-metrics.ts";
import type { TlsServers } from "./tls-servers.ts";
import { VERSION } from "./version.ts";
import type { WorkerLink } from "./workers/worker-link.ts";

/** What the features of a server are made of. */
export interface FeatureParts {
  readonly gateway: Gateway;
  readonly relays: Relays;
  readonly tls: TlsServers;
  readonly output: Pick<LogOutput, "droppedLines">;
  readonly status: () => HealthStatus;
  readonly hasDemo: boolean;
  /** Set in one of several workers. */
  readonly worker: WorkerLink | undefined;
  readonly http: () => HttpServer;
}

/** All that a server can do, in the order in which its policies are asked. */
export function featuresOf({
  gateway,
  relays,
  tls,
  output,
  status,
  hasDemo,
  worker,
  http,
}: FeatureParts): readonly Feature[] {
  const healthRoutes = health(VERSION, status);
  const always: readonly Feature[] = [
    { name: "gateway", metrics: gatewayMetrics(gateway) },
    { name: "process", metrics: PROCESS_METRICS },
    logFeature(output),
    { name: "health", routes: { media: healthRoutes, admin: healthRoutes } },
    // The workers have the same certificates: one of them logs.
    certificatesFeature(tls, worker === undefined || worker.slot === 0),
    relayFeature(relays),
  ];
  const workers = worker ? [workersFeature(worker, gateway, http)] : [];
  return [...always, ...workers, ...(hasDemo ? [demoFeature(gateway)] : [])];
}

/** While the log cannot be written, lost lines are visible here only. */
export function logFeature(output: Pick<LogOutput, "droppedLines">): Feature {
  return {
    name: "log",
    metrics: [
      {
        name: "headgate_log_lines_dropped_total",
        help: "Log lines lost because the log could not be written.",
        kind: "counter",
        read: () => output.droppedLines,
      },
    ],
  };
}

/** When certificates expire, by the listener's port. */
export function certificatesFeature(
  tls: Pick<TlsServers, "expiries" | "watchExpiry" | "close">,
  isLogging: boolean,
): Feature {
  return {
    name: "certificates",
    metrics: [
      {
        name: "headgate_certificate_expiry_timestamp_seconds",
        help: "When the first certificate of a listener expires, since the Unix epoch.",
        kind: "gauge",
        label: "port",
        combined: "min",
        read: () => new Map(tls.expiries.map(({ port, expiresMs }) => [String(port), expiresMs / 1000])),
      },
    ],
    start: () => {
      if (isLogging) tls.watchExpiry();
    },
    drain: () => tls.close(),
  };
}

/** The other workers play the streams of this one, and pass it requests of its tunnels until the last one has ended. */
function workersFeature(worker: WorkerLink, gateway: Gateway, http: () => HttpServer): Feature {
  return {
    name: "workers",
    start: () => worker.listen(gateway, http()),
    close: () => worker.close(),
  };
}
