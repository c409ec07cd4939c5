import type { Metric } from "@headgate/feature";
import type { Gateway } from "@headgate/gateway";
import type { Audiences } from "../audiences.ts";

/** What the sessions of clients do, from sums that are kept anyway: it costs the same with one session and with ten thousand. */
export function sessionMetrics(gateway: Gateway, audiences: Audiences): readonly Metric[] {
  return [
    {
      name: "headgate_sessions",
      help: "Sessions of clients, by transport and configured application.",
      kind: "gauge",
      labels: ["transport", "application"],
      read: () =>
        [...audiences.counts].map(({ transport, application, count }) => [{ transport, application }, count]),
    },
    {
      name: "headgate_sessions_total",
      help: "Sessions of clients so far.",
      kind: "counter",
      read: () => audiences.accepted,
    },
    {
      name: "headgate_sessions_ended_total",
      help: "Sessions of clients that have ended, by the reason.",
      kind: "counter",
      labels: ["reason"],
      read: () => audiences.ended,
    },
    {
      name: "headgate_received_bytes_total",
      help: "Bytes from clients.",
      kind: "counter",
      read: () => gateway.traffic.receivedBytes,
    },
    {
      name: "headgate_sent_bytes_total",
      help: "Bytes to clients.",
      kind: "counter",
      read: () => gateway.traffic.sentBytes,
    },
    {
      name: "headgate_viewer_drops_total",
      help: "How often viewers were too slow, lost their place, and missed what came before the newest keyframe.",
      kind: "counter",
      read: () => gateway.viewerDrops,
    },
    {
      name: "headgate_viewer_lag_max_seconds",
      help: "How long the oldest message has waited that has not been written to its viewer.",
      kind: "gauge",
      combined: "max",
      read: () => gateway.greatestLagMs / 1_000,
    },
  ];
}
