import { FaultLog } from "@headgate/driver";
import type { Publication } from "@headgate/gateway";
import { createGateway, DEFAULT_GATEWAY_OPTIONS, type Gateway } from "@headgate/gateway";
import { fastify } from "fastify";
import { pino } from "pino";
import {
  AggregatorRegistry,
  type MetricObjectWithValues,
  type MetricValue,
  type Registry,
} from "prom-client";
import { afterAll, expect, test } from "vitest";
import { certificatesFeature, logFeature } from "./features.ts";
import { faultMetrics, gatewayMetrics } from "./gateway-metrics.ts";
import { createRegistry, metricsRoutes } from "./metrics.ts";
import { PROCESS_METRICS } from "./process-metrics.ts";

const { gateway } = createGateway(DEFAULT_GATEWAY_OPTIONS, pino({ level: "silent" }));

afterAll(() => gateway.close());

function registryOf(one: Gateway): Registry {
  return createRegistry([...gatewayMetrics(one), ...PROCESS_METRICS]);
}

async function scrape() {
  const server = fastify();
  server.register(metricsRoutes(registryOf(gateway)));
  const reply = await server.inject("/metrics");
  await server.close();
  const samples = reply.body.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return {
    type: reply.headers["content-type"],
    values: Object.fromEntries(samples.map((line) => line.split(" "))),
  };
}

test("GET /metrics counts streams and what is kept of them", async () => {
  const before = await scrape();
  expect(before.type).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(before.values).toMatchObject({ headgate_streams: "0", headgate_publishers: "0" });
  const publisher = gateway.publish({ application: "live", name: "cam" }) as Publication;
  publisher.media({ type: 9, timestamp: 0, messageStreamId: 0, payload: Uint8Array.of(0x17, 1, 0, 0, 0) });
  const { values } = await scrape();
  expect(values).toMatchObject({ headgate_streams: "1", headgate_publishers: "1", headgate_viewers: "0" });
  expect(Number(values.headgate_stream_log_bytes)).toBeGreaterThan(0);
  publisher.end();
});

test("characters in labels that change how other text is shown are spelled out", async () => {
  const names = ["a\0b", "c\u001b[2Jd", "e\u202ef", "g\rh", "i\ud800j", "caf\u00e9 \u65e5"];
  const read = () => names.map((stream, index) => [{ stream }, index] as const);
  const parts = { name: "headgate_x", help: "X.", labels: ["stream"], read } as const;
  for (const kind of ["gauge", "counter"] as const) {
    const samples = (await createRegistry([{ ...parts, kind }]).metrics()).split("\n").slice(2);
    expect(samples.map((line) => line.replace(/.*stream="(.*)".*/, "$1")).filter(Boolean)).toEqual([
      "a\\\\u0000b",
      "c\\\\u001b[2Jd",
      "e\\\\u202ef",
      "g\\\\u000dh",
      "i\\\\ud800j",
      "caf\u00e9 \u65e5",
    ]);
  }
});

test("GET /metrics counts faults by what they have ended", async () => {
  expect((await scrape()).values).toMatchObject({
    headgate_broken_invariants: "0",
    'headgate_faults_total{scope="session"}': "0",
  });
  gateway.faults.report("relay", new Error("a bug"));
  expect((await scrape()).values).toMatchObject({
    headgate_broken_invariants: "1",
    'headgate_faults_total{scope="relay"}': "1",
    'headgate_faults_total{scope="session"}': "0",
  });
});

test("faults of the process that keeps the workers are added to theirs", async () => {
  const faults = new FaultLog(pino({ level: "silent" }));
  const registries = [registryOf(gateway), registryOf(gateway), createRegistry(faultMetrics(faults))];
  const scrapeAll = async (): Promise<string[]> => {
    const answers = await Promise.all(registries.map((registry) => registry.getMetricsAsJSON()));
    const text = await AggregatorRegistry.aggregate(answers).metrics();
    return text.match(/^headgate_(?:broken_invariants|faults_total\{scope="worker"\}) .*$/gm) ?? [];
  };
  const countsOf = (lines: readonly string[]): number[] => lines.map((line) => Number(line.split(" ")[1]));
  const before = countsOf(await scrapeAll());
  faults.report("worker", new Error("a bug"));
  expect(countsOf(await scrapeAll())).toEqual(before.map((count) => count + 1));
  expect(before).toHaveLength(2);
});

test("GET /metrics tells what the process costs, by the names everybody uses", async () => {
  const { values } = await scrape();
  expect(Number(values.process_cpu_seconds_total)).toBeGreaterThan(0);
  expect(Number(values.process_resident_memory_bytes)).toBeGreaterThan(1e7);
  expect(Number(values.nodejs_eventloop_utilization)).toBeGreaterThan(0);
});

test("of two workers, what cannot be added up is told of one of them, or of both on average", async () => {
  const [one, two] = [
    await registryOf(gateway).getMetricsAsJSON(),
    await registryOf(gateway).getMetricsAsJSON(),
  ];
  const values = {
    headgate_connections: [3, 4],
    headgate_merge_window_seconds: [0.1, 0.05],
    headgate_flush_hold_max_seconds: [0.001, 0.004],
    process_start_time_seconds: [1700000000, 1700000100],
    nodejs_eventloop_utilization: [0.5, 0.25],
  };
  for (const [name, [first, second]] of Object.entries(values)) {
    setValue(one, name, first!);
    setValue(two, name, second!);
  }
  const both = AggregatorRegistry.aggregate([one, two]);
  const together = Object.fromEntries(
    (await both.getMetricsAsJSON()).map(({ name, values }) => [name, values[0]?.value]),
  );
  expect(together).toMatchObject({
    headgate_connections: 7,
    headgate_merge_window_seconds: 0.1,
    headgate_flush_hold_max_seconds: 0.004,
    process_start_time_seconds: 1700000000,
    nodejs_eventloop_utilization: 0.375,
  });
});

function setValue(all: MetricObjectWithValues<MetricValue<string>>[], name: string, value: number): void {
  all.find((metric) => metric.name === name)!.values[0]!.value = value;
}

test("lost log lines and the expiry of certificates are measured as they are when it is asked", async () => {
  let droppedLines = 0;
  const expiries = [
    { port: 443, expiresMs: 2_000_000_000_000 },
    { port: 1935, expiresMs: 1_900_000_000_000 },
  ];
  const output = {
    get droppedLines() {
      return droppedLines;
    },
  };
  const { metrics: certificates = [] } = certificatesFeature(
    { expiries, failures: new Map([["443", 5]]), watchExpiry: () => {}, close: () => {} },
    false,
  );
  const registry = createRegistry([...(logFeature(output).metrics ?? []), ...certificates]);
  expect(await registry.metrics()).toContain("headgate_log_lines_dropped_total 0\n");
  droppedLines = 7;
  expiries.pop();
  const text = await registry.metrics();
  expect(text).toContain("headgate_log_lines_dropped_total 7\n");
  expect(text).toContain('headgate_certificate_expiry_timestamp_seconds{port="443"} 2000000000\n');
  expect(text).toContain('headgate_tls_failures_total{port="443"} 5\n');
  expect(text).not.toContain('port="1935"');
});
