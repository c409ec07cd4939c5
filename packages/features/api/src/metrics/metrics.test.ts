import type { LabelledNumber, Metric } from "@headgate/feature";
import type { Publication } from "@headgate/gateway";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TestServer } from "../test-server.test.helper.ts";
import { sessionMetrics } from "./session-metrics.ts";
import { streamMetrics } from "./stream-metrics.ts";

let server: TestServer;

beforeEach(() => {
  server = new TestServer({ applications: ["live", "live/private", "*"] });
});

afterEach(() => server.close());

/** The numbers by the metric's name, each with its labels. */
function read(metrics: readonly Metric[]): Record<string, unknown> {
  return Object.fromEntries(
    metrics.map((metric) => [metric.name.replace("headgate_", ""), numbersOf(metric)]),
  );
}

function numbersOf({ read: take }: Metric): unknown {
  const numbers = take();
  return numbers instanceof Map
    ? Object.fromEntries(numbers)
    : typeof numbers === "number"
      ? numbers
      : Object.fromEntries(
          (numbers as readonly LabelledNumber[]).map(([labels, value]) => [
            Object.values(labels).join(" "),
            value,
          ]),
        );
}

test("sessions are counted by transport and configured application, their bytes also when they have ended", async () => {
  const metrics = sessionMetrics(server.gateway, server.audiences);
  const publisher = await server.publish("cam");
  await server.play("cam");
  await server.connect({ app: "made/up" });
  const before = read(metrics);
  expect(before).toMatchObject({
    sessions: { "memory live": 2, "memory *": 1 },
    sessions_total: 3,
    sessions_ended_total: { stalled: 0 },
    viewer_drops_total: 0,
    viewer_lag_max_seconds: 0,
  });
  expect(before.received_bytes_total).toBeGreaterThan(3_000);
  publisher.pair.far.destroy();
  await server.settle();
  const after = read(metrics);
  expect(after.sessions).toEqual({ "memory live": 1, "memory *": 1 });
  expect(after.sessions_ended_total).toEqual({ stalled: 0, "peer closed": 1 });
  expect(after.received_bytes_total).toBeGreaterThanOrEqual(Number(before.received_bytes_total));
  expect(after.sent_bytes_total).toBeGreaterThan(3_000);
});

test("to read them, no session is looked at", async () => {
  const metrics = sessionMetrics(server.gateway, server.audiences);
  await server.publish("cam");
  await server.playMany("cam", 3);
  const looks = vi.spyOn(server.gateway, "sessions", "get");
  const [session] = server.gateway.sessions.values();
  looks.mockClear();
  const sent = vi.spyOn(session!, "bytesSent", "get");
  read([...metrics, ...streamMetrics(server.gateway, server.audiences, 10)]);
  expect([looks.mock.calls, sent.mock.calls]).toEqual([[], []]);
});

test("a session counts in the application of its stream while it has one", async () => {
  const metrics = sessionMetrics(server.gateway, server.audiences);
  const viewer = await server.play("private/cam");
  expect(read(metrics).sessions).toEqual({ "memory live/private": 1 });
  viewer.command(1, "closeStream", 0, null);
  await server.settle();
  expect(read(metrics).sessions).toEqual({ "memory live": 1 });
  viewer.pair.far.destroy();
  await server.settle();
  expect(read(metrics).sessions).toEqual({});
});

test("of streams there are numbers only if they are wanted, of so many, and of the others together", async () => {
  expect(streamMetrics(server.gateway, server.audiences, 0)).toEqual([]);
  const metrics = streamMetrics(server.gateway, server.audiences, 2);
  for (const name of ["one", "two", "three", "four"]) await server.publish(name);
  await server.play("two");
  await server.play("three");
  await server.play("four");
  const numbers = read(metrics);
  expect(numbers).toMatchObject({
    stream_viewers: { "live live/one": 0, "live live/two": 1, "other other": 2 },
    stream_frames_total: { "live live/one video": 3, "other other video": 6, "live live/two audio": 3 },
    stream_keyframe_interval_seconds: { "live live/one": 1, "live live/two": 1 },
    stream_drops_total: { "live live/one": 0, "live live/two": 0, "other other": 0 },
  });
  const { stream_received_bytes_total: received } = numbers as Record<string, Record<string, number>>;
  expect(received!["other other"]).toBe(2 * received!["live live/one"]!);
  const { stream_sent_bytes_total: sent } = numbers as Record<string, Record<string, number>>;
  const [, , , , viewer] = [...server.gateway.sessions.values()];
  expect(sent!["live live/two"]).toBeGreaterThan(0);
  // Without what the viewer was sent before it played.
  expect(sent!["live live/two"]).toBeLessThan(viewer!.bytesSent - 3_000);
});

test("what is counted of the others grows only, whoever ends or gets a place of its own", async () => {
  const metrics = streamMetrics(server.gateway, server.audiences, 1);
  const totals = () => {
    const { stream_received_bytes_total: received, stream_frames_total: frames } = read(metrics) as Record<
      string,
      Record<string, number>
    >;
    return { received, frames };
  };
  const [first, second] = [await server.publish("first"), await server.publish("second")];
  const third = await server.publish("third");
  const before = totals();
  const one = before.received!["live live/first"]!;
  expect(before).toMatchObject({
    received: { "live live/first": one, "other other": 2 * one },
    frames: { "other other video": 6 },
  });
  second.sendMedia();
  await server.settle();
  for (const publisher of [second, first]) {
    publisher.pair.far.destroy();
    await server.settle();
  }
  expect(totals()).toEqual({
    received: { "live live/third": 0, "other other": 3 * one },
    frames: expect.objectContaining({ "live live/third video": 0, "other other video": 9 }),
  });
  third.sendMedia();
  await server.settle();
  expect(totals()).toEqual({
    received: { "live live/third": one, "other other": 3 * one },
    frames: expect.objectContaining({ "live live/third video": 3, "other other video": 9 }),
  });
});

test("what another process has published does not count here, nor when that has ended", async () => {
  const metrics = streamMetrics(server.gateway, server.audiences, 10);
  const names = { application: "live", name: "cam" };
  const publication = server.gateway.publish(names, { query: "", via: [], isInternal: true }) as Publication;
  await server.play("cam");
  const payload = Uint8Array.of(0x17, 1, 0, 0, 0, 1);
  publication.media({ type: 9, timestamp: 0, messageStreamId: 0, payload });
  const received = () => (read(metrics) as Record<string, object>).stream_received_bytes_total;
  expect(received()).toEqual({ "live live/cam": 0 });
  publication.end();
  await server.settle();
  expect(received()).toEqual({ "live live/cam": 0 });
});

test("what is fetched from another process has its viewers here, and is counted where it is published", async () => {
  const metrics = streamMetrics(server.gateway, server.audiences, 10);
  server.gateway.publish({ application: "live", name: "cam" }, { query: "", via: [], isInternal: true });
  await server.play("cam");
  expect(read(metrics)).toMatchObject({
    stream_viewers: { "live live/cam": 1 },
    stream_received_bytes_total: { "live live/cam": 0 },
    stream_keyframe_interval_seconds: {},
  });
});
