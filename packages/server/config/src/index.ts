export { nearest } from "./nearest.ts";
export { formatDuration, formatSize, parseDuration, parseSize } from "./units.ts";
export { type Path, YamlSource } from "./yaml-source.ts";
