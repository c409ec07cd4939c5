export { type ChangedKey, changedKeys, type Written, withoutRestart } from "./changed-keys.ts";
export type { Environment } from "./environment.ts";
export type { AnySection, Field, Reload, Section, ValueType } from "./field.ts";
export { list, listOf, someOf } from "./list.ts";
export type { Mistake, Path } from "./mistake.ts";
export { optional, parsed, value } from "./parsed.ts";
export { type ConfigFile, mistakesOf, readConfiguration } from "./read-configuration.ts";
export { readRegularFile } from "./read-regular-file.ts";
export { count, duration, file, flag, oneOf, size, text } from "./scalars.ts";
export { Secret } from "./secret.ts";
export { defaultsOf, group, namedSections, orWord, ownSections } from "./section.ts";
export { MASK, shown } from "./shown.ts";
export {
  DAY,
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
export { type WrittenPart, YamlSource } from "./yaml-source.ts";
