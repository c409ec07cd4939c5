import { type AmfValue, encodeAmf0Values } from "@headgate/amf";
import { ByteWriter } from "@headgate/bytes";
import { type Message, MessageType } from "@headgate/message";
import type { Random } from "@headgate/testkit";
import { appendValue, randomText } from "./random-amf.ts";

const COMMANDS = [
  ...["connect", "createStream", "deleteStream", "closeStream", "publish", "play", "play2", "pause", "seek"],
  ...["receiveAudio", "receiveVideo", "releaseStream", "FCPublish", "FCUnpublish", "FCSubscribe", "close"],
  ...["getStreamLength", "_checkbw", "_result", "_error", "onStatus", "pauseRaw", "hello", "", "__proto__"],
];
const HANDLERS = [
  "@setDataFrame",
  "@clearDataFrame",
  "onMetaData",
  "onTextData",
  "|RtmpSampleAccess",
  "onStatus",
  "",
];
const TYPES = [0, 1, 2, 3, 4, 5, 6, 8, 9, 15, 16, 17, 18, 19, 20, 22, 99, 255];
const EVENTS = [0, 1, 2, 3, 4, 6, 7, 26, 27, 31, 32, 999];

/** Timestamps around those where the encoding changes, or where they wrap. */
const TIMESTAMPS = [0, 1, 20, 40, 1000, 0xfffffe, 0xffffff, 0x1000000, 0x7fffffff, 0x80000000, 0xffffffff];

/** A message of any type, valid or nearly valid. */
export function randomMessage(random: Random): Message {
  const type = random.pick([20, 20, 20, 17, 18, 15, 22, 4, 8, 9, random.pick(TYPES)]);
  const messageStreamId = random.pick([0, 0, 1, 1, 1, 2, 3, 0xffffffff]);
  const timestamp = random.pick([random.pick(TIMESTAMPS), random.below(10_000)]);
  return { type, timestamp, messageStreamId, payload: randomPayload(type, random) };
}

/** The payload for a type: valid most of the time. */
export function randomPayload(type: number, random: Random): Uint8Array {
  const make = random.below(12) === 0 ? undefined : PAYLOADS.get(type);
  return make ? make(random) : random.bytes(random.below(random.pick([6, 60])));
}

/** A message in AMF0, as the command and data messages of nearly all clients are. */
export function amf0Message(type: number, messageStreamId: number, ...values: AmfValue[]): Message {
  return { type, timestamp: 0, messageStreamId, payload: encodeAmf0Values(values) };
}

function randomCommand(random: Random): Uint8Array {
  const name = random.pick(COMMANDS);
  const writer = new ByteWriter().raw(encodeAmf0Values([name, random.pick([0, 1, 2, 5, 1e9]), null]));
  if (random.below(2) === 0)
    writer.raw(encodeAmf0Values([randomText(random), random.pick([-2000, -1, 0, 1, true])]));
  return appendValues(writer, random);
}

export function randomData(random: Random): Uint8Array {
  const writer = new ByteWriter().raw(encodeAmf0Values([random.pick(HANDLERS)]));
  if (random.below(2) === 0) writer.raw(encodeAmf0Values(["onMetaData"]));
  return appendValues(writer, random);
}

/** An audio or video body, with a header of FLV or of Enhanced RTMP. */
export function randomMedia(random: Random, isVideo: boolean): Uint8Array {
  const legacy = isVideo ? [0x17, 0x27, 0x37, 0x57, 0x12, 0x1c, 0x00] : [0xaf, 0x2f, 0x00, 0x7e, 0xff];
  const enhanced = isVideo
    ? [0x90, 0x91, 0xa1, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0xd4]
    : [0x90, 0x91, 0x92, 0x94, 0x95, 0x96, 0x97];
  const fourCc = random.pick(["avc1", "hvc1", "av01", "vp09", "Opus", "fLaC", "ac-3", "mp4a", "????"]);
  const writer = new ByteWriter();
  if (random.below(2) === 0) {
    writer
      .u8(random.pick(legacy))
      .u8(random.pick([0, 1, 2, 3]))
      .u24(random.below(100));
  } else {
    writer.u8(random.pick(enhanced));
    if (random.below(3) === 0) writer.u8(random.below(64)).raw(random.bytes(random.below(4)));
    writer.raw(new TextEncoder().encode(fourCc));
    if (random.below(3) === 0) writer.u8(random.below(4)).u24(random.pick([0, 5, 0xffffff]));
  }
  return writer.raw(random.bytes(random.below(60))).finish();
}

function randomAggregate(random: Random): Uint8Array {
  const writer = new ByteWriter();
  for (let left = random.below(6); left > 0; left -= 1) {
    const type = random.pick([8, 9, 18, random.pick(TYPES)]);
    const payload =
      type === 8 || type === 9 ? randomMedia(random, type === 9) : random.bytes(random.below(30));
    const length = random.below(10) === 0 ? random.below(0xffffff) : payload.length;
    writer.u8(type).u24(length).u24(random.below(0xffffff)).u8(0).u24(0).raw(payload).u32(0);
  }
  return writer.finish();
}

function randomUserControl(random: Random): Uint8Array {
  const writer = new ByteWriter().u8(0).u8(random.pick(EVENTS) & 0xff);
  return writer.raw(random.bytes(random.pick([4, 8, 42, random.below(50)]))).finish();
}

function control(random: Random): Uint8Array {
  return new ByteWriter().u32(random.pick([0, 1, 2, 128, 4096, 0xffffff, 0x7fffffff, random.u32()])).finish();
}

/** Puts a format selector in front, as AMF3 messages have; Flash always sends 0. */
function selected(make: (random: Random) => Uint8Array): (random: Random) => Uint8Array {
  return (random) =>
    new ByteWriter()
      .u8(random.below(10) === 0 ? 3 : 0)
      .raw(make(random))
      .finish();
}

function appendValues(writer: ByteWriter, random: Random): Uint8Array {
  for (let left = random.below(4); left > 0; left -= 1) appendValue(writer, random);
  return writer.finish();
}

const PAYLOADS: ReadonlyMap<number, (random: Random) => Uint8Array> = new Map([
  [MessageType.setChunkSize, control],
  [MessageType.abort, control],
  [MessageType.acknowledgement, control],
  [MessageType.windowAcknowledgementSize, control],
  [MessageType.userControl, randomUserControl],
  [MessageType.audio, (random) => randomMedia(random, false)],
  [MessageType.video, (random) => randomMedia(random, true)],
  [MessageType.commandAmf0, randomCommand],
  [MessageType.commandAmf3, selected(randomCommand)],
  [MessageType.dataAmf0, randomData],
  [MessageType.dataAmf3, selected(randomData)],
  [MessageType.aggregate, randomAggregate],
]);
