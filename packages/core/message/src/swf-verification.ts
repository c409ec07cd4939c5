import { ByteReader } from "@headgate/bytes";
import { type Message, MessageType } from "./message.ts";

// Two user control events that are not in RTMP 1.0: Flash Media Server asks a player which SWF it is, as rtmpdump
// (librtmp/rtmp.c, HandleCtrl and RTMP_SendCtrl) and FFmpeg (rtmpproto.c) know it.

const SWF_VERIFICATION_REQUEST = 26;
const SWF_VERIFICATION_RESPONSE = 27;

/** The only kind there is a known answer to. */
const KIND = 1;

const EVENT_LENGTH = 2;

const DIGEST_LENGTH = 32;

/** A player's answer about the SWF it is made of. */
export interface SwfVerification {
  /** Of the SWF when it is not compressed. Bytes. */
  readonly size: number;
  /** 32 bytes, made of the SWF and the connection. */
  readonly digest: Uint8Array;
}

/** The event and one byte, as Flash Media Server sends it. */
export function swfVerificationRequest(): Message {
  const payload = Uint8Array.of(0, SWF_VERIFICATION_REQUEST, KIND);
  return { type: MessageType.userControl, timestamp: 0, messageStreamId: 0, payload };
}

/** Undefined for another event, and for less than an event. Throws MESSAGE_TRUNCATED for an answer cut short. */
export function readSwfVerification(payload: Uint8Array): SwfVerification | undefined {
  if (payload.length < EVENT_LENGTH) return undefined;
  const reader = new ByteReader(payload);
  if (reader.u16() !== SWF_VERIFICATION_RESPONSE) return undefined;
  // Twice the kind, and twice the size.
  reader.u16();
  reader.u32();
  return { size: reader.u32(), digest: reader.take(DIGEST_LENGTH) };
}
