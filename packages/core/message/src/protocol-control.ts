import { ByteReader, ByteWriter, ProtocolError } from "@headgate/bytes";
import { type Message, MessageType } from "./message.ts";

/** The largest chunk size that has an effect: no message is longer (RTMP 1.0 §5.4.1). */
export const MAX_CHUNK_SIZE = 0xffffff;

/** How strictly the peer is asked to obey SetPeerBandwidth (RTMP 1.0 §5.4.5). */
export const BandwidthLimitType = { hard: 0, soft: 1, dynamic: 2 } as const;

export function setChunkSize(chunkSize: number): Message {
  return control(MessageType.setChunkSize, new ByteWriter(4).u32(chunkSize));
}

/** The chunk size the peer will use from its next chunk on, in bytes. Throws CHUNK_SIZE_INVALID (RTMP 1.0 §5.4.1). */
export function readSetChunkSize(payload: Uint8Array): number {
  const size = new ByteReader(payload).u32();
  if (size === 0 || size > 0x7fffffff) {
    throw new ProtocolError("CHUNK_SIZE_INVALID", `chunk size ${size} is not in 1..0x7fffffff`);
  }
  return Math.min(size, MAX_CHUNK_SIZE);
}

/** Tells the peer to drop its unfinished message on a chunk stream (RTMP 1.0 §5.4.2). */
export function abort(chunkStreamId: number): Message {
  return control(MessageType.abort, new ByteWriter(4).u32(chunkStreamId));
}

/** Tells the peer how many bytes have arrived since the session began, modulo 2^32 (RTMP 1.0 §5.4.3). */
export function acknowledgement(sequenceNumber: number): Message {
  return control(MessageType.acknowledgement, new ByteWriter(4).u32(sequenceNumber));
}

/** The number of bytes after which the peer must acknowledge (RTMP 1.0 §5.4.4). */
export function windowAcknowledgementSize(bytes: number): Message {
  return control(MessageType.windowAcknowledgementSize, new ByteWriter(4).u32(bytes));
}

export function setPeerBandwidth(bytes: number, limitType: number): Message {
  return control(MessageType.setPeerBandwidth, new ByteWriter(5).u32(bytes).u8(limitType));
}

/** The one u32 that Abort, Acknowledgement and WindowAcknowledgementSize consist of, and SetPeerBandwidth begins with. */
export function readControlValue(payload: Uint8Array): number {
  return new ByteReader(payload).u32();
}

/** A protocol control message: message stream 0, timestamp ignored (RTMP 1.0 §5.4). */
function control(type: number, payload: ByteWriter): Message {
  return { type, timestamp: 0, messageStreamId: 0, payload: payload.finish() };
}
