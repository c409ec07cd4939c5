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

/** Undefined for a message to skip: without a handler name there is nothing a viewer could call. */
export function readData(message: Message, limits: AmfLimits): DataRequest | undefined {
  const body = asAmf0(message, limits);
  if (!body) return undefined;
  const reader = new ByteReader(body, "AMF_TRUNCATED");
  const handler = readName(reader, limits);
  if (handler === undefined) return undefined;
  if (handler === "@clearDataFrame") {
    return { kind: "clear", handler: readName(reader, limits) ?? "onMetaData" };
  }
  const wrapped = handler === "@setDataFrame";
  const start = wrapped ? reader.position : 0;
  const name = wrapped ? readName(reader, limits) : handler;
  if (name === undefined) return undefined;
  const payload = body.subarray(start);
  const isMetadata = name === "onMetaData";
  return {
    kind: "relay",
    handler: name,
    retain: isMetadata || wrapped ? name : undefined,
    message: {
      ...message,
      type: MessageType.dataAmf0,
      payload: isMetadata ? withEcmaArray(payload, reader.position - start, limits) : payload,
    },
  };
}

/** A data message of our own, such as the sample access that Flash wants before media. */
export function dataMessage(messageStreamId: number, values: readonly AmfValue[]): Message {
  return { type: MessageType.dataAmf0, timestamp: 0, messageStreamId, payload: encodeAmf0Values(values) };
}

function readName(reader: ByteReader, limits: AmfLimits): string | undefined {
  if (reader.remaining === 0) return undefined;
  const value = new Amf0Decoder(reader, limits).read();
  return typeof value === "string" ? value : undefined;
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
 * parts are written in full. Such a message is skipped. Its sender may be honest, and no viewer depends on it.
 */
function rewrite(body: Uint8Array, limits: AmfLimits): Uint8Array | undefined {
  const values = decodeAmf0Values(body, limits);
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
  try {
    const value = new Amf0Decoder(new ByteReader(object, "AMF_TRUNCATED"), limits).read();
    return isAmfObject(value) ? Object.keys(value).length : 0;
  } catch (error) {
    if (error instanceof ProtocolError) return 0;
    throw error;
  }
}
