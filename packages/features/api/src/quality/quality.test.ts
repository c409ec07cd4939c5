import type { Session, StreamUse } from "@headgate/gateway";
import { MessageType, UserControlType, userControl } from "@headgate/message";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TestServer } from "../test-server.test.helper.ts";
import { HISTORY_BYTES, HISTORY_SECONDS } from "./history.ts";
import { MAX_SESSION_HISTORIES, MAX_STREAM_HISTORIES } from "./quality.ts";
import type { QualityReply } from "./quality-reply.ts";

let server: TestServer;
/** A whole second of the gateway's clock, later than all that it samples itself during a test. */
let futureMs: number;

beforeEach(() => {
  server = new TestServer();
  futureMs = Math.ceil(performance.now() / 1_000) * 1_000 + 1_000_000;
});

afterEach(() => server.close());

function pass(seconds: number): void {
  for (let count = 0; count < seconds; count += 1) {
    server.quality.sweep(futureMs);
    futureMs += 1_000;
  }
}

async function qualityOf(kind: "stream" | "client", id: string, seconds = 600): Promise<QualityReply> {
  const answer = await server.view.quality({ kind, id }, seconds);
  if (typeof answer !== "object") throw new Error(`${id}: ${answer}`);
  return answer;
}

test("a stream and its publisher have bitrate and pictures a second", async () => {
  const publisher = await server.publish("cam");
  pass(1);
  publisher.sendMedia();
  await server.settle();
  pass(3);
  const stream = await qualityOf("stream", "live/cam", 3);
  expect(stream.fps).toEqual([3, 0, 0]);
  const bitrate = stream.bitrate_kbps[0]!;
  expect(bitrate).toBeGreaterThan((8 * 3_000) / 1_000);
  expect([stream.id, stream.interval_ms, stream.drops]).toEqual(["live/cam", 1_000, [0, 0, 0]]);
  const [id = ""] = [...server.gateway.sessions.keys()];
  const session = await qualityOf("client", id, 3);
  expect(session.fps).toEqual([3, 0, 0]);
  expect(session.bitrate_kbps[0]).toBeGreaterThan(bitrate);
  expect([session.drops, session.lag_ms, session.buffer_ms]).toEqual(new Array(3).fill([null, null, null]));
});

test("a publisher with traffic is pinged, and its round trip time kept", async () => {
  const publisher = await server.publish("cam");
  for (let second = 0; second < 11; second += 1) {
    publisher.sendMedia();
    await server.settle();
    pass(1);
  }
  const { rtt_ms } = await qualityOf("stream", "live/cam", 1);
  expect(rtt_ms).toEqual([expect.any(Number)]);
});

test("a viewer has what it gets, its buffer, and how far it is behind, as its stream has", async () => {
  const publisher = await server.publish("cam");
  const viewer = await server.play("cam");
  const told = { event: UserControlType.setBufferLength, value: 1, bufferLengthMs: 3_000 };
  viewer.payload(MessageType.userControl, [2, 0], 0, userControl(told).payload);
  await server.settle();
  pass(1);
  publisher.sendMedia();
  await server.settle();
  pass(1);
  const id = [...server.gateway.sessions.keys()][1]!;
  const reading = await qualityOf("client", id, 1);
  expect(reading).toMatchObject({ drops: [0], lag_ms: [0], buffer_ms: [3_000], fps: [null] });
  expect(reading.bitrate_kbps[0]).toBeGreaterThan(24);
  // It reads nothing more.
  viewer.pair.far.pause();
  for (let at = 3_000; at < 6_000; at += 200) {
    const picture = Uint8Array.of(0x17, 1, 0, 0, 0, ...new Uint8Array(100_000));
    publisher.payload(MessageType.video, [6, 1], at, picture);
    await server.settle();
  }
  pass(1);
  const [behindMs] = (await qualityOf("client", id, 1)).lag_ms;
  expect(behindMs).toBeGreaterThan(100_000);
  expect((await qualityOf("stream", "live/cam", 1)).lag_ms).toEqual([behindMs]);
  expect((await qualityOf("stream", "live/cam", 1)).buffer_ms).toEqual([3_000]);
});

test("ten minutes are kept, and end with the stream and the session", async () => {
  const publisher = await server.publish("cam");
  const [id = ""] = [...server.gateway.sessions.keys()];
  pass(HISTORY_SECONDS + 50);
  const { fps, seq, time } = await qualityOf("stream", "live/cam");
  expect(fps).toHaveLength(HISTORY_SECONDS);
  pass(1);
  const later = await qualityOf("stream", "live/cam");
  expect(later.seq - seq).toBe(1);
  expect(Math.abs(later.time - time - 1_000)).toBeLessThan(500);
  publisher.pair.far.destroy();
  await server.settle();
  server.gateway.endResume("live/cam");
  pass(1);
  expect(await server.view.quality({ kind: "stream", id: "live/cam" }, 1)).toBeUndefined();
  expect(await server.view.quality({ kind: "client", id }, 1)).toBeUndefined();
  expect(server.quality.counts).toEqual({ streams: 0, sessions: 0 });
});

test("there is a history of 500 sessions and 500 streams at most, of those first that are looked at", async () => {
  expect(MAX_SESSION_HISTORIES + MAX_STREAM_HISTORIES).toBe(1_000);
  expect(1_000 * HISTORY_BYTES).toBe(14_400_000);
  const { sessionObserver } = server.quality;
  const sessions = Array.from({ length: MAX_SESSION_HISTORIES + 5 }, (_, index) => silentSession(index));
  for (const session of sessions) sessionObserver.played!(session, NO_USE);
  expect(server.quality.counts).toEqual({ streams: 0, sessions: MAX_SESSION_HISTORIES });
  const last = sessions.at(-1)!;
  expect(server.quality.ofSession(last, 5)).toMatchObject({ fps: [] });
  pass(2);
  expect(server.quality.ofSession(last, 1)).toMatchObject({ bitrate_kbps: [0] });
  for (const session of sessions.slice(0, MAX_SESSION_HISTORIES - 1)) server.quality.ofSession(session, 1);
  expect(server.quality.ofSession(sessions.at(-2)!, 1)).toBe("no place");
  expect(server.quality.counts).toEqual({ streams: 0, sessions: MAX_SESSION_HISTORIES });
  for (const session of sessions) sessionObserver.closed!(session, "peer closed");
  expect(server.quality.counts).toEqual({ streams: 0, sessions: 0 });
});

const NO_USE = {} as StreamUse;

function silentSession(index: number): Session {
  return { id: `s${index}`, bytesReceived: 0, bytesSent: 0, uses: [] } as unknown as Session;
}
