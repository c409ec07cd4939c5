export { type AudioHeader, parseAudioHeader } from "./audio-header.ts";
export { av1ConfigurationSize, av1PictureSize } from "./av1-picture-size.ts";
export { avcPictureSize } from "./avc-picture-size.ts";
export { BitReader } from "./bit-reader.ts";
export { configuredTracks } from "./configured-tracks.ts";
export { type AudioFacts, audioFacts, type VideoFacts, videoFacts } from "./decoder-facts.ts";
export { FlvDecoder } from "./flv-decoder.ts";
export { encodeFlvTag, writeFlvHeader, writeFlvTag } from "./flv-encoder.ts";
export {
  FLV_HEADER_BYTES,
  FLV_TAG_TYPE,
  FLV_VERSION,
  type FlvHeader,
  type FlvTag,
  PREVIOUS_TAG_SIZE_BYTES,
  TAG_HEADER_BYTES,
} from "./flv-tag.ts";
export { hevcPictureSize } from "./hevc-picture-size.ts";
export { keyframeSize } from "./keyframe-size.ts";
export { type Obu, readObu } from "./open-bitstream-unit.ts";
export type { PictureSize } from "./picture-size.ts";
export type { Track } from "./track.ts";
export { audioTrackData, type TrackData, videoTrackData } from "./track-data.ts";
export { parseVideoHeader, type VideoHeader } from "./video-header.ts";
export { vp9PictureSize } from "./vp9-picture-size.ts";
