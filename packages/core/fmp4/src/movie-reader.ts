import { ProtocolError } from "@headgate/bytes";
import { type Box, fieldsOf, findBox, findPath, readBoxes, readI64, readU64 } from "./boxes.ts";
import { MAX_TRACKS } from "./limits.ts";
import { STARTED_UUID } from "./movie-box.ts";
import { readSampleEntries, type SampleDescription } from "./sample-entries.ts";

/** What `moov` says of a track (ISO/IEC 14496-12 §8.3). */
export interface Track {
  readonly id: number;
  readonly medium: "audio" | "video";
  readonly timescale: number;
  /** By their number, from 0; undefined where RTMP cannot carry the codec. */
  readonly descriptions: readonly (SampleDescription | undefined)[];
  /** How much later than it is decoded, by its tables, a sample is decoded on the time line of the file. Milliseconds. */
  readonly editMs: number;
  readonly defaults: TrackDefaults;
}

/** A track, and the boxes in its `stbl`: they keep all of `moov` in memory. */
interface TrackWithTables {
  readonly track: Track;
  readonly tables: readonly Box[];
}

/** What samples of fragments have unless the fragment says otherwise (§8.8.3). */
export interface TrackDefaults {
  readonly description: number;
  readonly duration: number;
  readonly size: number;
  readonly flags: number;
}

export interface Movie {
  /** One of video and one of audio at most: the first of each that RTMP can carry. */
  readonly tracks: readonly TrackWithTables[];
  /** Whether samples may follow in fragments. */
  readonly isFragmented: boolean;
  /** The time of day of the first frame, UNIX, in milliseconds, of files of this package. */
  readonly startedMs: number | undefined;
}

/** Reads the body of `moov`. Throws MP4_INVALID, MP4_LIMIT_EXCEEDED, and MP4_UNSUPPORTED if no track can be played. */
export function readMovie(moov: Uint8Array): Movie {
  const boxes = readBoxes(moov);
  const header = findBox(boxes, "mvhd");
  if (header === undefined) throw new ProtocolError("MP4_INVALID", "a moov without mvhd");
  const movieTimescale = readTimescale(header);
  const extends_ = findBox(boxes, "mvex");
  const defaults = extends_ ? readDefaults(extends_) : NO_DEFAULTS;
  const traks = boxes.filter(({ type }) => type === "trak");
  if (traks.length > MAX_TRACKS) throw new ProtocolError("MP4_LIMIT_EXCEEDED", `${traks.length} tracks`);
  const all = traks.flatMap(({ body }) => readTrack(body, movieTimescale, defaults) ?? []);
  const tracks = [firstOf(all, "video"), firstOf(all, "audio")].filter((track) => track !== undefined);
  if (tracks.length === 0)
    throw new ProtocolError("MP4_UNSUPPORTED", "no track of a codec that RTMP carries");
  return { tracks, isFragmented: extends_ !== undefined, startedMs: readStartedMs(boxes) };
}

const NO_DEFAULTS: ReadonlyMap<number, TrackDefaults> = new Map();
const NO_TRACK_DEFAULTS: TrackDefaults = { description: 1, duration: 0, size: 0, flags: 0 };

function firstOf(tracks: readonly TrackWithTables[], medium: Track["medium"]): TrackWithTables | undefined {
  return tracks.find(({ track }) => track.medium === medium && track.descriptions.some((entry) => entry));
}

/** `mvhd` and `mdhd` begin alike (§8.2.2, §8.4.2). */
function readTimescale(header: Uint8Array): number {
  const fields = fieldsOf(header);
  fields.take(fields.u32() >>> 24 === 1 ? 16 : 8);
  const timescale = fields.u32();
  if (timescale === 0) throw new ProtocolError("MP4_INVALID", "a timescale of 0");
  return timescale;
}

function readDefaults(mvex: Uint8Array): ReadonlyMap<number, TrackDefaults> {
  const defaults = new Map<number, TrackDefaults>();
  for (const { type, body } of readBoxes(mvex)) {
    if (type !== "trex" || defaults.size === MAX_TRACKS) continue;
    const fields = fieldsOf(body);
    fields.u32();
    defaults.set(fields.u32(), {
      description: fields.u32(),
      duration: fields.u32(),
      size: fields.u32(),
      flags: fields.u32(),
    });
  }
  return defaults;
}

/** Undefined if it is neither sound nor pictures. */
function readTrack(
  trak: Uint8Array,
  movieTimescale: number,
  defaults: ReadonlyMap<number, TrackDefaults>,
): TrackWithTables | undefined {
  const boxes = readBoxes(trak);
  const media = readBoxes(findBox(boxes, "mdia") ?? NOTHING);
  const medium = readMedium(findBox(media, "hdlr"));
  const header = findBox(boxes, "tkhd");
  const mediaHeader = findBox(media, "mdhd");
  const stbl = findPath(media, "minf", "stbl");
  if (medium === undefined || header === undefined || mediaHeader === undefined || stbl === undefined) {
    return undefined;
  }
  const id = readTrackId(header);
  const timescale = readTimescale(mediaHeader);
  const tables = readBoxes(stbl);
  const track = {
    ...{ id, medium, timescale },
    // A copy, because an index keeps it.
    descriptions: readSampleEntries((findBox(tables, "stsd") ?? NOTHING).slice(), medium),
    editMs: readEditMs(findPath(boxes, "edts", "elst"), movieTimescale, timescale),
    defaults: defaults.get(id) ?? NO_TRACK_DEFAULTS,
  };
  return { track, tables };
}

const NOTHING = new Uint8Array(0);

function readMedium(hdlr: Uint8Array | undefined): Track["medium"] | undefined {
  if (hdlr === undefined) return undefined;
  const fields = fieldsOf(hdlr);
  fields.take(8);
  const handler = fields.u32();
  if (handler === HANDLERS.video) return "video";
  return handler === HANDLERS.audio ? "audio" : undefined;
}

/** `vide` and `soun`. */
const HANDLERS = { video: 0x76696465, audio: 0x736f756e } as const;

function readTrackId(tkhd: Uint8Array): number {
  const fields = fieldsOf(tkhd);
  fields.take(fields.u32() >>> 24 === 1 ? 16 : 8);
  return fields.u32();
}

/** Real files begin with at most one empty edit; what more there is, is a cut that RTMP has no word for. */
const MAX_EMPTY_EDITS = 16;

/**
 * Empty edits at the beginning show nothing for a time, and then samples from `media_time` on (§8.6.6). Later edits, which
 * leave parts out or repeat them, are not followed.
 */
function readEditMs(elst: Uint8Array | undefined, movieTimescale: number, timescale: number): number {
  if (elst === undefined) return 0;
  const fields = fieldsOf(elst);
  const isLong = fields.u32() >>> 24 === 1;
  const count = fields.u32();
  let emptyMs = 0;
  for (let at = 0; at < Math.min(count, MAX_EMPTY_EDITS + 1); at += 1) {
    const duration = isLong ? readU64(fields) : fields.u32();
    const mediaTime = isLong ? readI64(fields) : fields.i32();
    fields.u32();
    if (mediaTime >= 0) return emptyMs - (mediaTime * 1000) / timescale;
    emptyMs += (duration * 1000) / movieTimescale;
  }
  return emptyMs;
}

function readStartedMs(boxes: readonly Box[]): number | undefined {
  const box = boxes.find(
    ({ type, body }) => type === "uuid" && STARTED_UUID.every((byte, at) => body[at] === byte),
  );
  if (box === undefined) return undefined;
  return readU64(fieldsOf(box.body.subarray(STARTED_UUID.length)));
}
