import type { BoxWriter } from "./box-writer.ts";
import type { SampleTable } from "./sample-table.ts";
import { STEP_ENTRIES, type Steps } from "./steps.ts";

/** The tables of `stbl` behind `stsd` (ISO/IEC 14496-12 §8.6, §8.7), with 64-bit positions. */
export function* writeSampleTables(writer: BoxWriter, table: SampleTable): Steps {
  yield* writeRuns(writer, "stts", 0, table.durations, table.count);
  yield* writeCompositionOffsets(writer, table);
  yield* writeSyncSamples(writer, table);
  writeChunks(writer, table);
  yield;
  yield* writeSizes(writer, table);
  writer.openFull("co64", 0, 0).u32(table.chunkCount);
  for (let at = 0; at < table.chunkCount; at += 1) writer.u64(table.chunkPositions[at]!);
  writer.close();
  yield;
}

function* writeSizes(writer: BoxWriter, table: SampleTable): Steps {
  writer.openFull("stsz", 0, 0).u32(0).u32(table.count);
  for (let from = 0; from < table.count; from += STEP_ENTRIES) {
    const end = Math.min(from + STEP_ENTRIES, table.count);
    for (let at = from; at < end; at += 1) writer.u32(table.size(at));
    yield;
  }
  writer.close();
}

function* writeCompositionOffsets(writer: BoxWriter, table: SampleTable): Steps {
  const { compositionOffsets, count, lowestCompositionOffset: lowest, highestCompositionOffset } = table;
  if (lowest === 0 && highestCompositionOffset === 0) return;
  yield* writeRuns(writer, "ctts", lowest < 0 ? 1 : 0, compositionOffsets, count);
}

/** Equal values that follow each other are one entry: how many, and the value. */
function* writeRuns(
  writer: BoxWriter,
  type: string,
  version: number,
  values: Uint32Array | Int32Array,
  count: number,
): Steps {
  writer.openFull(type, version, 0);
  const countAt = writer.length;
  writer.u32(0);
  let runs = 0;
  let runFrom = 0;
  for (let from = 0; from < count; from += STEP_ENTRIES) {
    const end = Math.min(from + STEP_ENTRIES, count);
    for (let at = from + 1; at <= end; at += 1) {
      if (at < count && values[at] === values[runFrom]) continue;
      writer.u32(at - runFrom).u32(values[runFrom]!);
      runFrom = at;
      runs += 1;
    }
    yield;
  }
  writer.setU32(countAt, runs).close();
}

/** Without the box all samples are such (§8.6.2). */
function* writeSyncSamples(writer: BoxWriter, table: SampleTable): Steps {
  if (table.keyframeCount === table.count) return;
  writer.openFull("stss", 0, 0).u32(table.keyframeCount);
  for (let from = 0; from < table.count; from += STEP_ENTRIES) {
    const end = Math.min(from + STEP_ENTRIES, table.count);
    for (let at = from; at < end; at += 1) if (table.isKeyframe(at)) writer.u32(at + 1);
    yield;
  }
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
