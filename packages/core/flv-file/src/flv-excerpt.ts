import { encodeFlvTag, FLV_TAG_TYPE, PREVIOUS_TAG_SIZE_BYTES, writeFlvHeader } from "@headgate/flv";
import type { FlvIndex } from "./flv-index.ts";
import { MAX_LISTED_KEYFRAMES } from "./limits.ts";
import { metadataPayload } from "./metadata.ts";
import { type SeekPoints, seekPoints } from "./seek-points.ts";

/** Where a part of a file begins: at a time, in milliseconds, or at a position in bytes, as nginx's `?start=` has it. */
export type ExcerptStart = { readonly positionMs: number } | { readonly position: number };

/** An FLV file that begins within another: `head`, and then the bytes of the file from `position` to `end`. */
export interface FlvExcerpt {
  readonly head: Uint8Array;
  readonly position: number;
  readonly end: number;
}

/**
 * The file from the keyframe at or before the start, to what is in the index. The head is a file header, `onMetaData` with the
 * duration and the keyframes of what follows, and the sequence headers, without which no decoder can begin. Tags keep the
 * timestamps that they have in the file. Undefined if nothing is in the file.
 */
export function flvExcerpt(index: FlvIndex, start: ExcerptStart): FlvExcerpt | undefined {
  if (index.count === 0) return undefined;
  const entry =
    "positionMs" in start
      ? index.atOrBefore(start.positionMs)
      : index.syncAtOrBefore(index.atOrBeforePosition(start.position));
  const last = index.count - 1;
  return {
    head: headOf(index, entry),
    position: index.tagPosition(entry),
    end: index.position(last) + index.length(last) + PREVIOUS_TAG_SIZE_BYTES,
  };
}

function headOf(index: FlvIndex, entry: number): Uint8Array {
  const points = seekPoints(index, MAX_LISTED_KEYFRAMES, entry);
  const header = writeFlvHeader({ hasAudio: true, hasVideo: true });
  const timestamp = index.fileTimestampMs(entry);
  const [, ...headers] = index.headers(entry);
  const tags = headers.map(({ type, payload }) => encodeFlvTag({ type, timestamp, payload }));
  const length = (metadata: Uint8Array) =>
    [metadata, ...tags].reduce((sum, tag) => sum + tag.length, header.length);
  // The positions that the metadata tells depend on its own length, but that does not depend on them.
  const shift = length(metadataTag(index, entry, points)) - index.tagPosition(entry);
  const filepositions = points.filepositions.map((position) => position + shift);
  return joined([header, metadataTag(index, entry, { ...points, filepositions }), ...tags]);
}

function metadataTag(index: FlvIndex, entry: number, { times, filepositions }: SeekPoints): Uint8Array {
  const payload = metadataPayload(index.membersAt(entry), {
    duration: (index.durationMs - index.timestampMs(entry)) / 1000,
    keyframes: { times: [...times], filepositions: [...filepositions] },
  });
  return encodeFlvTag({ type: FLV_TAG_TYPE.script, timestamp: 0, payload });
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
