import type { Metric } from "@headgate/feature";

interface WorkerCounts {
  /** As the configuration says. */
  readonly configured: number;
  readonly running: () => number;
  /** How many have ended that were to go on. */
  readonly lost: () => number;
}

export const ONE_PROCESS: WorkerCounts = { configured: 1, running: () => 1, lost: () => 0 };

/** Of the process that has the workers, or of the one that does all the work. */
export function workerMetrics({ configured, running, lost }: WorkerCounts): readonly Metric[] {
  return [
    {
      name: "headgate_workers",
      help: "Processes that serve clients.",
      kind: "gauge",
      read: running,
    },
    {
      name: "headgate_workers_configured",
      help: "How many there should be.",
      kind: "gauge",
      read: () => configured,
    },
    {
      name: "headgate_workers_lost_total",
      help: "Those that have ended and were started anew.",
      kind: "counter",
      read: lost,
    },
  ];
}
