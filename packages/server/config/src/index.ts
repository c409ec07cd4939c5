export type { Environment } from "./environment.ts";
export type { AnySection, Field, Section } from "./field.ts";
export { list, listOf, someOf } from "./list.ts";
export type { Mistake, Path } from "./mistake.ts";
export { nearest } from "./nearest.ts";
export { optional, parsed, value } from "./parsed.ts";
export { type ConfigFile, readConfiguration } from "./read-configuration.ts";
export { count, duration, file, flag, oneOf, size, text } from "./scalars.ts";
export { defaultsOf, group, namedSections } from "./section.ts";
export {
  formatDuration,
  formatSize,
  GIB,
  HOUR,
  KIB,
  MIB,
  MINUTE,
  parseDuration,
  parseSize,
  SECOND,
} from "./units.ts";
export { YamlSource } from "./yaml-source.ts";
