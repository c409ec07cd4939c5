import { FAULT_SCOPES } from "@headgate/driver";
import type { Gateway } from "@headgate/gateway";
import type { FastifyPluginCallback } from "fastify";
import { Counter, Gauge, Registry } from "prom-client";

/** GET /metrics, in the text format of Prometheus. */
export function metricsRoutes(registry: {
  readonly contentType: string;
  metrics(): Promise<string>;
}): FastifyPluginCallback {
  return (app, _, done) => {
    app.get("/metrics", async (__, reply) => {
      reply.header("content-type", registry.contentType);
      return registry.metrics();
    });
    done();
  };
}

/**
 * The metrics of a gateway and its process. All are read on request: prom-client's own process metrics would wake the process a
 * hundred times a second.
 */
export function createRegistry(gateway: Gateway): Registry {
  const registry = new Registry();
  for (const [name, help, read, aggregator = "sum"] of [...gatewayGauges(gateway), ...PROCESS_GAUGES]) {
    new Gauge({
      name,
      help,
      aggregator,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  }
  new Counter({
    name: "headgate_faults_total",
    help: "Errors of Headgate's own, by what each has ended.",
    labelNames: ["scope"],
    registers: [registry],
    collect() {
      this.reset();
      for (const scope of FAULT_SCOPES) this.inc({ scope }, gateway.faults.countOf(scope));
    },
  });
  new Counter({
    name: "process_cpu_seconds_total",
    help: "Processor time, user and system.",
    registers: [registry],
    collect() {
      this.reset();
      this.inc(cpuSeconds());
    },
  });
  return registry;
}

/** When certificates expire, by the listener's port. */
export function measureCertificates(
  registry: Registry,
  expiries: () => readonly { readonly port: number; readonly expiresMs: number }[],
): void {
  new Gauge({
    name: "headgate_certificate_expiry_timestamp_seconds",
    help: "When the first certificate of a listener expires, since the Unix epoch.",
    labelNames: ["port"],
    aggregator: "min",
    registers: [registry],
    collect() {
      this.reset();
      for (const { port, expiresMs } of expiries()) this.set({ port }, expiresMs / 1000);
    },
  });
}

/** While the log cannot be written, lost lines are visible here only. */
export function countDroppedLines(registry: Registry, output: { readonly droppedLines: number }): void {
  new Counter({
    name: "headgate_log_lines_dropped_total",
    help: "Log lines lost because the log could not be written.",
    registers: [registry],
    collect() {
      this.reset();
      this.inc(output.droppedLines);
    },
  });
}

/** The last element says how the values of several workers are combined; by default they are added. */
type GaugeOf = readonly [name: string, help: string, read: () => number, of?: "max" | "min" | "average"];

function gatewayGauges(gateway: Gateway): readonly GaugeOf[] {
  const viewers = () => [...gateway.streams.values()].reduce((sum, stream) => sum + stream.viewers.size, 0);
  return [
    ["headgate_connections", "Peers with a connection or a tunnel.", () => gateway.connections],
    ["headgate_streams", "Streams that are published or waited for.", () => gateway.ownStreams.length],
    [
      "headgate_publishers",
      "Streams that are published.",
      () => gateway.ownStreams.filter(({ publisher }) => publisher).length,
    ],
    ["headgate_viewers", "Viewers of all streams.", () => viewers() - gateway.neighbours],
    ["headgate_stream_log_bytes", "Bytes kept of all streams for their viewers.", () => gateway.logBytes],
    [
      "headgate_merge_window_seconds",
      "How long messages are gathered at present for one write to a viewer.",
      () => gateway.mergeWindowMs / 1000,
      "max",
    ],
    [
      "headgate_flush_hold_max_seconds",
      "The longest time that writing to viewers held the event loop since the last scrape.",
      () => gateway.takeLongestHoldMs() / 1000,
      "max",
    ],
    [
      "headgate_broken_invariants",
      "Errors of Headgate's own: any is a bug to report.",
      () => gateway.faults.total,
    ],
  ];
}

/** With the names that Prometheus and its dashboards know. */
const PROCESS_GAUGES: readonly GaugeOf[] = [
  ["process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss()],
  [
    "process_start_time_seconds",
    "When the process started, since the Unix epoch.",
    () => performance.timeOrigin / 1000,
    "min",
  ],
  [
    "nodejs_eventloop_utilization",
    "The share of time since the start that the event loop was busy.",
    () => performance.eventLoopUtilization().utilization,
    "average",
  ],
];

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
