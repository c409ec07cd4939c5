import { ByteWriter, ProtocolError } from "@headgate/bytes";
import { ChunkEncoder } from "@headgate/chunk";
import {
  type Message,
  MessageType,
  readControlValue,
  readUserControl,
  setChunkSize,
  setPeerBandwidth,
  UserControlType,
  userControl,
  windowAcknowledgementSize,
} from "@headgate/message";
import { decodeInEveryCut, Random } from "@headgate/testkit";
import { describe, expect, it } from "vitest";
import type { Turn } from "./connection.ts";
import { DEFAULT_CONNECTION_LIMITS, MAX_WAITING_BYTES } from "./limits.ts";
import {
  clientHandshake,
  command,
  connect,
  connectedClient,
  feed,
  media,
  NotingDriver,
  newConnection,
  TIMEOUTS,
} from "./scripted-client.test.helper.ts";

const S0S1S2_LENGTH = 3073;
const PING = userControl({ event: UserControlType.pingRequest, value: 99 });

/** A whole publisher: chunk sizes that change, audio and video, pings between, and an end. */
function publisherSession(random: Random): Uint8Array {
  const encoder = new ChunkEncoder();
  const writer = new ByteWriter().raw(clientHandshake());
  writer.raw(encoder.encode(setChunkSize(300), 2));
  encoder.useChunkSize(300);
  writer.raw(encoder.encode(connect(), 3));
  for (const name of ["releaseStream", "FCPublish"]) writer.raw(encoder.encode(command(name, 2, "cam"), 3));
  writer.raw(encoder.encode(command("createStream", 4), 3));
  writer.raw(encoder.encode({ ...command("publish", 0, "cam", "live"), messageStreamId: 1 }, 4));
  for (let timestamp = 0; timestamp < 400; timestamp += 20) {
    const type = random.pick([MessageType.audio, MessageType.video]);
    writer.raw(encoder.encode(media(type, timestamp, random), type === MessageType.audio ? 4 : 6));
    if (random.below(4) === 0) writer.raw(encoder.encode(PING, 2));
    if (random.below(6) > 0) continue;
    const chunkSize = random.pick([1, 50, 4096]);
    writer.raw(encoder.encode(setChunkSize(chunkSize), 2));
    encoder.useChunkSize(chunkSize);
  }
  return writer.raw(encoder.encode({ ...command("closeStream", 0), messageStreamId: 1 }, 3)).finish();
}

/** So much of a turn as these messages, or slices of input, take. */
function turnOf(messages: number): Turn {
  let left = messages;
  return {
    goesOn: () => {
      left -= 1;
      return left >= 0;
    },
  };
}

/** The chunks of messages, again and again; they follow SetChunkSize as it is told. */
function encodeAll(times: number, ...messages: (() => Message)[]): Uint8Array {
  const encoder = new ChunkEncoder();
  const writer = new ByteWriter();
  for (let i = 0; i < times; i += 1) {
    for (const make of messages) {
      const message = make();
      writer.raw(encoder.encode(message, 2));
      if (message.type === MessageType.setChunkSize) encoder.useChunkSize(readControlValue(message.payload));
    }
  }
  return writer.finish();
}

/** An aggregate message of so many empty parts of an unknown type. */
function aggregateOf(parts: number): Message {
  const part = Uint8Array.of(99, ...new Array(14).fill(0));
  const payload = new ByteWriter();
  for (let i = 0; i < parts; i += 1) payload.raw(part);
  return { type: MessageType.aggregate, timestamp: 0, messageStreamId: 1, payload: payload.finish() };
}

describe("connection", () => {
  it("answers C0 and C1 at once, and begins with chunks right behind C2", () => {
    const connection = newConnection();
    const driver = new NotingDriver(connection);
    feed(connection, driver, [clientHandshake().subarray(0, 1537)]);
    expect(driver.output.length).toBe(S0S1S2_LENGTH);
    const request = new ChunkEncoder().encode(connect(), 3);
    const rest = new ByteWriter().raw(clientHandshake().subarray(1537)).raw(request).finish();
    feed(connection, driver, [rest]);
    expect(driver.kinds).toEqual(["connectRequested"]);
    expect(connection.session.connected).toBe(true);
  });

  it("comes to the same events and the same output however its input is cut", () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const random = new Random(seed);
      const results = decodeInEveryCut(publisherSession(random), random, (pieces) => {
        const connection = newConnection();
        const driver = new NotingDriver(connection);
        feed(connection, driver, pieces);
        return { events: driver.events, output: driver.output };
      });
      expect(
        results.whole.events.filter(({ kind }) => kind === "media"),
        `seed ${seed}`,
      ).toHaveLength(20);
      expect(results.whole.events.at(-1)).toEqual({ kind: "stopped", netStreamId: 1 });
      expect(results.byteByByte, `seed ${seed}`).toEqual(results.whole);
      expect(results.randomCuts, `seed ${seed}`).toEqual(results.whole);
    }
  });

  it("reads a message only after the driver has answered the one before", () => {
    const connection = newConnection();
    const encoder = new ChunkEncoder();
    const bytes = [connect(), command("createStream", 2)].map((message) => encoder.encode(message, 3));
    connection.receive(clientHandshake(), 0);
    for (const piece of bytes) connection.receive(piece, 0);
    const granting = new NotingDriver(connection);
    connection.poll(granting, 0);
    const names = granting.messages.filter(({ type }) => type === MessageType.commandAmf0);
    expect(names).toHaveLength(3);
  });

  it("sends all that came of one poll in one piece, in order", () => {
    const { driver } = connectedClient();
    expect(driver.outputs).toBe(2);
    expect(driver.messages.map(({ type }) => type)).toEqual([
      MessageType.windowAcknowledgementSize,
      MessageType.setPeerBandwidth,
      MessageType.userControl,
      MessageType.commandAmf0,
      MessageType.commandAmf0,
    ]);
  });

  it("uses its own chunk size from the message on that tells it", () => {
    const { connection, driver, encoder } = connectedClient({ chunkSize: 200 });
    const name = "x".repeat(300);
    feed(connection, driver, [
      encoder.encode(command("createStream", 2), 3),
      encoder.encode({ ...command("play", 0, name), messageStreamId: 1 }, 3),
    ]);
    expect(driver.messages.filter(({ messageStreamId }) => messageStreamId === 1)).toHaveLength(3);
  });

  it("has nothing to say when there is nothing new", () => {
    const { connection, driver } = connectedClient();
    const { outputs } = driver;
    connection.poll(driver, 5);
    connection.receive(new Uint8Array(0), 5);
    connection.poll(driver, 5);
    expect(driver.outputs).toBe(outputs);
  });

  it("refuses a first byte that is not RTMP's", () => {
    expect(() => newConnection().receive(Uint8Array.of(0x47), 0)).toThrow(ProtocolError);
  });

  it("hands over the events before the one that breaks the protocol, and what is still to be sent", () => {
    const { connection, driver, encoder } = connectedClient();
    const { length } = driver.output;
    connection.receive(encoder.encode(PING, 2), 0);
    connection.receive(encoder.encode(command("close", 0), 3), 0);
    connection.receive(Uint8Array.of(0xdd), 0);
    expect(() => connection.poll(driver, 0)).toThrow("chunk stream 29");
    expect(driver.kinds).toEqual(["connectRequested", "closeRequested"]);
    expect(driver.output.length).toBeGreaterThan(length);
  });
});

describe("protocol control", () => {
  it("acknowledges what has come in since the handshake, twice per window of the peer", () => {
    const { connection, driver, encoder } = connectedClient();
    const beforeLength = new ChunkEncoder().encode(connect(), 3).length;
    const video = { type: MessageType.video, timestamp: 0, messageStreamId: 1 };
    const pieces = [
      encoder.encode(windowAcknowledgementSize(800), 2),
      encoder.encode({ ...video, payload: new Uint8Array(100) }, 6),
      encoder.encode({ ...video, payload: new Uint8Array(400) }, 6),
    ];
    feed(connection, driver, pieces.slice(0, 2));
    expect(driver.messages.some(({ type }) => type === MessageType.acknowledgement)).toBe(false);
    feed(connection, driver, pieces.slice(2));
    const due = driver.messages.filter(({ type }) => type === MessageType.acknowledgement);
    const received = pieces.reduce((length, piece) => length + piece.length, beforeLength);
    expect(due.map(({ payload }) => readControlValue(payload))).toEqual([received]);
  });

  it("answers SetPeerBandwidth with its window, and takes no notice of acknowledgements", () => {
    const { connection, driver, encoder } = connectedClient({ ackWindow: 5000 });
    const before = driver.messages.length;
    const acknowledgement = { type: 3, timestamp: 0, messageStreamId: 0, payload: new Uint8Array(1) };
    feed(connection, driver, [
      encoder.encode(acknowledgement, 2),
      encoder.encode(setPeerBandwidth(1000, 2), 2),
    ]);
    const replies = driver.messages.slice(before);
    expect(replies).toEqual([windowAcknowledgementSize(5000)]);
  });

  it.each([
    ["window", windowAcknowledgementSize(1)],
    ["bandwidth", setPeerBandwidth(1, 2)],
  ])("refuses a %s that is cut short", (_, whole) => {
    const { connection, driver, encoder } = connectedClient();
    const message = { ...whole, payload: new Uint8Array(3) };
    connection.receive(encoder.encode(message, 2), 0);
    expect(() => connection.poll(driver, 0)).toThrow(ProtocolError);
  });
});

describe("liveness", () => {
  it("waits for the first byte, the handshake and connect in turn", () => {
    const connection = newConnection();
    expect(connection.nextTimeoutMs).toBe(TIMEOUTS.firstByteMs);
    connection.receive(clientHandshake().subarray(0, 1), 4000);
    expect(connection.nextTimeoutMs).toBe(4000 + TIMEOUTS.handshakeMs);
    connection.receive(clientHandshake().subarray(1), 8000);
    expect(connection.nextTimeoutMs).toBe(8000 + TIMEOUTS.connectMs);
    expect(connection.handleTimeout(17_999)).toBeUndefined();
    expect(connection.handleTimeout(18_000)).toBe("connect timeout");
  });

  it("pings a silent client, whose answer counts as a sign of life", () => {
    const { connection, driver, encoder } = connectedClient();
    expect(connection.nextTimeoutMs).toBe(15_000);
    expect(connection.handleTimeout(15_000)).toBeUndefined();
    connection.poll(driver, 15_000);
    const ping = readUserControl(driver.messages.at(-1)!.payload);
    expect(ping).toEqual({ event: UserControlType.pingRequest, value: 15_000 });
    const pong = userControl({ event: UserControlType.pingResponse, value: 15_000 });
    feed(connection, driver, [encoder.encode(pong, 2)], 15_040);
    expect(connection.nextTimeoutMs).toBe(30_040);
  });

  it("ends a client that is silent after the ping", () => {
    const { connection } = connectedClient();
    connection.handleTimeout(15_000);
    expect(connection.nextTimeoutMs).toBe(30_000);
    expect(connection.handleTimeout(30_000)).toBe("ping timeout");
  });

  it("counts bytes the client has taken as a sign of life", () => {
    const { connection } = connectedClient();
    connection.handleTimeout(15_000);
    connection.peerProgressed(29_000);
    expect(connection.handleTimeout(30_000)).toBeUndefined();
    expect(connection.nextTimeoutMs).toBe(44_000);
  });

  it("begins with the answer to connect, even if the driver takes its time", () => {
    const connection = newConnection();
    const driver = { onEvent: () => {}, onOutput: () => {} };
    connection.receive(clientHandshake(), 0);
    connection.receive(new ChunkEncoder().encode(connect(), 3), 0);
    connection.poll(driver, 0);
    connection.session.acceptConnect();
    connection.poll(driver, 5000);
    expect(connection.nextTimeoutMs).toBe(5000 + TIMEOUTS.pingIntervalMs);
  });
});

describe("limits", () => {
  const limits = { ...DEFAULT_CONNECTION_LIMITS, maxPendingOutputBytes: 4000 };

  it("end a client that asks more at once than the output may hold, without a byte too many", () => {
    const { connection, driver, encoder } = connectedClient({ limits });
    const before = driver.output.length;
    for (let i = 0; i < 100; i += 1) connection.receive(encoder.encode(command("hello", 5), 3), 0);
    expect(() => connection.poll(driver, 0)).toThrow("the limit is 4000");
    expect(driver.messages.at(-1)?.type).toBe(MessageType.commandAmf0);
    const { length } = driver.output;
    expect(length - before).toBeLessThanOrEqual(4000);
    expect(() => connection.poll(driver, 0)).toThrow(ProtocolError);
    expect(driver.messages.every(({ payload }) => payload.length > 0)).toBe(true);
  });

  it("are told how much is held for a client", () => {
    const connection = newConnection();
    const driver = new NotingDriver(connection);
    feed(connection, driver, [clientHandshake().subarray(0, 1000)]);
    expect(connection.bufferedBytes).toBe(1000);
    connection.receive(clientHandshake().subarray(1000), 0);
    expect(connection.bufferedBytes).toBe(S0S1S2_LENGTH);
    connection.poll(driver, 0);
    expect(connection.bufferedBytes).toBe(0);
    const request = new ChunkEncoder().encode(connect(), 3);
    connection.receive(request.subarray(0, 20), 0);
    expect(connection.bufferedBytes).toBe(20);
    connection.poll(driver, 0);
    expect(connection.bufferedBytes).toBeGreaterThanOrEqual(8);
    feed(connection, driver, [request.subarray(20)]);
    expect(connection.bufferedBytes).toBe(0);
  });

  it("let a client ask the same in several goes", () => {
    const { connection, driver, encoder } = connectedClient({ limits });
    const { length } = driver.messages;
    for (let i = 0; i < 100; i += 1) feed(connection, driver, [encoder.encode(command("hello", 5), 3)]);
    expect(driver.messages).toHaveLength(length + 100);
  });

  it("let the driver read some messages now and the others later", () => {
    const { connection, driver, encoder } = connectedClient();
    const { length } = driver.messages;
    for (let i = 0; i < 10; i += 1) connection.receive(encoder.encode(PING, 2), 0);
    expect(connection.poll(driver, 0, turnOf(4))).toBe(false);
    const answered = driver.messages.length - length;
    expect(answered).toBeGreaterThan(0);
    expect(answered).toBeLessThanOrEqual(4);
    expect(connection.waitingBytes).toBeGreaterThan(0);
    expect(connection.poll(driver, 0, turnOf(0))).toBe(false);
    expect(driver.messages).toHaveLength(length + answered);
    expect(connection.poll(driver, 0, turnOf(100))).toBe(true);
    expect(driver.messages).toHaveLength(length + 10);
    expect(connection.waitingBytes).toBe(0);
  });

  it.each([
    ["SetChunkSize", encodeAll(10_000, () => setChunkSize(128))],
    [
      "chunks of one byte",
      encodeAll(
        8,
        () => setChunkSize(1),
        () => ({ ...PING, type: 99, payload: new Uint8Array(3000) }),
      ),
    ],
    ["aggregates of parts of an unknown type", encodeAll(1, () => aggregateOf(3000))],
  ])("let the driver stop within %s, which make no event", (_, input) => {
    const { connection, driver } = connectedClient();
    connection.receive(input, 0);
    let turns = 1;
    while (!connection.poll(driver, 0, turnOf(1))) turns += 1;
    expect(turns).toBeGreaterThan(2);
    expect(connection.bufferedBytes).toBe(0);
  });

  it("end a client whose messages come faster than the driver looks at them", () => {
    const { connection, driver, encoder } = connectedClient();
    const flood = new Uint8Array(64 * 1024).map((_, at) => encoder.encode(PING, 2)[at % 18] ?? 0);
    const receive = () => {
      for (let sent = 0; sent <= MAX_WAITING_BYTES; sent += flood.length) connection.receive(flood, 0);
    };
    expect(receive).toThrow(expect.objectContaining({ code: "INPUT_EXCEEDED" }));
    const replies = 256;
    expect(connection.bufferedBytes).toBeLessThanOrEqual(MAX_WAITING_BYTES + replies);
    expect(driver.events.length).toBeGreaterThan(0);
  });

  it("are narrow before connect, and wide after it", () => {
    const big = new ChunkEncoder().encode(media(MessageType.video, 0, new Random(1)), 6);
    big.set([0x01, 0x00, 0x01], 4);
    const stranger = newConnection();
    feed(stranger, new NotingDriver(stranger), [clientHandshake()]);
    stranger.receive(big, 0);
    expect(() => stranger.poll(new NotingDriver(stranger), 0)).toThrow(
      expect.objectContaining({ code: "MESSAGE_TOO_LONG" }),
    );
    const { connection, driver } = connectedClient();
    connection.receive(big, 0);
    expect(() => connection.poll(driver, 0)).not.toThrow();
  });
});
