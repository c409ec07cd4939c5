import type { LabelledNumber, Metric } from "@headgate/feature";
import type { Gateway, Session } from "@headgate/gateway";
import type { Audiences } from "../audiences.ts";

/** What the sessions of clients do, from what they count anyway: a metric looks at each of them when it is asked for. */
export function sessionMetrics(gateway: Gateway, audiences: Audiences, now: () => number): readonly Metric[] {
  const sumOf = (read: (session: Session) => number): number => {
    let sum = 0;
    for (const session of gateway.sessions.values()) sum += read(session);
    return sum;
  };
  return [
    {
      name: "headgate_sessions",
      help: "Sessions of clients, by transport and configured application.",
      kind: "gauge",
      labels: ["transport", "application"],
      read: () => sessionsBy(gateway),
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
      read: () => audiences.left.receivedBytes + sumOf(({ bytesReceived }) => bytesReceived),
    },
    {
      name: "headgate_sent_bytes_total",
      help: "Bytes to clients.",
      kind: "counter",
      read: () => audiences.left.sentBytes + sumOf(({ bytesSent }) => bytesSent),
    },
    {
      name: "headgate_viewer_drops_total",
      help: "How often viewers were too slow, lost their place, and missed what came before the newest keyframe.",
      kind: "counter",
      read: () =>
        audiences.left.drops +
        sumOf(({ uses }) => uses.reduce((sum, { playback }) => sum + (playback?.lagCount ?? 0), 0)),
    },
    {
      name: "headgate_viewer_lag_max_seconds",
      help: "How long the oldest message has waited that has not been written to its viewer.",
      kind: "gauge",
      combined: "max",
      read: () => greatestLagMs(gateway, now()) / 1_000,
    },
  ];
}

function sessionsBy(gateway: Gateway): readonly LabelledNumber[] {
  const counts = new Map<string, { readonly labels: Record<string, string>; count: number }>();
  for (const { transport, uses, connect } of gateway.sessions.values()) {
    const application = gateway.applicationOf(uses[0]?.key ?? connect ?? NAMELESS);
    const id = `${transport} ${application}`;
    const known = counts.get(id);
    if (known) known.count += 1;
    else counts.set(id, { labels: { transport, application }, count: 1 });
  }
  return [...counts.values()].map(({ labels, count }) => [labels, count]);
}

const NAMELESS = { application: "" };

function greatestLagMs(gateway: Gateway, nowMs: number): number {
  let greatest = 0;
  for (const { uses } of gateway.sessions.values())
    for (const { playback } of uses) greatest = Math.max(greatest, playback?.behindMs(nowMs) ?? 0);
  return greatest;
}
