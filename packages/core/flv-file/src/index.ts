export { type ExcerptStart, type FlvExcerpt, flvExcerpt } from "./flv-excerpt.ts";
export { FlvIndex } from "./flv-index.ts";
export { FlvOpening, type Wanted } from "./flv-opening.ts";
export { type FlvEnd, FlvWriter, type FlvWriterOptions } from "./flv-writer.ts";
export type { Patch } from "./metadata-room.ts";
export { Mp3Index } from "./mp3-index.ts";
export { Mp3Opening } from "./mp3-opening.ts";
export { type FlvRepair, repairOf } from "./repair.ts";
