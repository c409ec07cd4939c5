import { ByteReader, ByteWriter } from "@headgate/bytes";
import { type Message, MessageType } from "./message.ts";

/** User control event types (RTMP 1.0 §7.1.7; the last two as Flash Media Server sends them). */
export const UserControlType = {
  streamBegin: 0,
  streamEof: 1,
  streamDry: 2,
  setBufferLength: 3,
  streamIsRecorded: 4,
  pingRequest: 6,
  pingResponse: 7,
  bufferEmpty: 31,
  bufferReady: 32,
} as const;

/** An event and its fields: a NetStream id or a time, and for SetBufferLength the milliseconds. */
export interface UserControl {
  readonly event: number;
  readonly value: number;
  /** Only in SetBufferLength. */
  readonly bufferLengthMs?: number;
}

export function userControl({ event, value, bufferLengthMs }: UserControl): Message {
  const body = new ByteWriter(10).u16(event).u32(value);
  if (bufferLengthMs !== undefined) body.u32(bufferLengthMs);
  return { type: MessageType.userControl, timestamp: 0, messageStreamId: 0, payload: body.finish() };
}

/** Undefined for an event this side does not know, whatever its body. Throws MESSAGE_TRUNCATED for one cut short. */
export function readUserControl(payload: Uint8Array): UserControl | undefined {
  const reader = new ByteReader(payload);
  const event = reader.u16();
  if (event === UserControlType.setBufferLength) {
    return { event, value: reader.u32(), bufferLengthMs: reader.u32() };
  }
  if (!KNOWN_EVENTS.has(event)) return undefined;
  return { event, value: reader.u32() };
}

const KNOWN_EVENTS: ReadonlySet<number> = new Set(Object.values(UserControlType));
