import { codecName, fourCcTracks } from "./codecs.ts";
import type { Track } from "./track.ts";

/**
 * What the extended headers of audio and video share: modifiers, FourCCs and tracks (Enhanced RTMP v2, "Enhanced Audio"
 * and "Enhanced Video"). A malformed header yields undefined.
 */

const MOD_EX = 7;
/** A one-byte modifier size of 256 says that the size follows in two bytes. */
const SIZE_ESCAPE = 256;
const FOURCC_BYTES = 4;
/** A track id is one byte, so no message has more to say; it bounds what one message can make us allocate. */
const MAX_TRACKS = 256;

/** A track of a message, and where in the payload its part is. */
export interface TrackBody extends Track {
  readonly from: number;
  readonly to: number;
}

const MULTITRACK_TYPE = { oneTrack: 0, manyTracks: 1, manyTracksManyCodecs: 2 } as const;

/**
 * Where the packet type is: the offset of the byte that holds it in its low four bits. That is the first byte, or the
 * last byte of the last ModEx modifier. Modifiers are stepped over, known or not: they concern the player.
 */
export function packetTypeOffset(payload: Uint8Array): number | undefined {
  let at = 0;
  while (at < payload.length) {
    if (lowBits(payload, at) !== MOD_EX) return at;
    let data = at + 2;
    let size = byteAt(payload, at + 1) + 1;
    if (size === SIZE_ESCAPE) {
      size = ((byteAt(payload, data) << 8) | byteAt(payload, data + 1)) + 1;
      data += 2;
    }
    at = data + size;
  }
  return undefined;
}

/** The tracks of a message whose packet type is not Multitrack; `at` is just behind the packet type. */
export function readSoleTrack(payload: Uint8Array, at: number): readonly Track[] | undefined {
  return at + FOURCC_BYTES > payload.length ? undefined : fourCcTracks(u32At(payload, at));
}

/** The tracks of a Multitrack message; `at` is the byte with the multitrack type in its high four bits. */
export function readMultitrack(payload: Uint8Array, at: number): readonly Track[] | undefined {
  return readMultitrackBodies(payload, at)?.map(({ trackId, codec }) => ({ trackId, codec }));
}

/** What a message says to each of its tracks; the packet type that stands for Multitrack is not that of audio for video. */
export function readBodies(payload: Uint8Array, multitrack: number): readonly TrackBody[] | undefined {
  const at = packetTypeOffset(payload);
  if (at === undefined) return undefined;
  if (lowBits(payload, at) === multitrack) return readMultitrackBodies(payload, at + 1);
  const from = at + 1 + FOURCC_BYTES;
  return readSoleTrack(payload, at + 1)?.map((track) => ({ ...track, from, to: payload.length }));
}

/** Likewise for a Multitrack message; `at` is the byte with the multitrack type in its high four bits. */
export function readMultitrackBodies(payload: Uint8Array, at: number): readonly TrackBody[] | undefined {
  const type = byteAt(payload, at) >> 4;
  if (type === MULTITRACK_TYPE.manyTracksManyCodecs) return readManyTracks(payload, at + 1);
  const tracksAt = at + 1 + FOURCC_BYTES;
  // At least the first track's id must follow; this also covers a FourCC that is cut off.
  if (tracksAt >= payload.length) return undefined;
  const codec = codecName(u32At(payload, at + 1));
  if (type === MULTITRACK_TYPE.oneTrack) {
    return [{ trackId: byteAt(payload, tracksAt), codec, from: tracksAt + 1, to: payload.length }];
  }
  if (type === MULTITRACK_TYPE.manyTracks) return readManyTracks(payload, tracksAt, codec);
  return undefined;
}

/** Tracks one after the other to the end of the payload: [FourCC unless shared] id, 24-bit size, body. */
function readManyTracks(payload: Uint8Array, start: number, sharedCodec?: string): TrackBody[] | undefined {
  const tracks: TrackBody[] = [];
  let at = start;
  while (at < payload.length) {
    if (tracks.length === MAX_TRACKS) return undefined;
    const idAt = sharedCodec === undefined ? at + FOURCC_BYTES : at;
    const codec = sharedCodec ?? codecName(u32At(payload, at));
    const from = idAt + 4;
    at = from + (u32At(payload, idAt) & 0xffffff);
    tracks.push({ trackId: byteAt(payload, idAt), codec, from, to: at });
  }
  return at === payload.length && tracks.length > 0 ? tracks : undefined;
}

/** The low four bits of a byte: the packet type wherever one stands. */
export function lowBits(payload: Uint8Array, at: number): number {
  return byteAt(payload, at) & 0x0f;
}

/** Beyond the end is 0: callers check the end once, where it matters. */
function byteAt(payload: Uint8Array, at: number): number {
  return payload[at] ?? 0;
}

function u32At(payload: Uint8Array, at: number): number {
  const high = (byteAt(payload, at) << 24) | (byteAt(payload, at + 1) << 16);
  return (high | (byteAt(payload, at + 2) << 8) | byteAt(payload, at + 3)) >>> 0;
}
