import {
  av1ConfigurationSize,
  av1PictureSize,
  avcPictureSize,
  hevcPictureSize,
  type PictureSize,
  vp9PictureSize,
} from "@headgate/flv";
import type { VideoCodec } from "./codecs.ts";

/**
 * The size of the pictures, by the configuration or, of codecs whose configuration does not say, by a keyframe. Undefined if
 * neither can be read.
 */
export function pictureSize(
  codec: VideoCodec,
  configuration: Uint8Array,
  keyframe: Uint8Array,
): PictureSize | undefined {
  switch (codec) {
    case "H.264":
      return avcPictureSize(configuration);
    case "HEVC":
      return hevcPictureSize(configuration);
    case "AV1":
      return av1ConfigurationSize(configuration) ?? av1PictureSize(keyframe);
    case "VP9":
      return vp9PictureSize(keyframe);
  }
}
