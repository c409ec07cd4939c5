import type { BoxWriter } from "./box-writer.ts";
import type { SampleTable } from "./sample-table.ts";

/** The tables of `stbl` behind `stsd` (ISO/IEC 14496-12 §8.6, §8.7), with 64-bit positions. */
export function writeSampleTables(writer: BoxWriter, table: SampleTable): void {
  writeRuns(writer, "stts", 0, table.durations, table.count);
  writeCompositionOffsets(writer, table);
  writeSyncSamples(writer, table);
  writeChunks(writer, table);
  writer.openFull("stsz", 0, 0).u32(0).u32(table.count);
  // Room for all at once: a file of hours has a million of them, while the server has other things to do.
  const sizesAt = writer.length;
  writer.zeroes(4 * table.count);
  for (let at = 0; at < table.count; at += 1) writer.setU32(sizesAt + 4 * at, table.size(at));
  writer.close().openFull("co64", 0, 0).u32(table.chunkCount);
  for (let at = 0; at < table.chunkCount; at += 1) writer.u64(table.chunkPositions[at]!);
  writer.close();
}

function writeCompositionOffsets(writer: BoxWriter, { compositionOffsets, count }: SampleTable): void {
  let isNeeded = false;
  let isSigned = false;
  for (let at = 0; at < count; at += 1) {
    isNeeded ||= compositionOffsets[at] !== 0;
    isSigned ||= compositionOffsets[at]! < 0;
  }
  if (isNeeded) writeRuns(writer, "ctts", isSigned ? 1 : 0, compositionOffsets, count);
}

/** Equal values that follow each other are one entry: how many, and the value. */
function writeRuns(
  writer: BoxWriter,
  type: string,
  version: number,
  values: Uint32Array | Int32Array,
  count: number,
): void {
  writer.openFull(type, version, 0);
  const countAt = writer.length;
  writer.u32(0);
  let runs = 0;
  for (let at = 0; at < count; runs += 1) {
    const from = at;
    while (at < count && values[at] === values[from]) at += 1;
    writer.u32(at - from).u32(values[from]!);
  }
  writer.setU32(countAt, runs).close();
}

/** Without the box all samples are such (§8.6.2). */
function writeSyncSamples(writer: BoxWriter, table: SampleTable): void {
  let keyframes = 0;
  for (let at = 0; at < table.count; at += 1) if (table.isKeyframe(at)) keyframes += 1;
  if (keyframes === table.count) return;
  writer.openFull("stss", 0, 0).u32(keyframes);
  for (let at = 0; at < table.count; at += 1) if (table.isKeyframe(at)) writer.u32(at + 1);
  writer.close();
}

/** From which chunk on they have how many samples (§8.7.4). */
function writeChunks(writer: BoxWriter, { chunkSamples, chunkCount }: SampleTable): void {
  writer.openFull("stsc", 0, 0);
  const countAt = writer.length;
  writer.u32(0);
  let entries = 0;
  for (let at = 0; at < chunkCount; at += 1) {
    if (at > 0 && chunkSamples[at] === chunkSamples[at - 1]) continue;
    writer
      .u32(at + 1)
      .u32(chunkSamples[at]!)
      .u32(1);
    entries += 1;
  }
  writer.setU32(countAt, entries).close();
}
