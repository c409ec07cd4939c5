/** Message type ids (RTMP 1.0 §5.4, §7.1). */
export const MessageType = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAcknowledgementSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  sharedObjectAmf3: 16,
  commandAmf3: 17,
  dataAmf0: 18,
  sharedObjectAmf0: 19,
  commandAmf0: 20,
  aggregate: 22,
} as const;

/** One RTMP message, whole: what chunk streams carry in pieces (RTMP 1.0 §6.1). */
export interface Message {
  /** Message type id, one of {@link MessageType}, or an unknown one. */
  readonly type: number;
  /** Milliseconds, modulo 2^32. */
  readonly timestamp: number;
  /** 0 for the NetConnection itself, else the NetStream the message belongs to. */
  readonly messageStreamId: number;
  readonly payload: Uint8Array;
}

/** The same message in memory of its own, for those who keep it. */
export function copyOf(message: Message): Message {
  return { ...message, payload: new Uint8Array(message.payload) };
}
