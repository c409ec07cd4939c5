import {
  Amf0Decoder,
  type AmfLimits,
  type AmfValue,
  decodeAmf0Values,
  encodeAmf0Values,
  isAmfObject,
} from "@headgate/amf";
import { ByteReader, ByteWriter, ProtocolError } from "@headgate/bytes";
import { type Message, MessageType } from "@headgate/message";
import { MAX_REWRITE_FACTOR, MAX_REWRITTEN_BYTES, MIN_REWRITTEN_BYTES } from "./limits.ts";

/** What a publisher's data message asks for (RTMP 1.0 §7.1.2; Flash's NetStream.send). */
export type DataRequest =
  /** For the viewers, unchanged; `retain` names the handler if it is kept for viewers that join later. */
  | {
      readonly kind: "relay";
      readonly handler: string;
      readonly message: Message;
      readonly retain: string | undefined;
    }
  | { readonly kind: "clear"; readonly handler: string };

const AMF0_OBJECT = 0x03;
const AMF0_ECMA_ARRAY = 0x08;
const AMF0_AVMPLUS = 0x11;

/**
 * Undefined for a message to skip: without a handler name there is nothing a viewer could call, and FFmpeg's player ends at
 * such a message. The values in front of the name are left out; what is behind it is the viewers' business. Never throws
 * because of what a message holds.
 */
export function readData(message: Message, limits: AmfLimits): DataRequest | undefined {
  const body = asAmf0(message, limits);
  if (!body) return undefined;
  const reader = new ByteReader(body, "AMF_TRUNCATED");
  const decoder = new Amf0Decoder(reader, limits);
  const handler = readName(reader, decoder);
  if (!handler) return undefined;
  if (handler.name === "@clearDataFrame") {
    return { kind: "clear", handler: readName(reader, decoder)?.name ?? "onMetaData" };
  }
  const wrapped = handler.name === "@setDataFrame";
  const named = wrapped ? readName(reader, decoder) : handler;
  if (!named) return undefined;
  const { name, start } = named;
  const payload = body.subarray(start);
  const isMetadata = name === "onMetaData";
  const headerLength = reader.position - start;
  return {
    kind: "relay",
    handler: name,
    retain: (isMetadata || wrapped) && isWorthKeeping(reader, decoder) ? name : undefined,
    message: {
      ...message,
      type: MessageType.dataAmf0,
      payload: isMetadata ? withEcmaArray(payload, headerLength, limits) : payload,
    },
  };
}

/** A data message of our own, such as the sample access that Flash wants before media. */
export function dataMessage(messageStreamId: number, values: readonly AmfValue[]): Message {
  return { type: MessageType.dataAmf0, timestamp: 0, messageStreamId, payload: encodeAmf0Values(values) };
}

/**
 * The next text, where it starts in the message: a timecode or another value may come before it. A text in AMF3 is no name:
 * it may refer to what is left out in front of it, and players read names in AMF0 alone.
 */
function readName(reader: ByteReader, decoder: Amf0Decoder): { name: string; start: number } | undefined {
  while (reader.remaining > 0) {
    const start = reader.position;
    const isAmf3 = reader.peek() === AMF0_AVMPLUS;
    const value = ifReadable(() => decoder.read());
    if (value === UNREADABLE) return undefined;
    if (typeof value === "string" && value !== "") return isAmf3 ? undefined : { name: value, start };
  }
  return undefined;
}

/**
 * Whether the value that comes next, if there is one, is worth keeping for later viewers. One that has more in it than is
 * read here, such as the keyframe index of a long recording, is.
 */
function isWorthKeeping(reader: ByteReader, decoder: Amf0Decoder): boolean {
  try {
    if (reader.remaining > 0) decoder.read();
    return true;
  } catch (error) {
    if (error instanceof ProtocolError) return BEYOND_LIMITS.has(error.code);
    throw error;
  }
}

const BEYOND_LIMITS: ReadonlySet<string> = new Set(["AMF_DEPTH_EXCEEDED", "AMF_SIZE_EXCEEDED"]);

const UNREADABLE = Symbol("unreadable");

function ifReadable<Read>(read: () => Read): Read | typeof UNREADABLE {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) return UNREADABLE;
    throw error;
  }
}

/**
 * The body in AMF0, which every player reads: an AMF3 data message is AMF0 behind a format selector, with switches to
 * AMF3 inside; only where it uses those are its values written anew.
 */
function asAmf0(message: Message, limits: AmfLimits): Uint8Array | undefined {
  if (message.type !== MessageType.dataAmf3 || message.payload[0] !== 0) return message.payload;
  const body = message.payload.subarray(1);
  return body.includes(AMF0_AVMPLUS) ? rewrite(body, limits) : body;
}

/**
 * Undefined where the values would take too much, or have no end: readers differ on how AMF0 counts references, so shared
 * parts are written in full. Such a message is skipped. Its sender may be honest, and no viewer depends on it. What cannot
 * be read is left as it is.
 */
function rewrite(body: Uint8Array, limits: AmfLimits): Uint8Array | undefined {
  const values = ifReadable(() => decodeAmf0Values(body, limits));
  if (values === UNREADABLE) return body;
  const maxBytes = Math.max(
    MIN_REWRITTEN_BYTES,
    Math.min(MAX_REWRITTEN_BYTES, MAX_REWRITE_FACTOR * body.length),
  );
  try {
    return encodeAmf0Values(values, maxBytes);
  } catch {
    // The encoder's plain Error would blame this program, but the values are the peer's.
    return undefined;
  }
}

/**
 * onMetaData as an ECMA array: ffmpeg's player takes no notice of one sent as a plain object. The same body serves both,
 * behind another marker and a count.
 */
function withEcmaArray(payload: Uint8Array, at: number, limits: AmfLimits): Uint8Array {
  if (payload[at] !== AMF0_OBJECT) return payload;
  return new ByteWriter(payload.length + 4)
    .raw(payload.subarray(0, at))
    .u8(AMF0_ECMA_ARRAY)
    .u32(countProperties(payload.subarray(at), limits))
    .raw(payload.subarray(at + 1))
    .finish();
}

/** 0, which every reader understands as "unknown", if the object cannot be read to its end. */
function countProperties(object: Uint8Array, limits: AmfLimits): number {
  const value = ifReadable(() => new Amf0Decoder(new ByteReader(object, "AMF_TRUNCATED"), limits).read());
  return value !== UNREADABLE && isAmfObject(value) ? Object.keys(value).length : 0;
}
