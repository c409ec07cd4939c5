import type { LabelledNumber, Metric } from "@headgate/feature";
import type { FastifyPluginCallback } from "fastify";
import { Counter, Gauge, Registry } from "prom-client";
import { printable } from "./printable.ts";

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

function register({ name, help, kind, labels = [], combined, read }: Metric, registry: Registry): void {
  const options = { name, help, labelNames: labels, registers: [registry] };
  if (kind === "counter") {
    new Counter({
      ...options,
      collect() {
        this.reset();
        for (const [of, value] of numbersIn(read(), labels)) this.inc(of, value);
      },
    });
  } else {
    new Gauge({
      ...options,
      aggregator: combined ?? "sum",
      collect() {
        this.reset();
        for (const [of, value] of numbersIn(read(), labels)) this.set(of, value);
      },
    });
  }
}

/** Streams have the names that peers give them, and metrics are looked at in terminals and pages. */
function numbersIn(
  read: ReturnType<Metric["read"]>,
  [label = ""]: readonly string[],
): readonly LabelledNumber[] {
  if (typeof read === "number") return [[{}, read]];
  return read instanceof Map
    ? [...read].map(([of, value]) => [{ [label]: printable(of) }, value])
    : (read as readonly LabelledNumber[]).map(([of, value]) => [printableLabels(of), value]);
}

function printableLabels(labels: LabelledNumber[0]): LabelledNumber[0] {
  return Object.fromEntries(Object.entries(labels).map(([name, text]) => [name, printable(text)]));
}
