import type { Metric } from "@headgate/feature";
import type { Hook } from "./hook.ts";
import type { HookSet } from "./hook-set.ts";

/** How each hook fares. */
export function hookMetrics(hooks: () => HookSet): readonly Metric[] {
  const byHook = (read: (hook: Hook) => number) => () =>
    new Map(hooks().all.map((hook) => [hook.name, read(hook)]));
  const counter = (name: string, help: string, read: (hook: Hook) => number): Metric => ({
    name: `headgate_hook_${name}_total`,
    help,
    kind: "counter",
    labels: ["hook"],
    read: byHook(read),
  });
  return [
    counter(
      "requests",
      "Questions to hooks and reports to them that have ended.",
      ({ counts }) => counts.requests,
    ),
    counter("denials", "Those of them that a hook has answered with no.", ({ counts }) => counts.denied),
    counter(
      "failures",
      "Those of them without an answer that says something.",
      ({ counts }) => counts.failed,
    ),
    counter(
      "cached",
      "Requests of peers that were allowed without asking again.",
      ({ counts }) => counts.cached,
    ),
    counter("request_seconds", "The time that they took together.", ({ counts }) => counts.elapsedMs / 1000),
    counter("reports_dropped", "Reports that a hook's server never heard.", ({ reports }) => reports.dropped),
    {
      name: "headgate_hook_reports_waiting",
      help: "Reports that a hook's server has not heard yet.",
      kind: "gauge",
      labels: ["hook"],
      read: byHook(({ reports }) => reports.waiting),
    },
    {
      name: "headgate_hook_circuit_open",
      help: "Whether a hook is left alone because its server fails.",
      kind: "gauge",
      labels: ["hook"],
      combined: "max",
      read: byHook(({ server }) => Number(server.isCircuitOpen)),
    },
  ];
}
