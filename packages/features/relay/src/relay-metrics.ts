import type { LabelledNumber, Metric } from "@headgate/feature";
import type { Relays } from "./relays.ts";

const KINDS = ["pull", "push"] as const;
const STATES = ["connecting", "running", "waiting"] as const;

/** How it goes on between this server and others. */
export function relayMetrics(
  relays: Pick<Relays, "status" | "failures" | "proxiedSessions">,
): readonly Metric[] {
  return [
    {
      name: "headgate_relays",
      help: "Pulls from other servers and pushes to them, by what each is doing.",
      kind: "gauge",
      labels: ["kind", "state"],
      read: () => byState(relays.status),
    },
    {
      name: "headgate_relay_failures_total",
      help: "Connections to other servers that were lost or never made.",
      kind: "counter",
      labels: ["kind"],
      read: () => new Map(KINDS.map((kind) => [kind, relays.failures[kind]])),
    },
    {
      name: "headgate_proxied_sessions",
      help: "Sessions that are passed on to another server whole.",
      kind: "gauge",
      read: () => relays.proxiedSessions,
    },
  ];
}

function byState(status: Relays["status"]): readonly LabelledNumber[] {
  return KINDS.flatMap((kind) =>
    STATES.map((state): LabelledNumber => {
      const relays = status.filter((relay) => relay.kind === kind && relay.state === state);
      return [{ kind, state }, relays.length];
    }),
  );
}
