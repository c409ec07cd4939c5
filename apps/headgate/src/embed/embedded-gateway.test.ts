import { freePort } from "@headgate/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createGateway,
  type Gateway,
  GatewayError,
  type MediaMessage,
  type PublishedMessage,
} from "./index.ts";

const KEYFRAME = Uint8Array.of(0x17, 1, 0, 0, 0);
const FRAME = Uint8Array.of(0x27, 1, 0, 0, 0);
const AVC_HEADER = Uint8Array.of(0x17, 0, 0, 0, 0, 1, 100, 0, 31);
const METADATA = Uint8Array.of(2, 0, 10, ...Buffer.from("onMetaData"), 8, 0, 0, 0, 0, 0, 0, 9);

let gateway: Gateway;
let log: string[];
let config: Parameters<typeof createGateway>[0];

beforeEach(async () => {
  config = {
    listeners: [{ host: "127.0.0.1", port: await freePort(), protocols: ["rtmp"] }],
    admin: { port: await freePort() },
    applications: {
      live: { resumeWindow: "0s", retention: "1s", retentionSize: "256KiB" },
      strict: { resumeWindow: "0s", retention: "1s", retentionSize: "256KiB", lagPolicy: "drop" },
      taken: { resumeWindow: "0s", publisherPolicy: "takeover" },
    },
  };
  log = [];
  gateway = await createGateway(config, { log: (line) => void log.push(line) });
  await gateway.start();
});

afterEach(() => gateway.close());

const video = (bytes: Uint8Array, timestampMs: number): PublishedMessage => ({
  kind: "video",
  timestampMs,
  bytes,
});

async function all(messages: AsyncIterable<MediaMessage>): Promise<readonly MediaMessage[]> {
  const read: MediaMessage[] = [];
  for await (const message of messages) read.push(message);
  return read;
}

describe("messages", () => {
  test("arrive as they were published, headers first, until the stream ends", async () => {
    const early = gateway.messages("live/cam");
    const awaited = early.next();
    const publication = gateway.publish("live/cam");
    publication.send({ kind: "data", timestampMs: 0, bytes: METADATA });
    publication.send(video(AVC_HEADER, 0));
    publication.send({ kind: "audio", timestampMs: 10, bytes: Uint8Array.of(0xaf, 0, 0x12, 0x10) });
    for (const [timestampMs, bytes] of [
      [0, KEYFRAME],
      [40, FRAME],
      [80, KEYFRAME],
    ] as const)
      publication.send(video(bytes, timestampMs));
    const late = gateway.messages("live/cam");
    const first = [await late.next(), await late.next(), await late.next(), await late.next()];
    const { value: begun } = await awaited;
    publication.end();
    expect(first.map(({ value }) => [value?.kind, value?.isHeader, value?.isSync])).toEqual([
      ["data", true, false],
      ["video", true, false],
      ["audio", true, false],
      ["video", false, true],
    ]);
    expect(first.at(-1)?.value).toMatchObject({ timestampMs: 80, bytes: KEYFRAME });
    expect(await late.next()).toEqual({ done: true, value: undefined });
    const heard = [begun, ...(await all(early))].map((message) => `${message?.kind} ${message?.timestampMs}`);
    expect(heard).toEqual(["data 0", "video 0", "audio 0", "video 0", "video 40", "video 80"]);
    expect(publication.isActive).toBe(false);
    expect(gateway.stats().streams).toEqual([]);
  });

  test("belong to the program: what follows does not change them", async () => {
    const publication = gateway.publish("live/cam");
    const bytes = Uint8Array.from(KEYFRAME);
    publication.send(video(bytes, 0));
    bytes.fill(0);
    const { value } = await gateway.messages("live/cam").next();
    for (let at = 1; at < 1_000; at += 1) publication.send(video(new Uint8Array(1_000).fill(0x27), at));
    expect(value?.bytes).toEqual(KEYFRAME);
  });

  test.each([
    ["jumps to the newest keyframe", "live/cam"],
    ["is ended where slow players are dropped", "strict/cam"],
  ])("a reader that is too slow %s, and nothing is kept for it", async (_, stream) => {
    const publication = gateway.publish(stream);
    publication.send(video(KEYFRAME, 0));
    const slow = gateway.messages(stream);
    expect((await slow.next()).value?.timestampMs).toBe(0);
    const last = 2_000;
    for (let at = 1; at <= last; at += 1) {
      const bytes = new Uint8Array(1_000);
      bytes.set(at % 100 === 0 ? KEYFRAME : FRAME);
      publication.send(video(bytes, at));
    }
    if (stream.startsWith("strict")) {
      await expect(slow.next()).rejects.toThrow(GatewayError);
      expect(await slow.next()).toEqual({ done: true, value: undefined });
      expect(gateway.stats().streams).toMatchObject([{ readers: 0, lags: 1 }]);
    } else {
      expect((await slow.next()).value).toMatchObject({ timestampMs: last, isSync: true });
      expect(gateway.stats().streams).toMatchObject([{ readers: 1, lags: 1, keyframes: 21 }]);
    }
  });

  test("end when they are left, and when the gateway is closed", async () => {
    gateway.publish("live/cam").send(video(KEYFRAME, 0));
    for await (const { bytes } of gateway.messages("live/cam")) {
      expect(bytes).toEqual(KEYFRAME);
      break;
    }
    expect(gateway.stats().streams).toMatchObject([{ readers: 0 }]);
    const waiting = gateway.messages("live/other").next();
    await gateway.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(() => gateway.messages("live/cam")).toThrow("it does not run");
  });

  test("cannot be had twice at once, nor of what is no stream", async () => {
    const messages = gateway.messages("live/cam");
    const first = messages.next();
    await expect(messages.next()).rejects.toThrow(GatewayError);
    await messages.return?.();
    expect(await first).toEqual({ done: true, value: undefined });
    expect(() => gateway.messages("live")).toThrow("live: NAME_INVALID");
    expect(() => gateway.messages("other/cam")).toThrow("other/cam: APPLICATION_UNKNOWN");
  });
});

describe("publishing", () => {
  test("is refused as that of a client is, and each start is told with its stop", () => {
    const told: string[] = [];
    const off = gateway.on(
      "published",
      ({ stream, session }) => void told.push(`+ ${stream} ${session?.id}`),
    );
    gateway.on("unpublished", ({ stream }) => void told.push(`- ${stream}`));
    const first = gateway.publish("taken/cam");
    const second = gateway.publish("taken/cam");
    expect([first.isActive, second.isActive]).toEqual([false, true]);
    gateway.publish("live/cam");
    expect(() => gateway.publish("live/cam")).toThrow("live/cam: ALREADY_PUBLISHED");
    second.end();
    off();
    gateway.publish("live/third");
    expect(told).toEqual([
      ...["+ taken/cam undefined", "- taken/cam", "+ taken/cam undefined"],
      ...["+ live/cam undefined", "- taken/cam"],
    ]);
    expect(() => second.send(video(KEYFRAME, 0))).not.toThrow();
  });

  test.each([
    [{ kind: "text", timestampMs: 0, bytes: KEYFRAME }],
    [{ kind: "video", timestampMs: 0.5, bytes: KEYFRAME }],
    [{ kind: "video", timestampMs: 0, bytes: [1, 2, 3] }],
  ])("%j is no message", (message) => {
    expect(() => gateway.publish("live/cam").send(message as never)).toThrow(TypeError);
  });

  test("a handler that throws is logged, and changes nothing", async () => {
    gateway.on("published", () => {
      throw new Error("mine");
    });
    gateway.on("published", async () => {
      throw new Error("mine as well");
    });
    expect(gateway.publish("live/cam").isActive).toBe(true);
    await expect.poll(() => log.filter((line) => line.includes('"handler failed"')).length).toBe(2);
    expect(log.join("")).toContain("mine as well");
  });
});

describe("a gateway", () => {
  test("does not start where its ports are taken, and not again once it is closed", async () => {
    const second = await createGateway(config, { log: () => {} });
    await expect(second.start()).rejects.toThrow(GatewayError);
    await second.close();
    await expect(second.start()).rejects.toThrow("it is closed");
    expect(gateway.listeners).toMatchObject([{ host: "127.0.0.1", protocols: ["rtmp"] }]);
  });

  test("that was never started closes", async () => {
    const idle = await createGateway(config, { log: () => {} });
    expect(() => idle.stats()).toThrow("it does not run");
    await idle.close();
  });

  test("takes limits as they are written in a file", async () => {
    const live = { maxConnections: 5, play: { maxViewers: 2, maxBitrate: "6M" } };
    const limited = await createGateway({ ...config, applications: { live } }, { log: () => {} });
    await limited.close();
  });

  test("does not start with a certificate that is not there", async () => {
    const tls = { certificates: [{ cert: "/none.crt", key: "/none.key" }] };
    const secure = await createGateway({ ...config, listeners: [{ tls }] }, { log: () => {} });
    await expect(secure.start()).rejects.toThrow("there is no such file");
  });
});

test.each(["reload", "drain"])("the API has no %s: that is for the program", async (what) => {
  const url = `http://127.0.0.1:${config!.admin!.port}/api/v1`;
  expect((await fetch(`${url}/${what}`, { method: "POST" })).status).toBe(404);
  expect((await fetch(`${url}/streams`)).status).toBe(200);
});
