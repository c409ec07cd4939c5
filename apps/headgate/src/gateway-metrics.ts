import { FAULT_SCOPES, type FaultLog } from "@headgate/driver";
import type { Metric } from "@headgate/feature";
import type { Gateway } from "@headgate/gateway";

/** What a gateway carries, and how it fares. */
export function gatewayMetrics(gateway: Gateway): readonly Metric[] {
  return [
    {
      name: "headgate_connections",
      help: "Peers with a connection or a tunnel.",
      kind: "gauge",
      read: () => gateway.connections,
    },
    {
      name: "headgate_streams",
      help: "Streams that are published or waited for.",
      kind: "gauge",
      read: () => gateway.ownStreams.length,
    },
    {
      name: "headgate_publishers",
      help: "Streams that are published.",
      kind: "gauge",
      read: () => gateway.ownStreams.filter(({ publisher }) => publisher).length,
    },
    {
      name: "headgate_viewers",
      help: "Viewers of all streams.",
      kind: "gauge",
      read: () => viewersOf(gateway),
    },
    {
      name: "headgate_refusals_total",
      help: "Connections and requests that were refused, and what was ended by a limit or a ban, by the code of the reason.",
      kind: "counter",
      labels: ["code"],
      read: () => gateway.refusals,
    },
    {
      name: "headgate_stream_log_bytes",
      help: "Bytes kept of all streams for their viewers.",
      kind: "gauge",
      read: () => gateway.logBytes,
    },
    {
      name: "headgate_merge_window_seconds",
      help: "How long messages are gathered at present for one write to a viewer.",
      kind: "gauge",
      combined: "max",
      read: () => gateway.mergeWindowMs / 1000,
    },
    {
      name: "headgate_flush_hold_max_seconds",
      help: "The longest time that writing to viewers held the event loop since the last scrape.",
      kind: "gauge",
      combined: "max",
      read: () => gateway.takeLongestHoldMs() / 1000,
    },
    ...faultMetrics(gateway.faults),
  ];
}

/** Errors of Headgate's own in this process. */
export function faultMetrics(faults: Pick<FaultLog, "total" | "countOf">): readonly Metric[] {
  return [
    {
      name: "headgate_broken_invariants",
      help: "Errors of Headgate's own: any is a bug to report.",
      kind: "gauge",
      read: () => faults.total,
    },
    {
      name: "headgate_faults_total",
      help: "Errors of Headgate's own, by what each has ended.",
      kind: "counter",
      labels: ["scope"],
      read: () => new Map(FAULT_SCOPES.map((scope) => [scope, faults.countOf(scope)])),
    },
  ];
}

function viewersOf({ streams, internalConnections }: Gateway): number {
  return [...streams.values()].reduce((sum, { viewers }) => sum + viewers.size, 0) - internalConnections;
}
