import type { BoxWriter } from "./box-writer.ts";
import type { TrackWriter } from "./track-writer.ts";

export interface FragmentOptions {
  /** From 1. */
  readonly sequence: number;
  /** Where in the file it begins. */
  readonly position: number;
  /** Whether the newest samples belong to it, which otherwise wait for the next. */
  readonly isLast: boolean;
}

/**
 * A `moof` and its `mdat`, with the data of one track behind those of the other (ISO/IEC 14496-12 §8.8.4); no bytes if
 * there is nothing to write.
 */
export function writeFragment(
  writer: BoxWriter,
  tracks: readonly TrackWriter[],
  { sequence, position, isLast }: FragmentOptions,
): readonly Uint8Array[] {
  const parts = tracks
    .map((track) => ({ track, samples: track.ready(isLast) }))
    .filter(({ samples }) => samples > 0);
  if (parts.length === 0) return [];
  writer.open("moof").openFull("mfhd", 0, 0).u32(sequence).close();
  const offsetsAt = parts.map(({ track, samples }) => track.writeFragment(writer, samples));
  writer.close();
  let offset = writer.length + MDAT_HEADER_BYTES;
  const mdatAt = writer.length;
  writer.u32(0).text("mdat");
  const data: Uint8Array[] = [];
  for (const [index, { track, samples }] of parts.entries()) {
    writer.setU32(offsetsAt[index]!, offset);
    const taken = track.take(samples, position + offset);
    data.push(taken);
    offset += taken.length;
  }
  writer.setU32(mdatAt, offset - mdatAt);
  return [writer.finish(), ...data];
}

const MDAT_HEADER_BYTES = 8;
