import { BoxWriter } from "./box-writer.ts";
import type { SampleTable } from "./sample-table.ts";
import { writeSampleTables } from "./sample-table-boxes.ts";
import { doAll, type Steps } from "./steps.ts";
import type { TrackDescription } from "./track-description.ts";

/** A track as `moov` describes it. */
export interface MovieTrack {
  readonly id: number;
  readonly description: TrackDescription;
}

export interface FinishedTrack extends MovieTrack {
  readonly table: SampleTable;
}

/**
 * Which files these are: of the ISO base format with fragments and `default-base-is-moof` (`iso6`), and what browsers and old
 * players look for.
 */
export function fileTypeBox(): Uint8Array {
  return new BoxWriter().open("ftyp").text("iso6").u32(0x200).text("iso6cmfcmp41").close().finish();
}

/** `moov` of a fragmented file: tracks, and no samples (ISO/IEC 14496-12 §8.8). `startedMs`, if it is known, is the time of day, UNIX, of the first frame. */
export function fragmentedMovie(tracks: readonly MovieTrack[], startedMs: number | undefined): Uint8Array {
  const writer = new BoxWriter().open("moov");
  writeHeader(writer, tracks, 0, startedMs);
  for (const track of tracks) {
    openTrack(writer, track, { startedMs, shownMs: 0, mediaTicks: 0 });
    writeEmptyTables(writer, track.description);
    closeTrack(writer);
  }
  writer.open("mvex");
  for (const { id, description } of tracks) {
    const flags = description.medium === "audio" ? SYNC_SAMPLE : OTHER_SAMPLE;
    writer.openFull("trex", 0, 0).u32(id).u32(1).u32(0).u32(0).u32(flags).close();
  }
  writer.close();
  writeStartedMs(writer, startedMs);
  return writer.close().finish();
}

/** `moov` of an ordinary file, with the tables of all samples. */
export function finishedMovie(tracks: readonly FinishedTrack[], startedMs: number | undefined): Uint8Array {
  return doAll(finishedMovieInSteps(tracks, startedMs));
}

/** The same: the tables of an hour have a million entries. */
export function* finishedMovieInSteps(
  tracks: readonly FinishedTrack[],
  startedMs: number | undefined,
): Steps<Uint8Array> {
  const writer = new BoxWriter().open("moov");
  const edits = tracks.map(editOf);
  writeHeader(writer, tracks, Math.max(0, ...edits.map(({ endMs }) => endMs)), startedMs);
  for (const [index, track] of tracks.entries()) {
    const edit = edits[index]!;
    openTrack(writer, track, { startedMs, shownMs: edit.endMs, mediaTicks: track.table.durationTicks }, edit);
    writer.open("stbl");
    writeDescription(writer, track.description);
    yield* writeSampleTables(writer, track.table);
    writer.close();
    closeTrack(writer);
  }
  writeStartedMs(writer, startedMs);
  return writer.close().end();
}

/** Flags of a sample: depends on no other; depends on others and is no point to begin at (§8.8.3.1). */
export const SYNC_SAMPLE = 0x0200_0000;
export const OTHER_SAMPLE = 0x0101_0000;

/** The type of the box for what the standard has no place for: the time of day of the first frame, in milliseconds. */
export const STARTED_UUID: Uint8Array = Uint8Array.from([
  ...[0x68, 0x65, 0x61, 0x64, 0x67, 0x61, 0x74, 0x65],
  ...[0x8d, 0x1c, 0x4b, 0x6e, 0x9a, 0x35, 0x7f, 0x02],
]);

const MOVIE_TIMESCALE = 1000;
/** From 1904, where the times of day of this format begin, to 1970. Seconds. */
const EPOCH_SECONDS = 2_082_844_800;
const UNDETERMINED_LANGUAGE = 0x55c4;
const UNITY = 0x0001_0000;

/** When the samples of a track are shown. */
interface Edit {
  /** From the beginning of the file. */
  readonly startMs: number;
  readonly endMs: number;
  /** The composition time of what is shown first. */
  readonly mediaTicks: number;
}

function editOf({ description, table }: FinishedTrack): Edit {
  const toMs = 1000 / description.timescale;
  if (table.count === 0) return { startMs: 0, endMs: 0, mediaTicks: 0 };
  const mediaTicks = Math.max(0, table.shownFromTicks);
  return {
    startMs: Math.round((table.firstTicks + mediaTicks) * toMs),
    endMs: Math.ceil((table.firstTicks + table.shownToTicks) * toMs),
    mediaTicks,
  };
}

function writeHeader(
  writer: BoxWriter,
  tracks: readonly MovieTrack[],
  durationMs: number,
  startedMs: number | undefined,
): void {
  writer.openFull("mvhd", 1, 0);
  writeTimes(writer, startedMs);
  writer.u32(MOVIE_TIMESCALE).u64(durationMs).u32(UNITY).u16(0x0100).zeroes(10);
  writeMatrix(writer);
  writer
    .zeroes(24)
    .u32(1 + Math.max(0, ...tracks.map(({ id }) => id)))
    .close();
}

function writeTimes(writer: BoxWriter, startedMs: number | undefined): void {
  const seconds = startedMs === undefined ? 0 : Math.max(0, Math.floor(startedMs / 1000) + EPOCH_SECONDS);
  writer.u64(seconds).u64(seconds);
}

function writeMatrix(writer: BoxWriter): void {
  writer.u32(UNITY).zeroes(12).u32(UNITY).zeroes(12).u32(0x4000_0000);
}

interface TrackTimes {
  readonly startedMs: number | undefined;
  readonly shownMs: number;
  readonly mediaTicks: number;
}

/** Up to where `stbl` comes: inside `trak`, `mdia` and `minf`. */
function openTrack(
  writer: BoxWriter,
  { id, description }: MovieTrack,
  { startedMs, shownMs, mediaTicks }: TrackTimes,
  edit?: Edit,
): void {
  const { medium, timescale, width, height } = description;
  const isAudio = medium === "audio";
  writer.open("trak").openFull("tkhd", 1, 3);
  writeTimes(writer, startedMs);
  writer
    .u32(id)
    .u32(0)
    .u64(shownMs)
    .zeroes(8)
    .u16(0)
    .u16(0)
    .u16(isAudio ? 0x0100 : 0)
    .u16(0);
  writeMatrix(writer);
  writer.u16(width).u16(0).u16(height).u16(0).close();
  if (edit) writeEdit(writer, edit);
  writer.open("mdia").openFull("mdhd", 1, 0);
  writeTimes(writer, startedMs);
  writer.u32(timescale).u64(mediaTicks).u16(UNDETERMINED_LANGUAGE).u16(0).close();
  writer
    .openFull("hdlr", 0, 0)
    .u32(0)
    .text(isAudio ? "soun" : "vide")
    .zeroes(12);
  writer
    .text(isAudio ? "sound" : "video")
    .u8(0)
    .close();
  writer.open("minf");
  if (isAudio) writer.openFull("smhd", 0, 0).zeroes(4).close();
  else writer.openFull("vmhd", 0, 1).zeroes(8).close();
  writer.open("dinf").openFull("dref", 0, 0).u32(1).openFull("url ", 0, 1).close().close().close();
}

function closeTrack(writer: BoxWriter): void {
  writer.close().close().close();
}

/**
 * Nothing is shown before the first frame is; then come the samples from it on. Together they leave every frame where RTMP
 * has it, and players need not guess what lies before the first composition time (§8.6.6).
 */
function writeEdit(writer: BoxWriter, { startMs, endMs, mediaTicks }: Edit): void {
  if (startMs === 0 && mediaTicks === 0) return;
  writer
    .open("edts")
    .openFull("elst", 1, 0)
    .u32(startMs > 0 ? 2 : 1);
  if (startMs > 0) writer.u64(startMs).u64(-1).u32(UNITY);
  writer
    .u64(endMs - startMs)
    .u64(mediaTicks)
    .u32(UNITY)
    .close()
    .close();
}

function writeDescription(writer: BoxWriter, { sampleEntry }: TrackDescription): void {
  writer.openFull("stsd", 0, 0).u32(1).raw(sampleEntry).close();
}

function writeEmptyTables(writer: BoxWriter, description: TrackDescription): void {
  writer.open("stbl");
  writeDescription(writer, description);
  for (const type of ["stts", "stsc", "stco"]) writer.openFull(type, 0, 0).u32(0).close();
  writer.openFull("stsz", 0, 0).u32(0).u32(0).close().close();
}

function writeStartedMs(writer: BoxWriter, startedMs: number | undefined): void {
  if (startedMs === undefined) return;
  writer.open("uuid").raw(STARTED_UUID).u64(Math.max(0, startedMs)).close();
}
