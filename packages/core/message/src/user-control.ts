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

/**
 * Undefined for an event that this side does not know, whatever its body, and for one cut short that asks for nothing.
 * Throws MESSAGE_TRUNCATED for a ping request cut short, which cannot be answered.
 */
export function readUserControl(payload: Uint8Array): UserControl | undefined {
  if (payload.length < EVENT_LENGTH) return undefined;
  const reader = new ByteReader(payload);
  const event = reader.u16();
  if (!KNOWN_EVENTS.has(event)) return undefined;
  const hasBufferLength = event === UserControlType.setBufferLength;
  if (event !== UserControlType.pingRequest && reader.remaining < (hasBufferLength ? 8 : 4)) return undefined;
  const value = reader.u32();
  return hasBufferLength ? { event, value, bufferLengthMs: reader.u32() } : { event, value };
}

const EVENT_LENGTH = 2;

const KNOWN_EVENTS: ReadonlySet<number> = new Set(Object.values(UserControlType));
