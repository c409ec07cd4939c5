import { type AmfValue, encodeAmf0Values, writeAmf3 } from "@headgate/amf";
import { ByteWriter } from "@headgate/bytes";
import { ChunkEncoder } from "@headgate/chunk";
import { type Message, MessageType } from "@headgate/message";
import type { Random } from "@headgate/testkit";
import { CLIENTS } from "../simulation/clients.ts";
import { Pair } from "../simulation/pair.ts";

const HANDSHAKE_LENGTH = 1 + 2 * 1536;
const NAMES = [
  ...["connect", "createStream", "deleteStream", "closeStream", "publish", "play", "play2", "pause", "seek"],
  ...["receiveAudio", "receiveVideo", "releaseStream", "FCPublish", "FCUnpublish", "FCSubscribe", "close"],
  ...["getStreamLength", "_checkbw", "_result", "_error", "onStatus"],
  ...["hello", "", "__proto__", "constructor", "toString", "hasOwnProperty"],
];
const FLOOD_BYTES = 20_000;
const HANDLERS = ["@setDataFrame", "@clearDataFrame", "onMetaData", "onTextData", ...NAMES];
const TYPES = [0, 1, 2, 3, 4, 5, 6, 8, 9, 15, 16, 17, 18, 19, 20, 22, 99];

/** A reference back in the message, as AMF0 and as AMF3, and the shortest AMF3 object that contains itself. */
const REFERENCES = [
  Uint8Array.of(0x07, 0, 0),
  Uint8Array.of(0x11, 0x0a, 0x00),
  Uint8Array.of(0x11, 0x0a, 0x0b, 0x01, 0x03, 0x61, 0x0a, 0x00, 0x01),
];

/** What every real client of the simulation sends, from C0 to its last byte. */
const SESSIONS: readonly Uint8Array[] = CLIENTS.map((client) => {
  const pair = new Pair({ handshake: client.handshake });
  client.run(pair);
  return joined(pair.sent);
});

/** The handshake, and then anything. */
function randomBytes(random: Random): Uint8Array {
  return joined([handshake(), random.bytes(random.below(3000))]);
}

/** A connected client, and then anything. */
function connectedRandomBytes(random: Random): Uint8Array {
  return joined([connected(new ChunkEncoder()), random.bytes(random.below(3000))]);
}

/** A real client's session in which a few bytes behind the handshake were changed, or a stretch lost or sent twice. */
function mutatedSession(random: Random): Uint8Array {
  const session = Uint8Array.from(random.pick(SESSIONS));
  const place = () => HANDSHAKE_LENGTH + random.below(session.length - HANDSHAKE_LENGTH);
  for (let i = 1 + random.below(4); i > 0; i -= 1)
    session[place()] = random.pick([0, 255, random.below(256)]);
  if (random.below(2) === 0) return session;
  const from = place();
  const to = from + random.below(300);
  const stretch = random.pick([[], [session.subarray(from, to), session.subarray(from, to)]]);
  return joined([session.subarray(0, from), ...stretch, session.subarray(to)]);
}

/** The beginning of one client's session and then another's end. */
function splicedSessions(random: Random): Uint8Array {
  const [first, second] = [random.pick(SESSIONS), random.pick(SESSIONS)];
  const head = first.subarray(0, random.below(first.length));
  return joined([head, second.subarray(random.below(second.length))]);
}

/** A publisher whose messages are well-formed chunks with contents at random: commands, data, aggregates. */
function randomMessages(random: Random): Uint8Array {
  const encoder = new ChunkEncoder();
  const pieces = [connected(encoder), encoder.encode(command(1, "publish", 0, null, "cam"), 3)];
  for (let i = random.below(60); i > 0; i -= 1) {
    const message = randomMessage(random);
    pieces.push(encoder.encode(message, random.pick([2, 3, 4, 6, 8])));
    if (message.type === MessageType.setChunkSize) break;
  }
  return joined(pieces);
}

/** A connected client that announces more than it sends, on one chunk stream after the other. */
function brokenPromises(random: Random): Uint8Array {
  const pieces = [connected(new ChunkEncoder())];
  const longest = random.pick([200, 4000, 0xffffff]);
  for (let i = random.below(30); i > 0; i -= 1) {
    const header = new ByteWriter().u8(3 + i).u24(random.below(0xffffff));
    header
      .u24(129 + random.below(longest))
      .u8(random.pick(TYPES))
      .u32LittleEndian(random.below(3));
    pieces.push(header.finish(), random.bytes(128));
  }
  return joined(pieces);
}

/** A connected client that asks the same thing over and over. */
function flood(random: Random): Uint8Array {
  const encoder = new ChunkEncoder();
  const message = random.below(6) === 0 ? command(0, "createStream", 2, null) : randomMessage(random);
  const pieces: Uint8Array[] = [];
  for (let left = random.below(FLOOD_BYTES); left > 0; left -= pieces.at(-1)!.length) {
    pieces.push(encoder.encode(message, 3));
  }
  return joined([connected(encoder), ...pieces]);
}

export const HOSTILE_CLIENTS: Readonly<Record<string, (random: Random) => Uint8Array>> = {
  "random bytes": randomBytes,
  "random bytes after connect": connectedRandomBytes,
  "a mutated session": mutatedSession,
  "spliced sessions": splicedSessions,
  "random messages": randomMessages,
  "broken promises": brokenPromises,
  "a flood": flood,
};

function handshake(): Uint8Array {
  const bytes = new Uint8Array(HANDSHAKE_LENGTH);
  bytes[0] = 3;
  return bytes;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter();
  for (const piece of pieces) writer.raw(piece);
  return writer.finish();
}

function connected(encoder: ChunkEncoder): Uint8Array {
  return joined([handshake(), encoder.encode(command(0, "connect", 1, { app: "live" }), 3)]);
}

function command(messageStreamId: number, ...values: AmfValue[]): Message {
  const payload = encodeAmf0Values(values);
  return { type: MessageType.commandAmf0, timestamp: 0, messageStreamId, payload };
}

function randomMessage(random: Random): Message {
  const type = random.pick([20, 20, 20, 20, 17, 18, 15, 22, random.pick(TYPES)]);
  const messageStreamId = random.pick([0, 0, 1, 1, 2, 3, 0xffffffff]);
  return { type, timestamp: random.u32(), messageStreamId, payload: randomPayload(type, random) };
}

function randomPayload(type: number, random: Random): Uint8Array {
  switch (random.below(8) === 0 ? 0 : type) {
    case MessageType.commandAmf0:
    case MessageType.commandAmf3:
      return body(type, random, [random.pick([...NAMES, 1]), random.pick([0, 1, 2, 7]), null]);
    case MessageType.dataAmf0:
    case MessageType.dataAmf3:
      return body(type, random, [random.pick(HANDLERS)]);
    case MessageType.aggregate:
      return aggregate(random);
    default:
      return random.bytes(random.below(40));
  }
}

/** The values and some more, as AMF0 or partly as AMF3; now and then cut short. */
function body(type: number, random: Random, values: readonly AmfValue[]): Uint8Array {
  const writer = new ByteWriter();
  if (type === MessageType.commandAmf3 || type === MessageType.dataAmf3) writer.u8(0);
  writer.raw(encodeAmf0Values(values));
  for (let i = random.below(5); i > 0; i -= 1) {
    const value = randomValue(random, 0);
    if (random.below(20) === 0) writer.raw(random.pick(REFERENCES));
    if (random.below(4) === 0) writeAmf3(writer.u8(0x11), value);
    else writer.raw(encodeAmf0Values([value]));
  }
  const whole = writer.finish();
  return random.below(10) === 0 ? whole.subarray(0, random.below(whole.length)) : whole;
}

function randomValue(random: Random, depth: number): AmfValue {
  switch (random.below(depth < 10 ? 9 : 6)) {
    case 0:
      return random.pick([null, undefined, true, false]);
    case 1:
      return random.pick([0, 1, 2, 3, -1, -2000, Number.NaN, Number.POSITIVE_INFINITY, random.u32()]);
    case 2:
      return random.pick(NAMES);
    case 3:
      return "x".repeat(random.pick([1, 200, 3000]));
    case 4:
    case 5:
      return random.pick(["cam", "cam?key=value", "flv:cam", "?key=value"]);
    case 6:
      return random.pick([Array(70).fill(null), nested(random.below(12))]);
    default:
      return { [random.pick(NAMES)]: randomValue(random, depth + 1), app: randomValue(random, depth + 1) };
  }
}

function nested(depth: number): AmfValue {
  return depth === 0 ? "deep" : [nested(depth - 1)];
}

function aggregate(random: Random): Uint8Array {
  const writer = new ByteWriter();
  for (let i = random.below(6); i > 0; i -= 1) {
    const payload = random.bytes(random.below(30));
    const length = random.below(8) === 0 ? random.below(0xffffff) : payload.length;
    writer.u8(random.pick(TYPES)).u24(length).u24(random.below(0xffffff)).u8(0).u24(0).raw(payload).u32(0);
  }
  return writer.finish();
}
