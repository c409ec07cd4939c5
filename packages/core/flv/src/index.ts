export { type AudioHeader, parseAudioHeader } from "./audio-header.ts";
export type { PictureSize } from "./avc-picture-size.ts";
export { configuredTracks } from "./configured-tracks.ts";
export { type AudioFacts, audioFacts, type VideoFacts, videoFacts } from "./decoder-facts.ts";
export { FlvDecoder } from "./flv-decoder.ts";
export { encodeFlvTag, writeFlvHeader } from "./flv-encoder.ts";
export { FLV_TAG_TYPE, type FlvHeader, type FlvTag } from "./flv-tag.ts";
export type { Track } from "./track.ts";
export { parseVideoHeader, type VideoHeader } from "./video-header.ts";
