import { ProtocolError } from "@headgate/bytes";
import { BoxWriter } from "./box-writer.ts";
import { findPath, readBoxes } from "./boxes.ts";
import { type FinishedTrack, fileTypeBox, finishedMovieInSteps } from "./movie-box.ts";
import type { Mp4Index, SamplesFrom } from "./mp4-index.ts";
import { SampleTable } from "./sample-table.ts";
import { STEP_ENTRIES, type Steps } from "./steps.ts";

/** An MP4 file that begins within another: `head`, and then the bytes of the file from `position` to `end`. */
export interface Mp4Excerpt {
  readonly head: Uint8Array;
  readonly position: number;
  readonly end: number;
}

/**
 * The file from the keyframe at or before a position, to what is in the index: an ordinary MP4 with the index in front, of tables
 * that are cut at the keyframe. It begins when the keyframe is shown; all times are as much earlier, so that sound and pictures stay together. Throws MP4_UNSUPPORTED
 * if a track changes what its samples are. The index must not grow meanwhile.
 */
export function* mp4Excerpt(index: Mp4Index, positionMs: number): Steps<Mp4Excerpt> {
  const first = index.atOrBefore(positionMs);
  const all = index.samplesFrom(first);
  const originMs = originOf(all);
  const samples = all.flatMap((each) => soundFrom(each, originMs));
  const tracks: FinishedTrack[] = [];
  for (const each of samples) tracks.push(yield* trackOf(each, tracks.length + 1, originMs));
  const startedMs = index.startedMs === undefined ? undefined : index.startedMs + index.timestampMs(first);
  const position = Math.min(...samples.map(firstByte));
  const end = Math.max(...samples.map(endByte));
  const [fileType, movie] = [fileTypeBox(), yield* finishedMovieInSteps(tracks, startedMs)];
  moveChunks(movie, fileType.length + movie.length + MDAT_HEADER_BYTES - position);
  const writer = new BoxWriter().raw(fileType).raw(movie);
  // A size of 1 says that the true one follows in 64 bits.
  writer
    .u32(1)
    .text("mdat")
    .u64(MDAT_HEADER_BYTES + end - position);
  return { head: writer.finish(), position, end };
}

/** When the first picture is shown, or else the first sound is heard: that is where the excerpt begins. */
function originOf([{ columns, from }]: readonly [SamplesFrom, ...SamplesFrom[]]): number {
  let originMs = Number.POSITIVE_INFINITY;
  for (let at = from; at < Math.min(columns.count, from + MOST_REORDERED); at += 1)
    originMs = Math.min(originMs, columns.shownMs(at));
  return originMs;
}

/** Sound begins when the first picture is shown. Pictures are decoded before they are shown. */
function soundFrom({ columns, from }: SamplesFrom, originMs: number): readonly SamplesFrom[] {
  let at = from;
  if (columns.track.medium === "audio") while (at < columns.count && columns.exactMs(at) < originMs) at += 1;
  return at < columns.count ? [{ columns, from: at }] : [];
}

/** Pictures that may be shown before the keyframe they are decoded after: more than any decoder holds. */
const MOST_REORDERED = 64;

/** Where the samples are depends on the length of the index, which is known now, and does not depend on where they are. */
function moveChunks(movie: Uint8Array, bytes: number): void {
  for (const { type, body } of readBoxes(readBoxes(movie)[0]!.body)) {
    const table = type === "trak" && findPath(readBoxes(body), "mdia", "minf", "stbl", "co64");
    if (!table) continue;
    const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
    for (let at = CO64_HEADER_BYTES; at < table.length; at += 8) {
      const position = view.getUint32(at) * TWO_TO_32 + view.getUint32(at + 4) + bytes;
      view.setUint32(at, Math.floor(position / TWO_TO_32));
      view.setUint32(at + 4, position % TWO_TO_32);
    }
  }
}

const TWO_TO_32 = 2 ** 32;

/** Version, flags and the number of entries. */
const CO64_HEADER_BYTES = 8;

const MDAT_HEADER_BYTES = 16;

function* trackOf({ columns, from }: SamplesFrom, id: number, originMs: number): Steps<FinishedTrack> {
  const { medium, timescale, descriptions } = columns.track;
  const { width, height, sampleEntry } = descriptions[columns.flags[from]! >> 1]!;
  const table = yield* tableOf({ columns, from });
  table.firstTicks = Math.round(((columns.exactMs(from) - originMs) * timescale) / 1000);
  return { id, description: { medium, timescale, width, height, sampleEntry }, table };
}

function* tableOf({ columns, from }: SamplesFrom): Steps<SampleTable> {
  const { positions, sizes, flags, compositionOffsets, count } = columns;
  const table = new SampleTable(count - from);
  const description = flags[from]! >> 1;
  let end = -1;
  for (let at = from; at < count; at += 1) {
    if (flags[at]! >> 1 !== description)
      throw new ProtocolError("MP4_UNSUPPORTED", "cannot cut a file whose codec or size of pictures changes");
    if (positions[at] !== end) table.beginChunk(positions[at]!);
    table.add(sizes[at]!, columns.durationTicks(at), compositionOffsets[at]!, (flags[at]! & 1) !== 0);
    end = positions[at]! + sizes[at]!;
    if (at % STEP_ENTRIES === 0) yield;
  }
  return table;
}

function firstByte({ columns, from }: SamplesFrom): number {
  let first = Number.POSITIVE_INFINITY;
  for (let at = from; at < columns.count; at += 1) first = Math.min(first, columns.positions[at]!);
  return first;
}

function endByte({ columns, from }: SamplesFrom): number {
  let end = 0;
  for (let at = from; at < columns.count; at += 1) {
    end = Math.max(end, columns.positions[at]! + columns.sizes[at]!);
  }
  return end;
}
