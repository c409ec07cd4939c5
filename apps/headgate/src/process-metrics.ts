import type { Metric } from "@headgate/feature";
import { maxDescriptors, openDescriptors } from "./process-limits.ts";

/** What the process costs, with the names that Prometheus and its dashboards know. */
export const PROCESS_METRICS: readonly Metric[] = [
  {
    name: "process_cpu_seconds_total",
    help: "Processor time, user and system.",
    kind: "counter",
    read: () => cpuSeconds(),
  },
  {
    name: "process_resident_memory_bytes",
    help: "Resident memory.",
    kind: "gauge",
    read: () => process.memoryUsage.rss(),
  },
  {
    name: "process_open_fds",
    help: "Open file descriptors.",
    kind: "gauge",
    read: () => openDescriptors(),
  },
  {
    name: "process_max_fds",
    help: "How many file descriptors may be open.",
    kind: "gauge",
    read: () => maxDescriptors(),
  },
  {
    name: "process_start_time_seconds",
    help: "When the process started, since the Unix epoch.",
    kind: "gauge",
    combined: "min",
    read: () => performance.timeOrigin / 1000,
  },
  {
    name: "nodejs_eventloop_utilization",
    help: "The share of time since the start that the event loop was busy.",
    kind: "gauge",
    combined: "average",
    read: () => performance.eventLoopUtilization().utilization,
  },
];

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
