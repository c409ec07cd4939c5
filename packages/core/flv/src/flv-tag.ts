/** One tag of an FLV file (FLV 10.1 §E.4.1). Its payload is an RTMP message body byte for byte. */
export interface FlvTag {
  /** One of FLV_TAG_TYPE, equal to the RTMP message type; others are reserved and to be skipped. */
  readonly type: number;
  /** Milliseconds, a signed 32-bit number in the file; `>>> 0` makes it an RTMP timestamp. */
  readonly timestamp: number;
  readonly payload: Uint8Array;
}

export const FLV_TAG_TYPE = { audio: 8, video: 9, amf3Script: 15, script: 18 } as const;

/** What the file header announces (FLV 10.1 §E.2). Players wait for both kinds before they start, so it must be true. */
export interface FlvHeader {
  readonly hasAudio: boolean;
  readonly hasVideo: boolean;
}

export const FLV_VERSION = 1;
export const FLV_HEADER_BYTES = 9;
/** Type, data size, timestamp and stream id, in front of each payload. */
export const TAG_HEADER_BYTES = 11;
/** Behind each payload, and once behind the file header: the size of the tag that ends there. */
export const PREVIOUS_TAG_SIZE_BYTES = 4;

export const FLV_FLAGS = { audio: 0x04, video: 0x01 } as const;
