import { ByteWriter } from "@headgate/bytes";
import { ChunkDecoder, ChunkEncoder } from "@headgate/chunk";
import { ClientHandshake, type StreamCiphers } from "@headgate/handshake";
import { type Message, MessageType, UserControlType, userControl } from "@headgate/message";
import { decodeInEveryCut, Random } from "@headgate/testkit";
import { expect, it } from "vitest";
import { command, connect, feed, media, NotingDriver, newConnection } from "./scripted-client.test.helper.ts";
import type { ServerConnection } from "./server-connection.ts";

const S0S1S2_LENGTH = 3073;
/** The part of a chunk header that is in every one of a SetChunkSize: length and type. */
const SET_CHUNK_SIZE_HEADER = Buffer.of(0, 0, 4, MessageType.setChunkSize);
const PONG = userControl({ event: UserControlType.pingResponse, value: 99 });
const PING = userControl({ event: UserControlType.pingRequest, value: 99 });

/** A client of the connection that has asked for RTMPE, and what it has sent so far. */
function encryptedClient(connection: ServerConnection): {
  ciphers: StreamCiphers;
  driver: NotingDriver;
  sent: Uint8Array;
} {
  const random = new Random(1);
  const driver = new NotingDriver(connection);
  const handshake = new ClientHandshake({ random: (length) => random.bytes(length), kind: "rtmpe" });
  const c0c1 = handshake.takeOutput()!;
  feed(connection, driver, [c0c1]);
  handshake.receive(driver.output);
  const { result } = handshake;
  if (result?.kind !== "rtmpe") throw new Error("no RTMPE");
  const sent = new ByteWriter().raw(c0c1).raw(handshake.takeOutput()!).finish();
  return { ciphers: result.ciphers, driver, sent };
}

const server = (): ServerConnection => newConnection({ random: (length) => new Random(7).bytes(length) });

/** What a publisher says after the handshake. */
function publisherChunks(): Uint8Array {
  const encoder = new ChunkEncoder();
  const random = new Random(3);
  const writer = new ByteWriter().raw(encoder.encode(connect(), 3));
  writer.raw(encoder.encode(command("createStream", 2), 3));
  writer.raw(encoder.encode({ ...command("publish", 0, "cam", "live"), messageStreamId: 1 }, 4));
  for (let timestamp = 0; timestamp < 200; timestamp += 20) {
    writer.raw(encoder.encode(media(MessageType.video, timestamp, random), 6));
    writer.raw(encoder.encode(PING, 2));
  }
  return writer.finish();
}

it("is the same connection as a plain one wherever the input is cut, also from C2 into the first chunk", () => {
  const plainConnection = newConnection();
  const plain = new NotingDriver(plainConnection);
  const simple = new Uint8Array(S0S1S2_LENGTH);
  simple[0] = 3;
  feed(plainConnection, plain, [simple, publisherChunks()]);

  const { sent, ciphers } = encryptedClient(server());
  const input = new ByteWriter().raw(sent).raw(ciphers.encrypt.apply(publisherChunks())).finish();
  const outcomes = decodeInEveryCut(input, new Random(5), (pieces) => {
    const connection = server();
    const driver = new NotingDriver(connection);
    feed(connection, driver, pieces);
    return { events: driver.events, output: driver.output, encrypted: connection.encrypted };
  });
  expect(outcomes.whole.events).toEqual(plain.events);
  expect(outcomes.whole.encrypted).toBe(true);
  expect(outcomes.byteByByte).toEqual(outcomes.whole);
  expect(outcomes.randomCuts).toEqual(outcomes.whole);
  expect(messagesIn(outcomes.whole.output)).toEqual(plain.messages);
});

/** What the one and only client of these tests hears in a server's output. */
function chunksIn(output: Uint8Array): Uint8Array {
  return encryptedClient(server()).ciphers.decrypt.apply(output.subarray(S0S1S2_LENGTH));
}

/** SetChunkSize, which concerns only the chunks, is not among them. */
function messagesIn(output: Uint8Array): Message[] {
  const decoder = new ChunkDecoder();
  decoder.push(chunksIn(output));
  const messages: Message[] = [];
  for (let message = decoder.next(); message; message = decoder.next()) messages.push(message);
  return messages;
}

it("is told the chunk size when it plays, before all else of that, and once", () => {
  const connection = server();
  const { driver, sent, ciphers } = encryptedClient(connection);
  const encoder = new ChunkEncoder();
  const say = (message: Message): void =>
    feed(connection, driver, [ciphers.encrypt.apply(encoder.encode(message, 3))]);
  feed(connection, driver, [sent.subarray(1537)]);
  say(connect());
  say(command("createStream", 2));
  const before = Buffer.from(chunksIn(driver.output));
  expect(before.includes(SET_CHUNK_SIZE_HEADER)).toBe(false);
  say({ ...command("play", 0, "cam"), messageStreamId: 1 });
  say({ ...command("play", 0, "other"), messageStreamId: 1 });
  const after = Buffer.from(chunksIn(driver.output).subarray(before.length));
  const at = after.indexOf(SET_CHUNK_SIZE_HEADER);
  // Behind the basic header and the time of the first chunk.
  expect(at).toBe(4);
  expect(after.indexOf(SET_CHUNK_SIZE_HEADER, at + 1)).toBe(-1);
});

it("replies and media share one keystream, in the order in which they go out", () => {
  const connection = server();
  const { driver, sent, ciphers } = encryptedClient(connection);
  const encoder = new ChunkEncoder();
  feed(connection, driver, [sent.subarray(1537)]);
  const slices = [new Random(8).bytes(5000), new Random(9).bytes(300)];
  const originals = slices.map((slice) => slice.slice());

  for (const slice of slices) {
    driver.onOutput(connection.encrypt(slice));
    feed(connection, driver, [ciphers.encrypt.apply(encoder.encode(PING, 2))]);
  }
  expect(slices).toEqual(originals);
  const serverEncoder = new ChunkEncoder();
  const expected = new ByteWriter();
  for (const slice of slices) expected.raw(slice).raw(serverEncoder.encode(PONG, 2));
  expect(ciphers.decrypt.apply(driver.output.subarray(S0S1S2_LENGTH))).toEqual(expected.finish());
});

it("media of a plain connection is sent as it is, without a copy", () => {
  const connection = newConnection();
  const slice = new Random(8).bytes(50);
  expect(connection.encrypted).toBe(false);
  expect(connection.encrypt(slice)).toBe(slice);
});

it("RTMPE is refused where it is turned off", () => {
  const connection = newConnection({ rtmpe: false });
  expect(() => connection.receive(Uint8Array.of(6), 0)).toThrow("RTMPE, which is not enabled here");
});
