export { type AudioHeader, parseAudioHeader } from "./audio-header.ts";
export { configuredTracks } from "./configured-tracks.ts";
export { FlvDecoder } from "./flv-decoder.ts";
export { encodeFlvTag, writeFlvHeader } from "./flv-encoder.ts";
export { FLV_TAG_TYPE, type FlvHeader, type FlvTag } from "./flv-tag.ts";
export type { Track } from "./track.ts";
export { parseVideoHeader, type VideoHeader } from "./video-header.ts";
