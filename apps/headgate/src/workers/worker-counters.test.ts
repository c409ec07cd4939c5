import { Counter, Gauge, Registry } from "prom-client";
import { expect, test } from "vitest";
import type { WorkerMetrics } from "./messages.ts";
import { WorkerCounters } from "./worker-counters.ts";

interface Counted {
  readonly bytes: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly streams?: Readonly<Record<string, number>>;
}

/** As a worker tells them. */
async function metricsOf({ bytes, refusals, streams = {} }: Counted): Promise<WorkerMetrics> {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: "bytes_total", help: "-", registers }).inc(bytes);
  new Gauge({ name: "sessions", help: "-", registers }).set(7);
  const byCode = new Counter({ name: "refusals_total", help: "-", labelNames: ["code"], registers });
  for (const [code, count] of Object.entries(refusals)) byCode.inc({ code }, count);
  const byStream = new Counter({ name: "stream_total", help: "-", labelNames: ["stream"], registers });
  for (const [stream, count] of Object.entries(streams)) byStream.inc({ stream }, count);
  return JSON.parse(JSON.stringify(await registry.getMetricsAsJSON()));
}

function shown(metrics: WorkerMetrics): Record<string, number> {
  return Object.fromEntries(
    metrics.flatMap(({ name, values }) =>
      values.map(({ labels, value }) => [[name, ...Object.values(labels)].join(" "), value]),
    ),
  );
}

test("a worker that is lost leaves its counters, and others add theirs", async () => {
  const counters = new WorkerCounters();
  const [first, second] = [{}, {}];
  counters.told(first, await metricsOf({ bytes: 100, refusals: { DRAINING: 1 } }));
  counters.told(first, await metricsOf({ bytes: 300, refusals: { DRAINING: 1, kicked: 2 } }));
  counters.told(second, await metricsOf({ bytes: 20, refusals: { DRAINING: 5 } }));
  expect(shown(counters.ofEnded)).toEqual({});
  counters.ended(first);
  counters.ended(second);
  const sums = { bytes_total: 320, "refusals_total DRAINING": 6, "refusals_total kicked": 2 };
  expect(shown(counters.ofEnded)).toEqual(sums);
  counters.ended(first);
  counters.ended({});
  expect(shown(counters.ofEnded)).toEqual(sums);
});

test("while a worker does not answer, what it told last counts, but no gauge", async () => {
  const counters = new WorkerCounters();
  const worker = {};
  expect(counters.latestOf(worker)).toEqual([]);
  counters.told(worker, await metricsOf({ bytes: 100, refusals: {} }));
  expect(shown(counters.latestOf(worker))).toEqual({ bytes_total: 100 });
});

test("counters of single streams end with their worker", async () => {
  const counters = new WorkerCounters();
  const worker = {};
  counters.told(worker, await metricsOf({ bytes: 0, refusals: {}, streams: { "live/cam": 5, other: 3 } }));
  counters.ended(worker);
  expect(shown(counters.ofEnded)).toEqual({ bytes_total: 0, "stream_total other": 3 });
});
