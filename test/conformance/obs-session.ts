// What OBS Studio 30 sends when it publishes, byte for byte, put together by hand from its librtmp, rtmp-stream.c and
// flv-mux.c. Nothing here comes from an encoder of ours: these bytes are what ours are held against. OBS waits for the
// server between the parts, so each part says what it waits for first.

export const OBS_APP = "live";
export const OBS_STREAM_NAME = "obs";

/** 128x72 at 20 frames a second, H.264 Main with B-frames, 48 kHz AAC-LC in stereo: all of it decodable. */
const AAC_SEQUENCE_HEADER = bytes("af 00  11 90 56 e5 00");
const AAC_SILENCE = bytes("af 01  21 10 04 60 8c 1c");
const AVC_SEQUENCE_HEADER = bytes(`
  17 00 000000  01 4d 40 0a ff
  e1 0017 67 4d400aeca105fcb808800000030080000014078912cb
  01 0004 68 ef8fc8`);

/** Constant bit rate pads frames with filler data (NAL unit type 12): this one takes three chunks of 4096. */
const KEYFRAME = bytes(
  `17 01 000064
   00000032 6588840037fffa781effbde8324627baa496c9b1f33ee04ea7a622cf31cbe30aebf443bdf4b0548ac78eb90d8ca00027210f
   000022e9 0c`,
  new Uint8Array(8935).fill(0xff),
  "80",
);

/** Exactly one chunk of 4096 bytes: no continuation may follow. */
const P_FRAME = bytes(
  `27 01 0000c8
   0000000b 419a2318857ffe384065c0
   00000fe8 0c`,
  new Uint8Array(4070).fill(0xff),
  "80",
);
const B_FRAME_REFERENCED = bytes("27 01 000032  00000008 419e414217ff01b5");
const B_FRAME = bytes("27 01 000032  00000008 019e62442bff024e");

/** The count of 20 is right, as it happens. */
const METADATA = bytes(`
  02 000d '@setDataFrame'
  02 000a 'onMetaData'
  08 00000014
  0008 'duration'        00 0000000000000000
  0008 'fileSize'        00 0000000000000000
  0005 'width'           00 4060000000000000
  0006 'height'          00 4052000000000000
  000c 'videocodecid'    00 401c000000000000
  000d 'videodatarate'   00 40a3880000000000
  0009 'framerate'       00 4034000000000000
  000c 'audiocodecid'    00 4024000000000000
  000d 'audiodatarate'   00 4064000000000000
  000f 'audiosamplerate' 00 40e7700000000000
  000f 'audiosamplesize' 00 4030000000000000
  000d 'audiochannels'   00 4000000000000000
  0006 'stereo'          01 01
  0003 '2.1'             01 00
  0003 '3.1'             01 00
  0003 '4.0'             01 00
  0003 '4.1'             01 00
  0003 '5.1'             01 00
  0003 '7.1'             01 00
  0007 'encoder'         02 0029 'obs-output module (libobs version 30.2.3)'
  0000 09`);

/** What {@link obsMedia} means: type, absolute timestamp in milliseconds and body of each message, in order. */
export const OBS_MEDIA_MESSAGES: readonly {
  readonly type: number;
  readonly timestamp: number;
  readonly payload: Uint8Array;
}[] = [
  { type: 18, timestamp: 0, payload: METADATA },
  { type: 8, timestamp: 0, payload: AAC_SEQUENCE_HEADER },
  { type: 9, timestamp: 0, payload: AVC_SEQUENCE_HEADER },
  { type: 9, timestamp: 0, payload: KEYFRAME },
  { type: 8, timestamp: 0, payload: AAC_SILENCE },
  { type: 8, timestamp: 21, payload: AAC_SILENCE },
  { type: 8, timestamp: 42, payload: AAC_SILENCE },
  { type: 9, timestamp: 50, payload: P_FRAME },
  { type: 8, timestamp: 64, payload: AAC_SILENCE },
  { type: 8, timestamp: 85, payload: AAC_SILENCE },
  { type: 9, timestamp: 100, payload: B_FRAME_REFERENCED },
  { type: 8, timestamp: 106, payload: AAC_SILENCE },
  { type: 8, timestamp: 128, payload: AAC_SILENCE },
  { type: 8, timestamp: 149, payload: AAC_SILENCE },
  { type: 9, timestamp: 150, payload: B_FRAME },
];

/** At once. C1: its uptime in milliseconds, version zero, random bytes. */
export const OBS_C0C1: Uint8Array = bytes(
  "03  00 12 d6 87  00000000",
  Uint8Array.from({ length: 1528 }, (_, i) => (i * 167 + (i >> 3) * 29 + 13) & 0xff),
);

/** After S1, without waiting for S2: S1 sent back. */
export function obsC2(s1: Uint8Array): Uint8Array {
  return Uint8Array.from(s1);
}

/** After S2. The chunk size is set before connect, so everything from connect on is cut at 4096. */
export const OBS_CONNECT: Uint8Array = bytes(`
  02 000000 000004 01 00000000  00001000

  03 000000 0000a1 14 00000000
  02 0007 'connect' 00 3ff0000000000000
  03
  0003 'app'      02 0004 'live'
  0004 'type'     02 000a 'nonprivate'
  0008 'flashVer' 02 001f 'FMLE/3.0 (compatible; FMSc/1.0)'
  0006 'swfUrl'   02 0015 'rtmp://127.0.0.1/live'
  0005 'tcUrl'    02 0015 'rtmp://127.0.0.1/live'
  0000 09`);

/** After the result of connect: releaseStream, FCPublish and createStream, with headers of format 1. */
export const OBS_CREATE_STREAM: Uint8Array = bytes(`
  43 000000 000020 14
  02 000d 'releaseStream' 00 4000000000000000 05 02 0003 'obs'

  43 000000 00001c 14
  02 0009 'FCPublish' 00 4008000000000000 05 02 0003 'obs'

  43 000000 000019 14
  02 000c 'createStream' 00 4010000000000000 05`);

/** After the result of createStream, which gives the message stream id. Chunk stream 4 from here on. */
export function obsPublish(messageStreamId: number): Uint8Array {
  return bytes(`
    04 000000 000021 14 ${littleEndian(messageStreamId)}
    02 0007 'publish' 00 4014000000000000 05 02 0003 'obs' 02 0004 'live'`);
}

/**
 * After NetStream.Publish.Start. All on chunk stream 4: format 0 for metadata and for whatever has timestamp zero, then
 * 1 with a delta; 2 if length and type are those before it, and 3 if the delta is so too.
 */
export function obsMedia(messageStreamId: number): Uint8Array {
  const id = littleEndian(messageStreamId);
  return bytes(
    `04 000000 000193 12 ${id}`,
    METADATA,
    `04 000000 000007 08 ${id}`,
    AAC_SEQUENCE_HEADER,
    `04 000000 00002b 09 ${id}`,
    AVC_SEQUENCE_HEADER,
    `04 000000 002328 09 ${id}`,
    KEYFRAME.subarray(0, 4096),
    "c4",
    KEYFRAME.subarray(4096, 8192),
    "c4",
    KEYFRAME.subarray(8192),
    `04 000000 000008 08 ${id}`,
    AAC_SILENCE,
    "84 000015",
    AAC_SILENCE,
    "c4", // a message of its own: the same length, type and delta of 21 ms again
    AAC_SILENCE,
    "44 000008 001000 09",
    P_FRAME,
    "44 00000e 000008 08",
    AAC_SILENCE,
    "84 000015",
    AAC_SILENCE,
    "44 00000f 000011 09",
    B_FRAME_REFERENCED,
    "44 000006 000008 08",
    AAC_SILENCE,
    "84 000016",
    AAC_SILENCE,
    "84 000015",
    AAC_SILENCE,
    "44 000001 000011 09",
    B_FRAME,
  );
}

/** When the user stops the stream; then OBS closes the socket. */
export function obsStop(messageStreamId: number): Uint8Array {
  return bytes(
    `43 000000 00001e 14
     02 000b 'FCUnpublish' 00 4018000000000000 05 02 0003 'obs'

     43 000000 000022 14
     02 000c 'deleteStream' 00 401c000000000000 05 00 ${double(messageStreamId)}`,
  );
}

/** Strings are hex digits, with text in quotes; white space is for the reader. */
function bytes(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts.map((part) => (typeof part === "string" ? parse(part) : part))));
}

function parse(layout: string): Uint8Array {
  const tokens = layout.match(/'[^']*'|[0-9a-f]+/g) ?? [];
  return Buffer.concat(
    tokens.map((token) =>
      token.startsWith("'") ? Buffer.from(token.slice(1, -1), "latin1") : Buffer.from(token, "hex"),
    ),
  );
}

function littleEndian(value: number): string {
  const field = Buffer.alloc(4);
  field.writeUInt32LE(value);
  return field.toString("hex");
}

function double(value: number): string {
  const field = Buffer.alloc(8);
  field.writeDoubleBE(value);
  return field.toString("hex");
}
