import { type Acme, acmeFeature } from "@headgate/acme";
import type { DriverContext } from "@headgate/driver";
import type { Feature } from "@headgate/feature";
import type { Gateway } from "@headgate/gateway";
import { type HealthStatus, type HttpServer, health } from "@headgate/http-server";
import { type Relays, relayFeature } from "@headgate/relay";
import type { Config } from "./config/load-config.ts";
import type { AccessFeatures } from "./create-access.ts";
import type { LimitFeatures } from "./create-limits.ts";
import { demoFeature } from "./demo.ts";
import { gatewayMetrics } from "./gateway-metrics.ts";
import type { LogOutput } from "./log-output.ts";
import { LoopDelay } from "./loop-delay.ts";
import { PROCESS_METRICS } from "./process-metrics.ts";
import type { TlsServers } from "./tls-servers.ts";
import type { SessionSpans } from "./tracing/session-spans.ts";
import { VERSION } from "./version.ts";
import type { WorkerLink } from "./workers/worker-link.ts";
import { ONE_PROCESS, workerMetrics } from "./workers/worker-metrics.ts";

/** What the features of a server are made of. */
export interface FeatureParts {
  readonly gateway: Gateway;
  readonly access: AccessFeatures;
  readonly limits: LimitFeatures;
  readonly hooks: Feature<Config>;
  readonly relays: Relays;
  readonly recording: Feature<Config>;
  readonly playlists: Feature<Config>;
  readonly httpFlv: Feature<Config>;
  readonly tls: TlsServers;
  /** There if a listener wants certificates of an authority. */
  readonly acme: Acme | undefined;
  readonly output: Pick<LogOutput, "droppedLines">;
  readonly api: Feature;
  readonly quality: Feature;
  readonly sweep: DriverContext["sweep"];
  /** There if an OpenTelemetry SDK was loaded. */
  readonly spans: SessionSpans | undefined;
  readonly status: () => HealthStatus;
  readonly hasDemo: boolean;
  /** Set in one of several workers. */
  readonly worker: WorkerLink | undefined;
  /** The program in whose process the server runs, if that is another one. */
  readonly plugin: Feature | undefined;
  readonly http: () => HttpServer;
}

/** All that a server can do, in the order in which its policies are asked. */
export function featuresOf({
  gateway,
  access,
  limits,
  hooks,
  relays,
  recording,
  playlists,
  httpFlv,
  tls,
  acme,
  output,
  api,
  quality,
  sweep,
  spans,
  status,
  hasDemo,
  worker,
  plugin,
  http,
}: FeatureParts): readonly Feature<Config>[] {
  const healthRoutes = health(VERSION, status);
  // The workers have the same certificates: one of them obtains them, and logs.
  const isFirst = worker === undefined || worker.slot === 0;
  const relay = relayFeature(relays);
  const always: readonly Feature<Config>[] = [
    // First, so that it hears of the others' routes.
    api,
    quality,
    { name: "gateway", metrics: gatewayMetrics(gateway) },
    processFeature(sweep),
    logFeature(output),
    { name: "health", routes: { media: healthRoutes, admin: healthRoutes } },
    certificatesFeature(tls, isFirst),
    ...(acme ? [acmeFeature(acme, isFirst)] : []),
    access.addresses,
    limits.first,
    access.credentials,
    hooks,
    ...(plugin ? [plugin] : []),
    limits.last,
    { ...relay, reconfigure: ({ gateway: { applications } }) => relay.reconfigure?.(applications) },
    recording,
    playlists,
    // After recordings, which have files that end in .flv as well.
    httpFlv,
  ];
  const workers: readonly Feature[] = worker
    ? [workersFeature(worker, gateway, http)]
    : [{ name: "workers", metrics: workerMetrics(ONE_PROCESS) }];
  // Last, so that a session has told everything when its span ends.
  const tracing: readonly Feature[] = spans ? [{ name: "tracing", sessionObserver: spans.observer }] : [];
  return [...always, ...workers, ...tracing, ...(hasDemo ? [demoFeature(gateway)] : [])];
}

/** What the process costs, and what holds it up. */
function processFeature(sweep: FeatureParts["sweep"]): Feature {
  const delay = new LoopDelay();
  return {
    name: "process",
    metrics: [
      ...PROCESS_METRICS,
      {
        name: "headgate_event_loop_delay_max_seconds",
        help: "The longest time since the last scrape that the process had no time for a timer.",
        kind: "gauge",
        combined: "max",
        read: () => delay.takeLongestMs() / 1_000,
      },
    ],
    start: () => sweep.add(delay),
    close: () => sweep.delete(delay),
  };
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

/** When certificates expire, and how handshakes fare, by the listener's port. */
export function certificatesFeature(
  tls: Pick<TlsServers, "expiries" | "failures" | "watchExpiry" | "close">,
  isLogging: boolean,
): Feature {
  return {
    name: "certificates",
    metrics: [
      {
        name: "headgate_certificate_expiry_timestamp_seconds",
        help: "When the first certificate of a listener expires, since the Unix epoch.",
        kind: "gauge",
        labels: ["port"],
        combined: "min",
        read: () => new Map(tls.expiries.map(({ port, expiresMs }) => [String(port), expiresMs / 1000])),
      },
      {
        name: "headgate_tls_failures_total",
        help: "TLS handshakes that have failed, by the listener's port.",
        kind: "counter",
        labels: ["port"],
        read: () => tls.failures,
      },
    ],
    start: () => {
      if (isLogging) tls.watchExpiry();
    },
    ending: () => tls.close(),
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
