import { createReadStream } from "node:fs";
import { ProtocolError } from "@headgate/bytes";
import { FLV_TAG_TYPE, FlvDecoder, type FlvTag } from "@headgate/flv";
import { isHeader } from "../demo-loop.ts";

/** Stands for the standard input in place of a file. */
export const STANDARD_INPUT = "-";

/** The time between the last tag of one round and the first of the next. Milliseconds. */
const SEAM_MS = 40;

/**
 * The tags of an FLV file, or of the standard input, read as they are taken. With `loop` the file is repeated as one stream:
 * timestamps run on, and metadata and decoder configurations come once. Throws errors of the file system, and FLV_INVALID.
 */
export async function* flvTags(file: string, loop: boolean): AsyncGenerator<FlvTag, void> {
  let roundMs = 0;
  for (let round = 0; round === 0 || loop; round += 1) {
    let endMs = 0;
    let count = 0;
    for await (const tag of tagsOnce(file)) {
      if (!KINDS.has(tag.type) || (round > 0 && isHeader(tag))) continue;
      count += 1;
      endMs = Math.max(endMs, tag.timestamp);
      yield { ...tag, timestamp: roundMs + tag.timestamp };
    }
    if (count === 0 && round === 0) throw new ProtocolError("FLV_INVALID", "it has no tag of an FLV file");
    if (count === 0) return;
    roundMs += endMs + SEAM_MS;
  }
}

const KINDS: ReadonlySet<number> = new Set([FLV_TAG_TYPE.audio, FLV_TAG_TYPE.video, FLV_TAG_TYPE.script]);

async function* tagsOnce(file: string): AsyncGenerator<FlvTag, void> {
  const decoder = new FlvDecoder();
  for await (const piece of file === STANDARD_INPUT ? process.stdin : createReadStream(file)) {
    decoder.push(piece);
    for (let tag = decoder.next(); tag; tag = decoder.next()) yield tag;
  }
}
