import { FlvIndex, flvExcerpt, Mp3Index } from "@headgate/flv-file";
import { Mp4Index, mp4Excerpt } from "@headgate/fmp4";
import { inTurns } from "../in-turns.ts";
import type { MessageIndex } from "../playing/media-index.ts";
import type { Body } from "./body.ts";

/**
 * A file that begins within another: at the keyframe at or before a position, with everything in front that a decoder needs. Rejects
 * with a ProtocolError if the file cannot be cut.
 */
export async function cutBody(index: MessageIndex, positionMs: number, fileBytes: number): Promise<Body> {
  if (index instanceof FlvIndex) {
    const excerpt = flvExcerpt(index, { positionMs });
    return excerpt ? [excerpt.head, { from: excerpt.position, to: excerpt.end }] : WHOLE(fileBytes);
  }
  if (index instanceof Mp4Index) {
    const { head, position, end } = await inTurns(mp4Excerpt(index, positionMs));
    return [head, { from: position, to: end }];
  }
  // A decoder of MP3 begins with any frame.
  if (index instanceof Mp3Index)
    return [{ from: index.position(index.atOrBefore(positionMs)), to: fileBytes }];
  return WHOLE(fileBytes);
}

const WHOLE = (bytes: number): Body => [{ from: 0, to: bytes }];
