import { legacyAudioTracks, SOUND_FORMAT } from "./codecs.ts";
import { lowBits, packetTypeOffset, readMultitrack, readSoleTrack } from "./enhanced-header.ts";
import { NO_TRACKS, type Track } from "./track.ts";

/** What a cache must know about an audio message body (FLV 10.1 §E.4.2, Enhanced RTMP v2 "Enhanced Audio"). */
export interface AudioHeader {
  /** The extended header of Enhanced RTMP, with a FourCC for a codec. */
  readonly enhanced: boolean;
  /**
   * `sequenceStart`: a decoder's configuration; `multichannelConfig`: which channel is which speaker; a late joiner needs
   * both. `silence`: an empty body. `unknown`: reserved or malformed: to be forwarded, not to be cached.
   */
  readonly kind: "sequenceStart" | "frames" | "sequenceEnd" | "multichannelConfig" | "silence" | "unknown";
  /** The tracks the message is for, all of the same kind; none for silence or if it is malformed. */
  readonly tracks: readonly Track[];
}

/**
 * Reads the header of an audio message or FLV audio tag. Never throws: a body this server does not understand may make
 * sense to the player, and is no reason to end a publisher's connection.
 */
export function parseAudioHeader(payload: Uint8Array): AudioHeader {
  const first = payload[0];
  if (first === undefined) return { enhanced: false, kind: "silence", tracks: NO_TRACKS };
  const soundFormat = first >> 4;
  return soundFormat === SOUND_FORMAT.exHeader ? parseEnhanced(payload) : parseLegacy(payload, soundFormat);
}

/** The packet type of a message for several tracks. */
export const AUDIO_MULTITRACK = 5;

type AudioKind = AudioHeader["kind"];

/** By AudioPacketType; 3 is reserved. The numbers from 3 on differ from video's. */
const ENHANCED_KINDS: readonly AudioKind[] = [
  "sequenceStart",
  "frames",
  "sequenceEnd",
  "unknown",
  "multichannelConfig",
];

/** By AACPacketType, the second byte. */
const AAC_KINDS: readonly AudioKind[] = ["sequenceStart", "frames"];

function parseLegacy(payload: Uint8Array, soundFormat: number): AudioHeader {
  const kind = soundFormat === SOUND_FORMAT.aac ? (AAC_KINDS[payload[1] ?? -1] ?? "unknown") : "frames";
  return { enhanced: false, kind, tracks: legacyAudioTracks(soundFormat) };
}

function parseEnhanced(payload: Uint8Array): AudioHeader {
  let at = packetTypeOffset(payload);
  if (at === undefined) return enhancedHeader(0, undefined);
  const packetType = lowBits(payload, at);
  at += 1;
  if (packetType !== AUDIO_MULTITRACK) return enhancedHeader(packetType, readSoleTrack(payload, at));
  return enhancedHeader(lowBits(payload, at), readMultitrack(payload, at));
}

function enhancedHeader(packetType: number, tracks: readonly Track[] | undefined): AudioHeader {
  if (tracks === undefined) return { enhanced: true, kind: "unknown", tracks: NO_TRACKS };
  return { enhanced: true, kind: ENHANCED_KINDS[packetType] ?? "unknown", tracks };
}
