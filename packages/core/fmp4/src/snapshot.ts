import type { Message } from "@headgate/message";
import { BoxWriter } from "./box-writer.ts";
import { isVideoCodec } from "./codecs.ts";
import { makeTrack } from "./file-track.ts";
import { writeFragment } from "./fragment.ts";
import { readMediaPacket } from "./media-packet.ts";
import { fileTypeBox, fragmentedMovie } from "./movie-box.ts";

/**
 * A fragmented MP4 with one picture, by the sequence headers of a stream and a keyframe. Undefined if that is none, if its
 * configuration is missing, or if MP4 does not hold the codec.
 */
export function snapshotMp4(headers: readonly Message[], keyframe: Message): Uint8Array | undefined {
  const packet = readMediaPacket(keyframe);
  const configuration = headers
    .map((header) => readMediaPacket(header))
    .findLast((header) => header?.kind === "configuration" && header.medium === "video");
  if (packet?.kind !== "frame" || packet.medium !== "video" || !packet.isKeyframe) return undefined;
  if (configuration?.codec !== packet.codec || !isVideoCodec(packet.codec)) return undefined;
  const track = makeTrack(1, { codec: packet.codec, data: configuration.data }, packet.data);
  if (track === undefined) return undefined;
  // The picture is the first moment of the file, whatever was to be shown before it.
  track.add({ ...packet, compositionTimeMs: 0 }, 0);
  const head = [fileTypeBox(), fragmentedMovie([track.writer], undefined)];
  const position = head.reduce((length, piece) => length + piece.length, 0);
  const fragment = writeFragment(new BoxWriter(), [track.writer], { sequence: 1, position, isLast: true });
  const file = new BoxWriter();
  for (const piece of [...head, ...fragment]) file.raw(piece);
  return file.finish();
}
