export type { FileOpening } from "./file-opening.ts";
export { type Finish, Fmp4Writer, type Fmp4WriterOptions } from "./fmp4-writer.ts";
export { unsupportedCodec } from "./media-packet.ts";
export { type Mp4Excerpt, mp4Excerpt } from "./mp4-excerpt.ts";
export { type MessageIndex, Mp4Index } from "./mp4-index.ts";
export { Mp4Opening } from "./mp4-opening.ts";
export { Mp4Recovery, type Mp4Repair } from "./mp4-recovery.ts";
export type { Patch } from "./placeholder.ts";
export { snapshotMp4 } from "./snapshot.ts";
