import type { Metric } from "@headgate/feature";
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

/** All metrics are read on request: prom-client's own process metrics would wake the process a hundred times a second. */
export function createRegistry(metrics: readonly Metric[]): Registry {
  const registry = new Registry();
  for (const metric of metrics) register(metric, registry);
  return registry;
}

function register({ name, help, kind, label, combined, read }: Metric, registry: Registry): void {
  const options = { name, help, labelNames: label === undefined ? [] : [label], registers: [registry] };
  if (kind === "counter") {
    new Counter({
      ...options,
      collect() {
        this.reset();
        for (const [labels, value] of samples(label, read())) this.inc(labels, value);
      },
    });
  } else {
    new Gauge({
      ...options,
      aggregator: combined ?? "sum",
      collect() {
        this.reset();
        for (const [labels, value] of samples(label, read())) this.set(labels, value);
      },
    });
  }
}

function samples(
  label: string | undefined,
  value: number | ReadonlyMap<string, number>,
): readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[] {
  if (typeof value === "number") return [[{}, value]];
  return [...value].map(([of, count]) => [{ [label ?? "of"]: of }, count] as const);
}
